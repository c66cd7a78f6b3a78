import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One answer of several on a connection. */
export interface WireAnswer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  /** As many characters as `Content-Length` said; one for each byte. */
  readonly body: string;
}

/** A connection that nobody has written to, whose breaking is no error: being cut off is what attackers expect. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** Sends bytes as they stand, and gives all that comes until the server closes. */
export async function exchange(url: string, bytes: string | Buffer): Promise<string> {
  const socket = await openSocket(url);
  const answered = readToEnd(socket);
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  return answered;
}

/** What comes until the connection is gone, one character for each byte. */
export async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

/** Takes apart what came on a connection; fails for bytes that belong to no answer. None may be an answer to HEAD. */
export function parseAnswers(text: string): WireAnswer[] {
  const answers: WireAnswer[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n\r\n', at) + 4;
    const head = text.slice(at, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    assert.ok(end > 3 && status > 0, `no answer: ${JSON.stringify(text.slice(at, at + 200))}`);
    const lengths = [...head.matchAll(/\r\nContent-Length: (\d+)\r\n/gi)].map(([, length]) => Number(length));
    assert.ok(lengths.length <= 1, 'one length');
    const [length = 0] = lengths;
    assert.ok(end + length <= text.length, 'a whole body');
    answers.push({ status, head, body: text.slice(end, end + length) });
    at = end + length;
  }
  return answers;
}

/** The answer to the last request of a connection, which this one is told to be. */
export async function askRaw(url: string, target: string, headers: readonly string[] = []): Promise<WireAnswer> {
  const lines = [`GET ${target} HTTP/1.1`, 'Host: registry.test', 'Connection: close', ...headers];
  const answers = parseAnswers(await exchange(url, `${lines.join('\r\n')}\r\n\r\n`));
  assert.equal(answers.length, 1, `one answer to ${JSON.stringify(target)}`);
  return answers[0]!;
}

/** Fails for a refusal that is no envelope of the specification's. */
export function assertRefusal({ status, head, body }: WireAnswer, what: string): void {
  assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
  assert.match(head, /\r\nContent-Type: application\/json\r\n/i, what);
  assert.match(body, /^\{"errors":\[\{"code":"[A-Z_]+","message":"/, what);
}
