/** Long enough that the number does not flicker, short enough to follow a change. */
const WINDOW_MS = 5000;
/** Before that, chance speaks. */
const LEAST_MS = 1000;

/** How fast bytes come, over the last seconds. */
export class TransferRate {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** `bytes` are those of the whole time, `atMs` is on any clock that does not go back. */
  sample(bytes: number, atMs: number): void {
    this.#samples.push({ atMs, bytes });
    while (atMs - (this.#samples[1]?.atMs ?? atMs) >= WINDOW_MS) this.#samples.shift();
  }

  /** Undefined while too little is known. */
  bytesPerSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < LEAST_MS) return undefined;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs));
  }
}

/** `0:45`, `1:02:03`: as clocks show it. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => String(part).padStart(index === 0 ? 1 : 2, '0')).join(':');
}
