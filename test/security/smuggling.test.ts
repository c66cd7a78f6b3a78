import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { startAttacked, type Attacked } from './support-served.ts';
import { assertRefusal, exchange, openSocket, parseAnswers, readToEnd } from './support-wire.ts';

/** The request that must not be seen: a proxy before us took it for a body, or for part of one. */
const HIDDEN = 'GET /v2/smuggled/tags/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

const get = (headers: readonly string[], rest: string): string =>
  `${['GET /v2/ HTTP/1.1', 'Host: x', ...headers].join('\r\n')}\r\n\r\n${rest}`;

/** Of these two readings are possible, so there is none: 400 before anything is answered. */
const AMBIGUOUS: readonly (readonly [what: string, bytes: string])[] = [
  ['CL.TE: a length and chunks', get(['Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${HIDDEN}`)],
  ['TE.CL: chunks and a length', get(['Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${HIDDEN}`)],
  ['two lengths', get(['Content-Length: 0', `Content-Length: ${HIDDEN.length}`], HIDDEN)],
  ['one length twice', get(['Content-Length: 5', 'Content-Length: 5'], `abcde${HIDDEN}`)],
  ['two lengths in one line', get(['Content-Length: 5, 5'], `abcde${HIDDEN}`)],
  ['a length with a sign', get(['Content-Length: +5'], `abcde${HIDDEN}`)],
  ['a length below nothing', get(['Content-Length: -5'], `abcde${HIDDEN}`)],
  ['a length in hex', get(['Content-Length: 0x5'], `abcde${HIDDEN}`)],
  ['a length of 2^64', get(['Content-Length: 18446744073709551616'], HIDDEN)],
  ['a folded Transfer-Encoding', get(['Transfer-Encoding:', ' chunked'], `0\r\n\r\n${HIDDEN}`)],
  ['a folded Content-Length', get(['X: y', ' Content-Length: 5'], `abcde${HIDDEN}`)],
  ['a space before the colon', get(['Transfer-Encoding : chunked'], `0\r\n\r\n${HIDDEN}`)],
  ['a NUL in a value', get(['Transfer-Encoding: \0chunked'], `0\r\n\r\n${HIDDEN}`)],
  ['lines that end in LF', `GET /v2/ HTTP/1.1\nHost: x\n\n${HIDDEN}`],
  ['one header that ends in LF', `GET /v2/ HTTP/1.1\r\nHost: x\nX: y\r\n\r\n${HIDDEN}`],
  ['a CR inside of a header', `GET /v2/ HTTP/1.1\r\nHost: x\rX: y\r\n\r\n${HIDDEN}`],
];

/** Their head is a request's, and nothing that could be read follows: at most the head is answered. */
const UNREADABLE: readonly (readonly [what: string, bytes: string])[] = [
  ['an encoding that is none', get(['Transfer-Encoding: xchunked'], `0\r\n\r\n${HIDDEN}`)],
  ['the encoding "identity"', get(['Transfer-Encoding: identity'], HIDDEN)],
  ['chunked, and another encoding after it', get(['Transfer-Encoding: chunked, cow'], `0\r\n\r\n${HIDDEN}`)],
  ['two encodings', get(['Transfer-Encoding: chunked', 'Transfer-Encoding: cow'], `0\r\n\r\n${HIDDEN}`)],
  ['a chunk extension that ends in LF', get(['Transfer-Encoding: chunked'], `5;a=\n${HIDDEN}`)],
  ['a chunk size that ends in LF', get(['Transfer-Encoding: chunked'], `0\n\n${HIDDEN}`)],
  ['a chunk longer than it says', get(['Transfer-Encoding: chunked'], `1\r\nabc\r\n0\r\n\r\n${HIDDEN}`)],
  ['a chunk size of 2^64', get(['Transfer-Encoding: chunked'], `10000000000000000\r\n${HIDDEN}`)],
  ['a chunk size with a sign', get(['Transfer-Encoding: chunked'], `+0\r\n\r\n${HIDDEN}`)],
  ['a chunk extension of 64 KiB', get(['Transfer-Encoding: chunked'], `0;${'x'.repeat(65_536)}\r\n\r\n${HIDDEN}`)],
];

/** A body that is understood, and let go unread: the connection ends with the answer. */
const BODIES: readonly (readonly [what: string, bytes: string])[] = [
  ['a body that is a request', get([`Content-Length: ${HIDDEN.length}`], HIDDEN)],
  ['a body, and a request after it', get(['Content-Length: 5'], `abcde${HIDDEN}`)],
  ['chunks, and a request after them', get(['Transfer-Encoding: chunked'], `5;a=b\r\nabcde\r\n0\r\n\r\n${HIDDEN}`)],
  ['trailers, and a request after them', get(['Transfer-Encoding: chunked'], `0\r\nX: y\r\n\r\n${HIDDEN}`)],
];

describe('request smuggling', () => {
  let attacked: Attacked;
  before(async () => {
    attacked = await startAttacked();
  });
  after(() => attacked[Symbol.asyncDispose]());

  const wasAsked = async (path: string): Promise<boolean> =>
    (await attacked.logged()).some((line) => line.path.includes(path));

  for (const [what, bytes] of AMBIGUOUS) {
    test(`${what}: 400, and neither reading is served`, async () => {
      const before = (await attacked.logged()).length;
      const answers = parseAnswers(await exchange(attacked.url, bytes));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [400],
      );
      assertRefusal(answers[0]!, what);
      assert.match(answers[0]!.head, /\r\nConnection: close\r\n/i);
      assert.equal((await attacked.logged()).length, before);
    });
  }

  for (const [what, bytes] of UNREADABLE) {
    test(`${what}: what follows the head is never taken for a request`, async () => {
      const path = `/v2/hidden-${UNREADABLE.findIndex(([name]) => name === what)}/tags/list`;
      const answers = parseAnswers(await exchange(attacked.url, bytes.replace('/v2/smuggled/tags/list', path)));
      assert.ok(answers.length <= 1, `${answers.length} answers`);
      for (const { body } of answers) assert.ok(!body.includes('NAME_UNKNOWN'), body);
      assert.equal(await wasAsked(path), false);
    });
  }

  for (const [what, bytes] of BODIES) {
    test(`B8 ${what}: one answer, to the first, and the connection ends`, async () => {
      const answers = parseAnswers(await exchange(attacked.url, bytes));
      assert.deepEqual(
        answers.map(({ status, body }) => [status, body]),
        [[200, '{}']],
      );
      assert.match(answers[0]!.head, /\r\nConnection: close\r\n/i);
    });
  }

  test('two hosts: 400, as proxies may have gone by the other', async () => {
    const answers = parseAnswers(await exchange(attacked.url, get(['Host: y', 'Connection: close'], '')));
    assert.equal(answers.length, 1);
    assert.equal(answers[0]!.status, 400);
    assertRefusal(answers[0]!, 'two hosts');
  });

  test('W5 a refused write whose body is a request is one answer', async () => {
    const bytes = `POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`;
    const answers = parseAnswers(await exchange(attacked.url, bytes));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [405],
    );
  });

  test('CL.0: without a body two requests are two, in their order', async () => {
    const answers = parseAnswers(await exchange(attacked.url, get(['Content-Length: 0'], HIDDEN)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404],
    );
    assert.match(answers[1]!.body, /NAME_UNKNOWN/);
  });

  test('an upgrade switches to nothing: the next request is HTTP as before', async () => {
    const socket = await openSocket(attacked.url);
    const answered = readToEnd(socket);
    socket.write(get(['Connection: Upgrade', 'Upgrade: h2c'], ''));
    await once(socket, 'data');
    socket.write(HIDDEN);
    assert.deepEqual(
      parseAnswers(await answered).map(({ status }) => status),
      [200, 404],
    );
  });

  test('what one connection was poisoned with is not answered on another', async () => {
    const victim = await openSocket(attacked.url);
    const answered = readToEnd(victim);
    for (const [, bytes] of [...AMBIGUOUS, ...UNREADABLE]) await exchange(attacked.url, bytes);
    victim.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.deepEqual(
      parseAnswers(await answered).map(({ status, body }) => [status, body]),
      [[200, '{}']],
    );
  });
});
