import type { Clock } from '../clock.ts';

/** So much of the rate may be used at once after a rest. */
const BURST_MS = 1_000;

/** Bytes per second that several downloads share. Each asks for one chunk at a time, and who asked first goes first,
 *  so that they take turns. */
export class Bandwidth {
  readonly #msPerByte: number;
  readonly #clock: Clock;
  /** When all bytes that were let through so far are paid for. */
  #paidAt = -Infinity;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#msPerByte = 1000 / bytesPerSecond;
    this.#clock = clock;
  }

  /** Waits until so many more may pass. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    this.#paidAt = Math.max(this.#paidAt, now) + bytes * this.#msPerByte;
    const wait = this.#paidAt - now - BURST_MS;
    if (wait > 0) await this.#clock.sleep(wait, signal);
  }
}
