import { after, before, test } from 'node:test';
import { liveLogs } from './daemon.ts';
import { missing, type Requirement } from './requires.ts';

/** Registers one test of a client. */
export type ClientTest<Lab> = (behaviour: string, body: (lab: Lab) => Promise<void>) => void;

/** The tests of a file about one client. Its lab (folder, our program, the client's daemon) is set up once for all of
 *  them by `start`, and only where the machine has what is required; what `start` gives to `stack` is stopped last
 *  to first. A failure shows the log of every daemon that runs. */
export function clientTests<Lab>(
  requirements: readonly Requirement[],
  start: (stack: AsyncDisposableStack) => Promise<Lab>,
): ClientTest<Lab> {
  const skip = missing(...requirements);
  const stack = new AsyncDisposableStack();
  let lab: Promise<Lab> | undefined;
  before(async () => {
    if (skip === false) await (lab ??= withLogs(() => start(stack)));
  });
  after(() => stack.disposeAsync());
  return (behaviour, body) => {
    test(behaviour, { skip, timeout: 180_000 }, async () => {
      if (lab === undefined) throw new Error('the lab was not started');
      const ready = await lab;
      await withLogs(() => body(ready));
    });
  };
}

/** Adds to an error what the daemons say, the registry above all: their side of the story. */
async function withLogs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) error.stack = `${error.stack ?? error.message}\n${liveLogs()}`;
    throw error;
  }
}
