import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { after } from 'node:test';
import { urlToHttpOptions } from 'node:url';

export interface ForwardProxyOptions {
  /** `127.0.0.1:PORT` by the `host:port` that is asked for; who is not in it is not let through, 403. */
  readonly routes: Readonly<Record<string, string>>;
  /** `user:password` that it wants; else 407. */
  readonly login?: string;
}

/** A proxy as companies have them: it alone can reach the hosts of the world, whose names it alone knows. It is closed
 *  at the end of the test file. */
export class ForwardProxy {
  /** `CONNECT quay.io:443`, `GET http://quay.io/v2/`. */
  readonly lines: string[] = [];
  readonly #options: ForwardProxyOptions;
  readonly #server = http.createServer((request, response) => void this.#forward(request, response));

  static async start(options: ForwardProxyOptions): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(options);
    const server = proxy.#server;
    server.on('connect', (request: IncomingMessage, socket: Socket) => void proxy.#tunnel(request, socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    return proxy;
  }

  private constructor(options: ForwardProxyOptions) {
    this.#options = options;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #refusal({ method, url, headers }: IncomingMessage): 407 | undefined {
    this.lines.push(`${method} ${url}`);
    const { login } = this.#options;
    if (login === undefined) return undefined;
    const expected = `Basic ${Buffer.from(login).toString('base64')}`;
    return headers['proxy-authorization'] === expected ? undefined : 407;
  }

  async #tunnel(request: IncomingMessage, socket: Socket): Promise<void> {
    const target = this.#options.routes[request.url ?? ''];
    const refusal = this.#refusal(request) ?? (target === undefined ? 403 : undefined);
    if (refusal !== undefined || target === undefined) {
      socket.end(`HTTP/1.1 ${refusal} no\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = target.split(':');
    const upstream = net.connect(Number(port), host);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    // How it ends is for the two sides to tell.
    await Promise.allSettled([pipeline(socket, upstream), pipeline(upstream, socket)]);
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '');
    const target = this.#options.routes[`${url.hostname}:${url.port || '80'}`];
    const refusal = this.#refusal(request) ?? (target === undefined ? 403 : undefined);
    if (refusal !== undefined) {
      response.writeHead(refusal).end();
      return;
    }
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const there = new URL(`http://${target}${url.pathname}${url.search}`);
    const asked = http.get({ ...urlToHttpOptions(there), headers });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  }
}
