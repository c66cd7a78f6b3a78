import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { peakMemory, tellsPeakMemory } from '../support/peak-memory.ts';
import { startAttacked, type Attacked } from './support-served.ts';
import { askRaw, assertRefusal, exchange, openSocket, parseAnswers } from './support-wire.ts';

/** `limits.headerBytes`, unless somebody says otherwise. */
const HEAD_BYTES = 16 * 1024;
/** More than the sockets of both sides hold, so that who writes so much was read. */
const MORE_THAN_BUFFERS = 32 * 1024 * 1024;
const MEMORY_BYTES = 96 * 1024 * 1024;

const request = (lines: readonly string[]): string =>
  `${['GET /v2/ HTTP/1.1', 'Host: x', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`;

const BOMBS: readonly (readonly [what: string, bytes: string])[] = [
  ['one huge value', request([`X: ${'x'.repeat(1_000_000)}`])],
  ['one huge name', request([`${'x'.repeat(1_000_000)}: y`])],
  ['a hundred thousand small ones', request(Array.from({ length: 100_000 }, (_, i) => `A${i}: b`))],
  ['one small one a hundred thousand times', request(Array.from({ length: 100_000 }, () => 'A: b'))],
  ['a hundred thousand empty values', request(Array.from({ length: 100_000 }, () => 'A:'))],
  ['a few more than are taken, all of them short', request(Array.from({ length: 120 }, () => 'A: b'))],
  ['a path of a megabyte', `GET /v2/${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['a query of a megabyte', `GET /v2/?${'a=b&'.repeat(250_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
];

describe('header bombs', () => {
  let attacked: Attacked;
  before(async () => {
    attacked = await startAttacked();
  });
  after(() => attacked[Symbol.asyncDispose]());

  for (const [what, bytes] of BOMBS) {
    test(`${what}: 431, and the connection is closed`, async () => {
      const text = await exchange(attacked.url, bytes);
      // The rest of the bomb may meet a closed port before the answer is read.
      if (text === '') return;
      const [answer, ...more] = parseAnswers(text);
      assert.deepEqual(more, []);
      assert.equal(answer!.status, 431);
      assertRefusal(answer!, what);
      assert.match(answer!.head, /\r\nConnection: close\r\n/i);
    });
  }

  test('a head as large as a client with a long token sends is answered', async () => {
    const lines = [`Authorization: Bearer ${'a'.repeat(8192)}`, `Accept: ${'application/x, '.repeat(200)}a/b`];
    const [answer] = parseAnswers(await exchange(attacked.url, request(lines)));
    assert.equal(answer!.status, 200);
  });

  test('spaces before a value are passed over, not kept: a megabyte of them is nothing', async () => {
    const [answer] = parseAnswers(await exchange(attacked.url, request([`X:${' '.repeat(1_000_000)}y`])));
    assert.equal(answer!.status, 200);
  });

  test('no part of a head that is too large is acted upon', async () => {
    const path = '/v2/in-a-bomb/tags/list';
    await exchange(attacked.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(HEAD_BYTES)}\r\n\r\n`);
    assert.ok((await attacked.logged()).every((line) => line.path !== path));
  });

  test('trailers without end are not read without end', async () => {
    const socket = await openSocket(attacked.url);
    socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n');
    assert.ok((await writeUntilClosed(socket, 'A: b\r\n'.repeat(1000))) < MORE_THAN_BUFFERS);
  });

  test('a head without end is cut, from fifty at once, within little memory', async () => {
    await askRaw(attacked.url, '/v2/');
    const before = tellsPeakMemory ? peakMemory(attacked.pid) : 0;
    const written = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const socket = await openSocket(attacked.url);
        socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n');
        return writeUntilClosed(socket, i % 2 === 0 ? `X: ${'x'.repeat(8000)}\r\n` : 'A: b\r\n'.repeat(1000));
      }),
    );
    for (const bytes of written) assert.ok(bytes < MORE_THAN_BUFFERS, `${bytes} bytes`);
    if (tellsPeakMemory) {
      const grown = peakMemory(attacked.pid) - before;
      assert.ok(grown < MEMORY_BYTES, `${grown} bytes more`);
    }
    assert.equal((await askRaw(attacked.url, '/v2/')).status, 200);
  });
});

/** Writes as long as somebody takes it; gives how many bytes that were. */
async function writeUntilClosed(socket: Socket, chunk: string): Promise<number> {
  socket.resume();
  let written = 0;
  while (written < MORE_THAN_BUFFERS && !socket.destroyed) {
    written += chunk.length;
    if (socket.write(chunk)) continue;
    await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
  socket.destroy();
  return written;
}
