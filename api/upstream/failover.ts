import type { Log } from '../log.ts';
import { isUnknown, UpstreamError } from '../oci/errors.ts';
import { LONGEST_PAUSE_MS } from './allowance.ts';
import type { Outcome, Passage } from './breaker.ts';
import type { Clock } from '../clock.ts';
import { isClosing, isPassing } from './connection-error.ts';
import type { Deadline } from './deadline.ts';
import type { Endpoint } from './endpoint.ts';

const MAX_TRIES = 3;
const MAX_LIMITED_TRIES = 5;
const FIRST_BACKOFF_MS = 500;
/** Answers that may be others a moment later. */
const PASSING_STATUSES: readonly (number | undefined)[] = [408, 500, 502, 503, 504];

/** Asks one endpoint; `headersMs` is what it may take for each answer. */
export type Ask<T> = (endpoint: Endpoint, headersMs: number) => Promise<T>;

/** All of an answer; or the beginning of one whose end {@link Breaker.bodyEnded} is told. */
export type Gives = 'whole' | 'beginning';

interface Context {
  /** Who is asked what, for messages. */
  readonly subject: string;
  readonly deadline: Deadline;
  readonly clock: Clock;
  readonly log: Log;
  readonly isBackground: boolean;
  /** Whether each is asked once only. */
  readonly isOnce: boolean;
  readonly gives: Gives;
}

/** What the first endpoint gives that has it. One that fails leaves the question to the next one; when all have,
 *  those whose failure may pass are asked again, as long as the deadline allows and their breaker is closed. A refusal
 *  is final, as is 404 from all. Throws what the first failing endpoint threw, and a 404 only if all others said it too. */
export async function firstToGive<T>(endpoints: readonly Endpoint[], ask: Ask<T>, context: Context): Promise<T> {
  const candidates = endpoints.map((endpoint) => new Candidate(endpoint, context));
  for (;;) {
    const left = candidates.filter((candidate) => candidate.isLeft);
    for (const [i, candidate] of left.entries()) {
      const given = await candidate.ask(ask, context.deadline.share(left.length - i));
      if (given) return given.value;
    }
    const waits = candidates.filter((candidate) => candidate.isLeft).map((candidate) => candidate.waitMs());
    const wait = Math.min(...waits);
    if (waits.length === 0 || context.isOnce || !context.deadline.allows(wait)) throw worstOf(candidates);
    await context.clock.sleep(wait, context.deadline.signal);
  }
}

/** One endpoint while one question is asked. */
class Candidate {
  error: unknown;
  readonly #endpoint: Endpoint;
  readonly #context: Context;
  #tries = 0;
  #limitedTries = 0;
  #isLeft = true;

  constructor(endpoint: Endpoint, context: Context) {
    this.#endpoint = endpoint;
    this.#context = context;
  }

  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** Undefined when the next one is to be asked. Throws what no other endpoint can mend. */
  async ask<T>(ask: Ask<T>, headersMs: number): Promise<{ value: T } | undefined> {
    const { subject, isBackground } = this.#context;
    const { allowance, breaker } = this.#endpoint;
    const waitMs = isBackground ? allowance.scarceMs : allowance.pausedMs;
    if (waitMs > 0) {
      this.#failed(limited(subject, this.#endpoint, waitMs));
      return undefined;
    }
    const passage = breaker.enter(isBackground);
    if (passage) return this.#askThrough(passage, ask, headersMs);
    this.#failed(unavailable(subject, this.#endpoint));
    return undefined;
  }

  /** Until it is worth asking again; more than it must be, so that not all come back at once. */
  waitMs(): number {
    const { pausedMs } = this.#endpoint.allowance;
    const { retryAfterMs = 0 } = this.error as UpstreamError;
    const backoff = Math.max(FIRST_BACKOFF_MS * 2 ** (this.#tries - 1), Math.min(retryAfterMs, LONGEST_PAUSE_MS));
    const wait = pausedMs > 0 ? pausedMs : backoff;
    return wait + this.#context.clock.random() * Math.min(wait / 4, 2_000);
  }

  async #askThrough<T>(passage: Passage, ask: Ask<T>, headersMs: number): Promise<{ value: T } | undefined> {
    const { deadline, gives } = this.#context;
    try {
      const value = await ask(this.#endpoint, headersMs);
      passage.settle(gives === 'whole' ? 'answered' : 'begun');
      return { value };
    } catch (err) {
      passage.settle(outcomeOf(err, deadline), err instanceof Error ? err.message : '');
      deadline.signal.throwIfAborted();
      if (!isForAnother(err)) throw err;
      this.#failed(err);
      if (err instanceof UpstreamError && err.kind === 'rate-limited') this.#pause(err);
      return undefined;
    }
  }

  #failed(err: unknown): void {
    // What went wrong says more than that it does so all the time.
    if (!isUnavailable(err) || this.error === undefined) this.error = err;
    if (err instanceof UpstreamError && err.kind === 'rate-limited') {
      this.#isLeft = ++this.#limitedTries < MAX_LIMITED_TRIES && !this.#context.isBackground;
    } else {
      this.#isLeft = ++this.#tries < MAX_TRIES && mayPass(err) && this.#endpoint.breaker.state === 'closed';
    }
  }

  #pause(err: UpstreamError): void {
    const backoff = FIRST_BACKOFF_MS * 2 ** this.#limitedTries;
    const ms = Math.min(err.retryAfterMs ?? backoff, LONGEST_PAUSE_MS);
    this.#endpoint.allowance.pause(ms);
    this.#context.log.warn(`${err.message}; it is left alone for ${ms} ms`);
  }
}

function limited(subject: string, { origin, allowance }: Endpoint, retryAfterMs: number): UpstreamError {
  const seconds = Math.ceil(retryAfterMs / 1000);
  const why =
    allowance.pausedMs > 0
      ? `has had too many requests, and wants none for ${seconds} s more`
      : `has only ${allowance.rateLimit?.remaining ?? 0} requests left, which are for others`;
  return new UpstreamError('rate-limited', `${subject}: ${origin} ${why}`, { status: 429, retryAfterMs });
}

function unavailable(subject: string, { origin, breaker }: Endpoint): UpstreamError {
  const { refusesMs: retryAfterMs } = breaker;
  const message = `${subject}: ${origin} failed several times, and is asked again in ${Math.ceil(retryAfterMs / 1000)} s`;
  return new UpstreamError('unavailable', message, { retryAfterMs });
}

/** What a failure says of the endpoint. */
function outcomeOf(err: unknown, deadline: Deadline): Outcome {
  // Also by an endpoint that is silent longer than anybody waits.
  if (deadline.signal.aborted) return deadline.isOver ? 'failed' : 'unclear';
  if (isUnknown(err)) return 'answered';
  if (!(err instanceof UpstreamError) || isClosing(err)) return 'unclear';
  const { kind, status = 0 } = err;
  if (kind === 'unreachable' || kind === 'timeout') return 'failed';
  return kind === 'failed' && (status >= 500 || status === 408) ? 'failed' : 'answered';
}

/** Whether another endpoint may do better: not where we are refused, or asked for what makes no sense. */
function isForAnother(err: unknown): boolean {
  if (isUnknown(err)) return true;
  if (!(err instanceof UpstreamError) || err.kind === 'denied') return false;
  const { kind, status = 0 } = err;
  return kind !== 'failed' || status >= 500 || status === 408;
}

function mayPass(err: unknown): boolean {
  if (!(err instanceof UpstreamError)) return false;
  return err.kind === 'unreachable' ? isPassing(err) : err.kind === 'failed' && PASSING_STATUSES.includes(err.status);
}

/** That one does not have it says nothing while another could not be asked; and what went wrong says more than that
 *  it does so all the time. */
function worstOf(candidates: readonly Candidate[]): unknown {
  const errors = candidates.map(({ error }) => error);
  const failures = errors.filter((err) => !isUnknown(err));
  return failures.find((err) => !isUnavailable(err)) ?? failures.sort(bySooner)[0] ?? errors.at(-1);
}

const isUnavailable = (err: unknown): boolean => err instanceof UpstreamError && err.kind === 'unavailable';

const bySooner = (a: unknown, b: unknown): number =>
  ((a as UpstreamError).retryAfterMs ?? 0) - ((b as UpstreamError).retryAfterMs ?? 0);
