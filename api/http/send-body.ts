import type { Body } from '../registry.ts';
import type { Reply } from './exchange.ts';

/** The client hung up. Normal: containerd's parallel fetch reads one chunk of each connection and goes. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Sends `length` bytes of `body`, reading a chunk while the one before it is written. `writeHead` is called when the
 *  first chunk is there, so that what fails before it can still be told. The body is returned, whatever happens. */
export async function sendBody(res: Reply, body: Body, length: number, writeHead: () => void): Promise<void> {
  const departure = new Departure(res);
  let pending: Promise<void> | undefined;
  let sent = 0;
  try {
    for (;;) {
      const { done, value } = await departure.orRejects(body.next());
      if (done) break;
      if (sent === 0) writeHead();
      await pending; // The chunk before this one has left: the body may use its memory again.
      sent += value.length;
      if (sent > length) throw new Error(`body has more than the ${length} bytes it should have`);
      pending = departure.orRejects(write(res, value));
      // It may fail while the next read runs. Without this an unhandled rejection would end the process.
      pending.catch(() => {});
      res.locals.bytes = sent;
    }
    if (sent === 0) writeHead();
    await pending;
    if (sent < length) throw new Error(`body ended after ${sent} of ${length} bytes`);
    res.end();
  } catch (err) {
    // Before the body has its memory back: what is still to be written of it must not leave with other bytes in it.
    if (res.headersSent) res.destroy();
    throw err;
  } finally {
    departure.end();
    await body.return();
  }
}

const write = (res: Reply, chunk: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    res.write(chunk, (err) => (err ? reject(new ClientGone('write failed', { cause: err })) : resolve()));
  });

/** Ends every wait when the client hangs up: a body may not stir for long, and not every write callback comes. */
class Departure {
  readonly #res: Reply;
  readonly #waits = new Set<() => void>();
  readonly #onClose = (): void => {
    for (const abandon of this.#waits) abandon();
  };

  constructor(res: Reply) {
    this.#res = res;
    res.once('close', this.#onClose);
  }

  orRejects<T>(wait: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const abandon = (): void => reject(new ClientGone('the client hung up'));
      this.#waits.add(abandon);
      wait.then(resolve, reject).finally(() => this.#waits.delete(abandon));
      if (this.#res.closed || this.#res.destroyed) abandon();
    });
  }

  end(): void {
    this.#res.off('close', this.#onClose);
  }
}
