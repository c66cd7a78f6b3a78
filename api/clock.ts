import { setTimeout as timeout } from 'node:timers/promises';

/** Time and chance, so that a test can say what they are. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects with the signal's reason once it is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  sleep: async (ms, signal) => {
    try {
      await timeout(ms, undefined, { signal });
    } catch (err) {
      // The timer's own error would hide why the caller left.
      signal.throwIfAborted();
      throw err;
    }
  },
};
