import type { Log } from '../log.ts';
import { RegistryError } from '../oci/errors.ts';
import { DOCKER_HUB, formatRepository, type Host, type Repository, type RepositoryName } from '../oci/repository.ts';
import type { Timeouts } from './agent.ts';
import type { UnknownCode } from './answer-error.ts';
import { Bandwidth } from './bandwidth.ts';
import { systemClock, type Clock } from '../clock.ts';
import { Deadline, type Patience } from './deadline.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { Endpoint, type EndpointState } from './endpoint.ts';
import { firstToGive, type Gives } from './failover.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Traffic } from './traffic.ts';
import type { WireAnswer } from './transport.ts';

export interface UpstreamOptions {
  readonly host: Host;
  /** Tried in order, at least one; see `endpointsFor`. */
  readonly endpoints: readonly EndpointOptions[];
  readonly timeouts?: Partial<Timeouts>;
  /** For the bodies of all blobs together. Default, and 0: no limit. */
  readonly bandwidthBytesPerSecond?: number;
  /** With name and version: `ociregistry/1.2.3`. */
  readonly userAgent: string;
  readonly log: Log;
  readonly clock?: Clock;
  readonly traffic?: Traffic;
  /** Whether an endpoint that failed several times is left alone for a while; default true. */
  readonly breaks?: boolean;
}

/** What is asked of an upstream. */
export interface Question {
  readonly method: 'GET' | 'HEAD';
  readonly repo: Repository;
  /** What of the repository, for messages: `:v1`, `@sha256:…`, ` tags`. */
  readonly object: string;
  /** What a 404 means. */
  readonly unknown: UnknownCode;
}

/** One request of those that answer a question. */
export interface Step {
  readonly method?: 'GET' | 'HEAD';
  /** After `/v2/<name>/`; or the whole, where an earlier answer said it. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expects?: readonly number[];
}

/** Takes a step at the endpoint whose turn it is. */
export type TakeStep = (step: Step) => Promise<WireAnswer>;

/** A registry's endpoints, and the ways of asking them. */
export class Upstream {
  readonly host: Host;
  readonly log: Log;
  readonly clock: Clock;
  readonly endpoints: readonly Endpoint[];
  /** What the bodies of blobs share; undefined: no limit. */
  readonly bandwidth: Bandwidth | undefined;

  /** Throws for an endpoint whose URL, certificate or key is none. */
  constructor({ endpoints, clock = systemClock, bandwidthBytesPerSecond = 0, ...context }: UpstreamOptions) {
    this.host = context.host;
    this.log = context.log;
    this.clock = clock;
    if (bandwidthBytesPerSecond > 0) this.bandwidth = new Bandwidth(bandwidthBytesPerSecond, clock);
    if (endpoints.length === 0) throw new Error(`${this.host}: no endpoint`);
    this.endpoints = endpoints.map((options) => new Endpoint(options, { ...context, clock }));
  }

  get rateLimit(): RateLimit | undefined {
    return this.endpoints.find(({ allowance }) => allowance.rateLimit !== undefined)?.allowance.rateLimit;
  }

  get state(): readonly EndpointState[] {
    return this.endpoints.map(({ state }) => state);
  }

  /** Asks as `inquire` says, within the patience of the caller, which lasts until `inquire` is done. */
  async ask<T>(question: Question, patience: Patience, inquire: (asking: Asking) => Promise<T>): Promise<T> {
    const name = this.#nameOf(question.repo);
    const subject = `${this.host}: ${question.method} ${name}${question.object}`;
    const deadline = new Deadline(patience, this.clock, subject);
    try {
      const { background: isBackground = false, once: isOnce = false } = patience;
      return await inquire(new Asking(this, question, { name, subject, deadline, isBackground, isOnce }));
    } finally {
      deadline.met();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.endpoints.map((endpoint) => endpoint.close()));
  }

  /** As it is called there. Docker Hub alone gives names of one component a first one. */
  #nameOf(repo: Repository): RepositoryName {
    if (repo.host !== undefined && repo.host !== this.host) {
      throw new RegistryError('NAME_UNKNOWN', `${formatRepository(repo)} is not in ${this.host}`);
    }
    const isShort = this.host === DOCKER_HUB && !repo.name.includes('/');
    return isShort ? (`library/${repo.name}` as RepositoryName) : repo.name;
  }
}

interface Context {
  readonly name: RepositoryName;
  readonly subject: string;
  readonly deadline: Deadline;
  readonly isBackground: boolean;
  readonly isOnce: boolean;
}

interface FirstOptions {
  /** Default: all of the upstream. */
  readonly endpoints?: readonly Endpoint[];
  readonly gives?: Gives;
}

/** A question while it is asked. */
export class Asking {
  /** Who is asked what, for messages. */
  readonly subject: string;
  /** Aborted when the caller leaves, or has waited long enough. */
  readonly signal: AbortSignal;
  readonly #upstream: Upstream;
  readonly #question: Question;
  readonly #context: Context;

  constructor(upstream: Upstream, question: Question, context: Context) {
    this.subject = context.subject;
    this.signal = context.deadline.signal;
    this.#upstream = upstream;
    this.#question = question;
    this.#context = context;
  }

  /** What the first endpoint gives from which `read` can read it. */
  first<T>(
    read: (take: TakeStep, endpoint: Endpoint) => Promise<T>,
    { endpoints = this.#upstream.endpoints, gives = 'whole' }: FirstOptions = {},
  ): Promise<T> {
    const { name: repository, subject, deadline, isBackground, isOnce } = this.#context;
    const { method, unknown } = this.#question;
    const { log, clock } = this.#upstream;
    return firstToGive(
      endpoints,
      (endpoint, headersMs) =>
        read((step) => {
          const path = step.path instanceof URL ? step.path : `${repository}/${step.path}`;
          const { signal } = this;
          return endpoint.ask({ method, unknown, ...step, path, repository, subject, signal, headersMs });
        }, endpoint),
      { subject, deadline, clock, log, isBackground, isOnce, gives },
    );
  }
}
