import { once } from 'node:events';
import http, { type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { after } from 'node:test';
import { createServer, type HttpServerOptions } from '../../api/http/server.ts';
import { assertConforms, type Answer } from './conforms.ts';

export interface Served {
  readonly server: Server;
  readonly port: number;
  readonly origin: string;
  /** Sends a path as it stands, which `fetch` would normalise, and holds the answer against the document. */
  readonly ask: (
    method: string,
    path: string,
    headers?: Readonly<Record<string, string | string[]>>,
  ) => Promise<Answer>;
  /** Sends bytes, and gives what comes until the server closes. */
  readonly raw: (bytes: string | Buffer) => Promise<string>;
}

const open = new Set<Server>();
after(() => {
  for (const server of open) {
    server.close();
    server.closeAllConnections();
  }
});

/** The app on a real listener, closed at the end of the test file. */
export async function serveApp(app: RequestListener, options?: HttpServerOptions): Promise<Served> {
  const server = createServer(app, options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.add(server);
  const { port } = server.address() as AddressInfo;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  server.once('close', () => {
    open.delete(server);
    agent.destroy();
  });
  return {
    server,
    port,
    origin: `http://127.0.0.1:${port}`,
    ask: async (method, path, headers = {}) => {
      const answer = await send({ port, agent, method, path, headers });
      if (/^\/v2(?:[/?]|$)/.test(path)) assertConforms(method, path, answer);
      return answer;
    },
    raw: async (bytes) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {}); // A reset is one way to close.
      socket.write(bytes);
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      await new Promise((resolve) => socket.once('close', resolve));
      return Buffer.concat(chunks).toString('latin1');
    },
  };
}

function send({ headers, ...options }: http.RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', headers, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const fields = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        resolve({ status: response.statusCode ?? 0, headers: new Headers(fields), body: Buffer.concat(chunks) });
      });
    });
    request.on('error', reject);
    request.end();
  });
}

/** The code of an error answer. */
export function codeOf({ body }: Answer): string | undefined {
  if (body.length === 0) return undefined;
  return (JSON.parse(body.toString()) as { errors?: { code: string }[] }).errors?.[0]?.code;
}
