import type { Dispatcher } from 'undici';

/** Told of what goes over the wire to an upstream and to where it sends us, for who counts it. */
export interface Traffic {
  /** How a request was answered; undefined when it was not. */
  answered(status: number | undefined): void;
  /** That so many bytes of a body came. */
  received(bytes: number): void;
}

/** Connections whose every request is told of, logins and redirects included. */
export function watch(agent: Dispatcher, traffic: Traffic): Dispatcher {
  return agent.compose((dispatch) => (options, handler) => dispatch(options, new WatchingHandler(handler, traffic)));
}

type Handler = Dispatcher.DispatchHandler;
type Told<K extends keyof Handler> = Parameters<NonNullable<Handler[K]>>;

class WatchingHandler implements Handler {
  readonly #handler: Handler;
  readonly #traffic: Traffic;
  #isAnswered = false;

  constructor(handler: Handler, traffic: Traffic) {
    this.#handler = handler;
    this.#traffic = traffic;
  }

  onRequestStart(...told: Told<'onRequestStart'>): void {
    this.#handler.onRequestStart?.(...told);
  }

  onRequestUpgrade(...told: Told<'onRequestUpgrade'>): void {
    this.#handler.onRequestUpgrade?.(...told);
  }

  onResponseStart(...told: Told<'onResponseStart'>): void {
    const [, status] = told;
    // What comes before it is on the way.
    if (status >= 200) this.#answered(status);
    this.#handler.onResponseStart?.(...told);
  }

  onResponseData(...told: Told<'onResponseData'>): void {
    const [, chunk] = told;
    this.#traffic.received(chunk.length);
    this.#handler.onResponseData?.(...told);
  }

  onResponseEnd(...told: Told<'onResponseEnd'>): void {
    this.#handler.onResponseEnd?.(...told);
  }

  onResponseError(...told: Told<'onResponseError'>): void {
    if (!this.#isAnswered) this.#answered(undefined);
    this.#handler.onResponseError?.(...told);
  }

  #answered(status: number | undefined): void {
    this.#isAnswered = true;
    this.#traffic.answered(status);
  }
}
