import type { Log } from '../log.ts';
import { RegistryError } from '../oci/errors.ts';
import { DOCKER_HUB, formatRepository, type Host, type Repository, type RepositoryName } from '../oci/repository.ts';
import type { Timeouts } from './agent.ts';
import type { UnknownCode } from './answer-error.ts';
import { systemClock, type Clock } from './clock.ts';
import { Deadline, type Patience } from './deadline.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { Endpoint } from './endpoint.ts';
import { firstToGive } from './failover.ts';
import type { RateLimit } from './rate-limit.ts';
import type { WireAnswer } from './transport.ts';

export interface UpstreamOptions {
  readonly host: Host;
  /** Tried in order, at least one; see `endpointsFor`. */
  readonly endpoints: readonly EndpointOptions[];
  readonly timeouts?: Partial<Timeouts>;
  /** With name and version: `ociregistry/1.2.3`. */
  readonly userAgent: string;
  readonly log: Log;
  readonly clock?: Clock;
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

  /** Throws for an endpoint whose URL, certificate or key is none. */
  constructor({ endpoints, clock = systemClock, ...context }: UpstreamOptions) {
    this.host = context.host;
    this.log = context.log;
    this.clock = clock;
    if (endpoints.length === 0) throw new Error(`${this.host}: no endpoint`);
    this.endpoints = endpoints.map((options) => new Endpoint(options, { ...context, clock }));
  }

  get rateLimit(): RateLimit | undefined {
    return this.endpoints.find(({ rateLimit }) => rateLimit !== undefined)?.rateLimit;
  }

  /** Asks as `inquire` says, within the patience of the caller, which lasts until `inquire` is done. */
  async ask<T>(question: Question, patience: Patience, inquire: (asking: Asking) => Promise<T>): Promise<T> {
    const name = this.#nameOf(question.repo);
    const subject = `${this.host}: ${question.method} ${name}${question.object}`;
    const deadline = new Deadline(patience, this.clock, subject);
    try {
      return await inquire(new Asking(this, question, { name, subject, deadline }));
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
    endpoints: readonly Endpoint[] = this.#upstream.endpoints,
  ): Promise<T> {
    const { name: repository, subject, deadline } = this.#context;
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
      { subject, deadline, clock, log },
    );
  }
}
