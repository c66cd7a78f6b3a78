import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startAttacked, type Attacked } from './support-served.ts';
import { askRaw, exchange, openSocket, parseAnswers, readToEnd } from './support-wire.ts';

/** As many as the head of a request holds, and less than it may. */
const HEADER_BYTES = 15_000;
const NINES = '9'.repeat(15);

const times = (range: string): string => range.repeat(Math.floor(HEADER_BYTES / range.length)).replace(/,$/, '');

/** What is asked for is sent once and whole, or refused: never twice, never in parts of which each costs something. */
const BOMBS: readonly (readonly [what: string, headers: readonly string[], status: 200 | 206 | 416])[] = [
  ['thousands of ranges', [`Range: bytes=${times('0-,')}`], 200],
  ['thousands that overlap', [`Range: bytes=${times('0-99999,')}`], 200],
  ['thousands of single bytes', [`Range: bytes=${times('5-5,')}`], 200],
  ['thousands of suffixes', [`Range: bytes=${times('-1,')}`], 200],
  ['thousands of commas', [`Range: bytes=${times(',')}`], 200],
  ['ninety headers of one range each', Array.from({ length: 90 }, (_, i) => `Range: bytes=${i}-${i}`), 200],
  ['two headers that differ', ['Range: bytes=0-1', 'Range: bytes=2-3'], 200],
  ['one range and a header of garbage', ['Range: bytes=0-1', 'Range: garbage'], 200],
  ['digits without end', [`Range: bytes=${times('9')}-`], 200],
  ['digits without end behind the hyphen', [`Range: bytes=0-${times('9')}`], 200],
  ['digits without end as a suffix', [`Range: bytes=-${times('9')}`], 200],
  ['spaces without end', [`Range: bytes=${times(' ')}0-1`], 206],
  ['2^53 and beyond', ['Range: bytes=9007199254740993-9007199254740995'], 200],
  ['2^64', ['Range: bytes=18446744073709551616-'], 200],
  ['the largest number that is read', [`Range: bytes=${NINES}-`], 416],
  ['from there to there', [`Range: bytes=${NINES}-${NINES}`], 416],
  ['a suffix larger than all', [`Range: bytes=-${NINES}`], 206],
  ['an end beyond the end', [`Range: bytes=0-${NINES}`], 206],
  ['the end before the beginning', ['Range: bytes=5-4'], 416],
  ['a suffix of nothing', ['Range: bytes=-0'], 416],
  ['a negative number', ['Range: bytes=--5'], 200],
  ['hexadecimal', ['Range: bytes=0x0-0x5'], 200],
  ['another unit', ['Range: items=0-5'], 200],
];

describe('range bombs', () => {
  const layer = randomBytes(100_000);
  let attacked: Attacked;
  before(async () => {
    attacked = await startAttacked({ layer });
  });
  after(() => attacked[Symbol.asyncDispose]());

  for (const [what, headers, status] of BOMBS) {
    test(`L5 ${what}: one ${status}, no more than the blob`, async () => {
      const { url, blobPath } = attacked;
      const whole = attacked.layer.bytes;
      const answer = await askRaw(url, blobPath, headers);
      assert.equal(answer.status, status);
      assert.doesNotMatch(answer.head, /multipart/i);
      if (status === 200) assert.ok(Buffer.from(answer.body, 'latin1').equals(whole));
      if (status === 416) assert.match(answer.head, new RegExp(`\r\nContent-Range: bytes \\*/${whole.length}\r\n`));
      if (status === 206) {
        const [, start, end] = /\r\nContent-Range: bytes (\d+)-(\d+)\//.exec(answer.head) ?? [];
        assert.ok(Buffer.from(answer.body, 'latin1').equals(whole.subarray(Number(start), Number(end) + 1)));
      }
    });
  }

  test('M14 a manifest has no ranges to be bombed with', async () => {
    const { status, head } = await askRaw(attacked.url, '/v2/app/manifests/v1', [`Range: bytes=${times('0-,')}`]);
    assert.equal(status, 200);
    assert.doesNotMatch(head, /\r\nContent-Range:/i);
  });

  test('L2 HEAD is the same with and without', async () => {
    const ask = (range: string): Promise<string> =>
      exchange(
        attacked.url,
        `HEAD ${attacked.blobPath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: a\r\n${range}\r\n`,
      );
    const withoutDate = (text: string): string => text.replace(/\r\n(?:Date|X-Request-Id): [^\r]*/gi, '');
    assert.equal(withoutDate(await ask(`Range: bytes=${times('0-,')}\r\n`)), withoutDate(await ask('')));
  });

  test('the other lists of a request, as long, are one answer too', async () => {
    for (const header of [
      `If-None-Match: ${times('"sha256:a",')}`,
      `If-None-Match: ${times('W/')}`,
      `If-Range: ${times('"a",')}`,
      `Accept: ${times('a/b;q=0.1,')}`,
      `Accept-Encoding: ${times('gzip,')}`,
      `X-Forwarded-For: ${times('::1,')}`,
      `Connection: close, ${times('x,')}`,
    ]) {
      const { status } = await askRaw(attacked.url, attacked.blobPath, [header]);
      assert.equal(status, 200, header.slice(0, 40));
    }
  });

  test('a hundred bombs on one connection are a hundred answers, and the registry answers others meanwhile', async () => {
    const bomb = `GET ${attacked.blobPath} HTTP/1.1\r\nHost: x\r\nRange: bytes=${times('0-,')}\r\n`;
    const socket = await openSocket(attacked.url);
    const answered = readToEnd(socket);
    socket.write(`${bomb}\r\n`.repeat(99) + `${bomb}Connection: close\r\n\r\n`);
    assert.equal((await askRaw(attacked.url, '/v2/')).status, 200);
    const answers = parseAnswers(await answered);
    assert.equal(answers.length, 100);
    assert.ok(answers.every(({ status }) => status === 200));
  });
});
