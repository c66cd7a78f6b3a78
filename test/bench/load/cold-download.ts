import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import net from 'node:net';

/** What became of a download, in milliseconds since it was begun. */
export interface ColdDownload {
  readonly firstByteMs: number;
  readonly endMs: number;
  readonly bytes: number;
}

interface Answer extends ColdDownload {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
}

/** Downloads a URL on a connection of its own, with a token when one is wanted. Nothing is done with what comes, it is not even
 *  looked at, so that clients take little of the machine: `buffer` may be shared by all. Rejects unless all of it came. */
export async function coldDownload(url: URL, buffer: Buffer): Promise<ColdDownload> {
  const started = performance.now();
  const first = await ask(url, {}, started, buffer);
  const answer = first.status === 401 ? await ask(url, await login(first.head), started, buffer) : first;
  const length = Number(/^content-length: (\d+)/im.exec(answer.head)?.[1]);
  if (answer.status !== 200 || answer.bytes !== length) {
    throw new Error(`${url.pathname}: ${answer.status}, ${answer.bytes} bytes, expected 200 and ${length}`);
  }
  return answer;
}

async function ask(url: URL, headers: Record<string, string>, started: number, buffer: Buffer): Promise<Answer> {
  let head = '';
  let firstByteMs = NaN;
  let bytes = 0;
  const callback = (count: number): boolean => {
    if (bytes > 0) {
      bytes += count;
      return true;
    }
    head += buffer.toString('latin1', 0, count);
    const end = head.indexOf('\r\n\r\n') + 4;
    if (end < 4) return true;
    bytes = head.length - end;
    if (bytes > 0) firstByteMs = performance.now() - started;
    head = head.slice(0, end);
    return true;
  };
  const socket = net.connect({ host: url.hostname, port: Number(url.port), onread: { buffer, callback } });
  const lines = Object.entries({ host: url.host, connection: 'close', ...headers });
  socket.write(`GET ${url.pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  await once(socket, 'close');
  return { status: Number(head.slice(9, 12)), head, bytes, firstByteMs, endMs: performance.now() - started };
}

/** Gets the token that an answer asks for. */
async function login(head: string): Promise<Record<string, string>> {
  const challenge = /^www-authenticate: Bearer (.*)$/im.exec(head)?.[1] ?? '';
  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value]) => [name, value]),
  );
  const { realm = '', service = '', scope = '' } = parameters;
  const request = http.get(`${realm}?${new URLSearchParams({ service, scope }).toString()}`, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { token } = JSON.parse(Buffer.concat(await response.toArray()).toString()) as { token: string };
  return { authorization: `Bearer ${token}` };
}
