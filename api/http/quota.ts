/** The most that may be had of something at once; Infinity for no limit. */
export interface Allowance {
  readonly total: number;
  readonly perClient: number;
}

/** Why there is no more: all together have as much as they may, or this client alone has. */
export type Exhausted = 'total' | 'perClient';

/** Counts what each client has of something of which there is only so much. */
export class Quota {
  readonly #byClient = new Map<string, number>();
  #total = 0;

  /** Takes one; gives why not if there is none left. */
  take(client: string, { total, perClient }: Allowance): Exhausted | undefined {
    const taken = this.#byClient.get(client) ?? 0;
    if (taken >= perClient) return 'perClient';
    if (this.#total >= total) return 'total';
    this.#total++;
    this.#byClient.set(client, taken + 1);
    return undefined;
  }

  /** Gives one back that was taken. */
  release(client: string): void {
    this.#total--;
    const left = (this.#byClient.get(client) ?? 0) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }
}
