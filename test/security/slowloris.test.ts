import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setInterval as every } from 'node:timers/promises';
import { Digester } from '../../api/oci/digest.ts';
import { eventually } from '../support/clients/eventually.ts';
import { startAttacked, type Attacked } from './support-served.ts';
import { askRaw, openSocket, parseAnswers, readToEnd } from './support-wire.ts';

const HEADERS_TIMEOUT_MS = 1_000;
const WRITE_IDLE_MS = 2_000;
/** Node looks at its time-outs once a second, and machines may be busy. */
const LATE_MS = 8_000;
/** More than the sockets of both sides hold. */
const LAYER_BYTES = 20 * 1024 * 1024;

describe('slowloris', { concurrency: 4 }, () => {
  let attacked: Attacked;
  before(async () => {
    attacked = await startAttacked({
      layer: randomBytes(LAYER_BYTES),
      env: {
        OCIREGISTRY_LIMITS_HEADERS_TIMEOUT: `${HEADERS_TIMEOUT_MS}ms`,
        OCIREGISTRY_LIMITS_WRITE_IDLE: `${WRITE_IDLE_MS}ms`,
      },
    });
  });
  after(() => attacked[Symbol.asyncDispose]());

  const HEAD = `GET /v2/ HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(2000)}`;
  for (const [what, beginning] of [
    ['a head that comes byte by byte', ''],
    ['a head whose first line is there', 'GET /v2/ HTTP/1.1\r\n'],
    ['the second head of a connection', 'GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n'],
  ] as const) {
    test(`${what} is cut at headersTimeout, however busily it comes`, async () => {
      const socket = await openSocket(attacked.url);
      const answered = readToEnd(socket);
      const started = performance.now();
      socket.write(beginning);
      await dribble(socket, HEAD.slice(beginning.startsWith('GET') && !beginning.endsWith('\r\n\r\n') ? 19 : 0));
      const tookMs = performance.now() - started;
      assert.ok(tookMs > HEADERS_TIMEOUT_MS * 0.9 && tookMs < HEADERS_TIMEOUT_MS + LATE_MS, `${tookMs} ms`);
      const last = parseAnswers(await answered).at(-1);
      assert.equal(last?.status, 408);
      assert.match(last.body, /"code":"UNSUPPORTED"/);
    });
  }

  test('a connection on which nothing is said at all is cut', async () => {
    const socket = await openSocket(attacked.url);
    const started = performance.now();
    await readToEnd(socket);
    assert.ok(performance.now() - started < HEADERS_TIMEOUT_MS + LATE_MS);
  });

  test('two hundred slow heads keep nobody from an answer, and are all cut', async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket(attacked.url)));
    const cut = sockets.map((socket) => readToEnd(socket));
    for (const socket of sockets) socket.write('GET /v2/ HTTP/1.1\r\nHost:');
    assert.equal((await askRaw(attacked.url, '/v2/app/manifests/v1')).status, 200);
    for (const text of await Promise.all(cut)) assert.match(text, /^HTTP\/1\.1 408 /);
  });

  test('a reader that stops is cut at writeIdle, and its blob is let go', async () => {
    const { hostname, port } = new URL(attacked.url);
    const path = `${attacked.blobPath}?reader=stopped`;
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: stopped\r\n\r\n`);
    const started = performance.now();
    await eventually('the log has its end', async () =>
      (await attacked.logged()).some(
        (line) => line.path.startsWith(attacked.blobPath) && (line.bytes ?? 0) < LAYER_BYTES,
      ),
    );
    assert.ok(performance.now() - started > WRITE_IDLE_MS * 0.9);
    socket.destroy();
  });

  test('a reader that is slow, for several times writeIdle, has the whole blob', async () => {
    const asked = request(new URL(attacked.blobPath, attacked.url), { agent: false }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const digester = new Digester('sha256');
    const started = performance.now();
    await readSlowly(answer, (chunk) => void digester.update(chunk));
    assert.ok(performance.now() - started > 2 * WRITE_IDLE_MS);
    assert.equal(digester.digest(), attacked.layer.digest);
  });
});

/** Sends a text a byte at a time, until it is not taken any more. */
async function dribble(socket: Awaited<ReturnType<typeof openSocket>>, text: string): Promise<void> {
  let at = 0;
  for await (const _ of every(20)) {
    if (socket.destroyed || socket.readableEnded || at === text.length) return;
    socket.write(text[at++]!);
  }
}

/** A chunk every now and then: three megabytes a second, as a line has them. */
async function readSlowly(answer: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  const ended = once(answer, 'end');
  for await (const _ of every(20)) {
    const chunk = answer.read() as Buffer | null;
    if (chunk !== null) take(chunk);
    if (answer.readableEnded) break;
  }
  await ended;
}
