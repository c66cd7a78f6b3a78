import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the answer is yes; gives up after half a minute, telling what did not come true. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`not so after half a minute: ${what}`);
    await delay(25);
  }
}
