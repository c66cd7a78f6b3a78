import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, so that it can be stopped without cutting an answer short. */
export class Connections {
  readonly #server: Server;
  /** Each with how many answers are in progress on it. Node's own idle check takes one that never sent a request for busy. */
  readonly #open = new Map<Socket, number>();
  #draining = false;

  /** Watches from now on, so before the server listens. */
  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#open.set(socket, 0);
      socket.once('close', () => this.#open.delete(socket));
    });
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      server.on(event, ({ socket }: IncomingMessage, response: ServerResponse) => {
        this.#count(socket, 1);
        response.once('close', () => {
          this.#count(socket, -1);
        });
      });
    }
  }

  /** Stops accepting, closes what is idle at once and the others after their answer, which has `graceMs` to end.
   *  Gives how many were cut. */
  async drain(graceMs: number): Promise<number> {
    this.#draining = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const [socket, answers] of this.#open) if (answers === 0) socket.destroy();
    let cut = 0;
    const late = setTimeout(() => {
      cut = this.#open.size;
      for (const socket of this.#open.keys()) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(late);
    return cut;
  }

  #count(socket: Socket, change: 1 | -1): void {
    const before = this.#open.get(socket);
    if (before === undefined) return;
    this.#open.set(socket, before + change);
    if (this.#draining && before + change === 0) socket.destroySoon();
  }
}

/** Resolves with the first SIGTERM or SIGINT; the second calls `atOnce`. */
export function stopSignal(atOnce: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, () => {
        if (asked) atOnce();
        asked = true;
        resolve(name);
      });
    }
  });
}
