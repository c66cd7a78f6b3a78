import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, so that it can be stopped without cutting an answer short. */
export class Connections {
  readonly #server: Server;
  /** Each by its addresses, as a secured connection is another socket than the one that it came by. */
  readonly #open = new Map<string, Connection>();
  #draining = false;

  /** Watches from now on, so before the server listens. */
  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      const key = addressesOf(socket);
      const connection = { socket, answers: 0 };
      this.#open.set(key, connection);
      socket.once('close', () => {
        if (this.#open.get(key) === connection) this.#open.delete(key);
      });
    });
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      server.on(event, ({ socket }: IncomingMessage, response: ServerResponse) => {
        const connection = this.#open.get(addressesOf(socket));
        if (connection === undefined) return;
        connection.socket = socket;
        connection.answers++;
        response.once('close', () => this.#answered(connection));
      });
    }
  }

  /** Stops accepting, closes what is idle at once and the others after their answer, which has `graceMs` to end.
   *  Gives how many were cut. */
  async drain(graceMs: number): Promise<number> {
    this.#draining = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const { socket, answers } of this.#open.values()) if (answers === 0) socket.destroy();
    let cut = 0;
    const late = setTimeout(() => {
      cut = this.#open.size;
      for (const { socket } of this.#open.values()) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(late);
    return cut;
  }

  #answered(connection: Connection): void {
    connection.answers--;
    if (this.#draining && connection.answers === 0) connection.socket.destroySoon();
  }
}

interface Connection {
  /** What its answers are written to. */
  socket: Socket;
  /** In progress. Node's own idle check takes a connection that never sent a request for busy. */
  answers: number;
}

const addressesOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  [remoteAddress, remotePort, localPort].join(' ');

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
