import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { RangeNotSatisfiable, type ByteRange } from '../../../api/oci/byte-range.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import type { Blob } from '../../../api/registry.ts';
import {
  blobReply,
  cutAfter,
  envelope,
  FakeUpstream,
  redirect,
  silence,
  type Reply,
} from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';

const bytes = randomBytes(300_000);
const digest = digestOf(bytes);
const empty = digestOf(Buffer.alloc(0));
const PATH = `/v2/a/blobs/${digest}`;
const ETAG = '"e1"';

async function upstreamWith(...replies: readonly Reply[]): Promise<{ up: FakeUpstream; under: UnderTest }> {
  const up = await FakeUpstream.start();
  up.on(`GET ${PATH}`, ...replies);
  return { up, under: registryOver(up) };
}

const open = ({ registry }: UnderTest, range?: ByteRange, options = {}): Promise<Blob> =>
  registry.openBlob(repo('a'), digest, range, options);
const pull = async (under: UnderTest, range?: ByteRange, options = {}): Promise<Buffer> =>
  readBody((await open(under, range, options)).body);
const ranges = (up: FakeUpstream): (string | undefined)[] => up.asked.map(({ headers }) => headers.range);

/** What a 206 says for the bytes from `start` on. */
const partHeaders = (
  start: number,
  end = bytes.length - 1,
  total: number | '*' = bytes.length,
): Record<string, string> => ({
  'content-range': `bytes ${start}-${end}/${total}`,
});

describe('a blob', () => {
  test('L1 comes whole, with its size', async () => {
    const { up, under } = await upstreamWith(blobReply(bytes));
    const { descriptor, span, body } = await open(under);
    assert.deepEqual(descriptor, { mediaType: 'application/octet-stream', digest, size: bytes.length });
    assert.equal(span, undefined);
    assert.deepEqual(await readBody(body), bytes);
    assert.equal(up.asked[0]!.headers['accept-encoding'], 'identity');
  });

  test('UP17 that is another throws before its last chunk', async () => {
    const wrong = Buffer.from(bytes);
    wrong[10]! ^= 1;
    const { under } = await upstreamWith(blobReply(wrong));
    const { body } = await open(under);
    let given = 0;
    const err = await fails(
      (async () => {
        for await (const chunk of body) given += chunk.length;
      })(),
      'invalid',
      new RegExp(`^up.example: GET a@${digest}: its content is sha256:`),
    );
    assert.ok(given < bytes.length, err.message);
    assert.equal((await body.next()).done, true);
  });

  test('UP17 of another size than its descriptor says is refused at once', async () => {
    const { under } = await upstreamWith(blobReply(bytes));
    await fails(open(under, undefined, { size: 5 }), 'invalid', /: 300000 bytes, expected 5$/);
    assert.deepEqual(await pull(under, undefined, { size: bytes.length }), bytes);
  });

  test('UP17 of more bytes than its descriptor says is cut off there', async () => {
    const { under } = await upstreamWith((_, response) => {
      response.writeHead(200);
      response.write(Buffer.concat([bytes, bytes]));
      // It does not end.
    });
    await fails(pull(under, undefined, { size: bytes.length }), 'invalid', /: more than 300000 bytes$/);
  });

  test('B5 of unknown length is asked how long it is', async () => {
    const chunked: Reply = (_, response) => {
      response.writeHead(200).write(bytes);
      response.end();
    };
    const { up, under } = await upstreamWith(chunked);
    up.on(`HEAD ${PATH}`, { headers: { 'content-length': bytes.length } });
    assert.deepEqual(await pull(under), bytes);
    assert.deepEqual(up.lines, [`GET ${PATH}`, `HEAD ${PATH}`, `GET ${PATH}`]);
    assert.deepEqual(await pull(under, undefined, { size: bytes.length }), bytes);
    up.on(`HEAD ${PATH}`, (_, response) => response.writeHead(200).end());
    await fails(pull(under), 'invalid', /it does not say how long the blob is$/);
  });

  test('L8 of no bytes comes', async () => {
    const up = await FakeUpstream.start();
    up.on(`GET /v2/a/blobs/${empty}`, { body: '' }).on(`GET ${PATH}`, { body: '' });
    const { registry } = registryOver(up);
    assert.equal((await readBody((await registry.openBlob(repo('a'), empty)).body)).length, 0);
    await fails(pull(registryOver(up)), 'invalid', /its content is sha256:e3b0c442/);
  });

  test('L8 of no bytes is the whole of any range', async () => {
    const up = await FakeUpstream.start();
    const refused: Reply = { status: 416, headers: { 'content-range': 'bytes */0' } };
    up.on(`GET /v2/a/blobs/${empty}`, refused, { body: '' });
    const blob = await registryOver(up).registry.openBlob(repo('a'), empty, { first: 0 });
    assert.equal(blob.span, undefined);
    assert.equal((await readBody(blob.body)).length, 0);
  });

  test('UP18 in another encoding is refused', async () => {
    const { under } = await upstreamWith(blobReply(bytes, { 'content-encoding': 'gzip' }));
    await fails(pull(under), 'invalid', /an answer with Content-Encoding gzip$/);
  });

  test('M4 L3 that is not there is unknown, and so is its repository', async () => {
    const { under } = await upstreamWith(envelope(404, 'MANIFEST_UNKNOWN', 'x'), envelope(404, 'NAME_UNKNOWN', 'x'));
    await assert.rejects(pull(under), { code: 'BLOB_UNKNOWN' });
    await assert.rejects(pull(under), { code: 'NAME_UNKNOWN' });
  });

  test('G8 whose digest cannot be checked is unknown', async () => {
    const { registry } = registryOver(await FakeUpstream.start());
    const blake3 = ref(`blake3:${'0'.repeat(64)}`) as typeof digest;
    await assert.rejects(registry.openBlob(repo('a'), blake3), RegistryError);
    await assert.rejects(registry.statBlob(repo('a'), blake3), RegistryError);
  });

  test('uses its connection again once it was read', async () => {
    const { up, under } = await upstreamWith(blobReply(bytes));
    for (let i = 0; i < 5; i++) {
      assert.deepEqual(await pull(under), bytes);
      // undici lets a connection rest for a turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await up.connections(), 1);
  });

  test('that was left frees its connection, whenever that is', async () => {
    const { up, under } = await upstreamWith((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1000));
    });
    const atOnce = await open(under);
    await atOnce.body.return();
    const waiting = await open(under);
    assert.equal((await waiting.body.next()).value?.length, 1000);
    const pending = waiting.body.next();
    await waiting.body.return();
    assert.deepEqual(await pending, { done: true, value: undefined });
    await waiting.body.return();
    while ((await up.connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('ends with what the caller was aborted with', async () => {
    const { under } = await upstreamWith(cutAfterNever());
    const leave = new AbortController();
    const { body } = await open(under, undefined, { signal: leave.signal });
    await body.next();
    const pending = body.next();
    leave.abort(new Error('I left'));
    await assert.rejects(pending, /^Error: I left$/);
    assert.deepEqual(
      under.lines.filter((line) => line.includes('lost')),
      [],
    );
    await assert.rejects(open(under, undefined, { signal: leave.signal }), /^Error: I left$/);
  });
});

/** Sends a beginning, and then nothing more. */
function cutAfterNever(): Reply {
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 1000));
  };
}

describe('a range', () => {
  const cases: readonly [range: ByteRange, header: string, start: number, end: number][] = [
    [{ first: 500, last: 1499 }, 'bytes=500-1499', 500, 1499],
    [{ first: 500 }, 'bytes=500-', 500, 299_999],
    [{ first: 299_000, last: 999_999 }, 'bytes=299000-999999', 299_000, 299_999],
    [{ suffix: 500 }, 'bytes=-500', 299_500, 299_999],
    [{ first: 0 }, 'bytes=0-', 0, 299_999],
  ];
  for (const [range, header, start, end] of cases) {
    test(`L5 ${header} gives that part of a server that knows ranges, and of one that does not`, async () => {
      const part: Reply = {
        status: 206,
        headers: partHeaders(start, end),
        body: bytes.subarray(start, end + 1),
      };
      for (const reply of [part, { body: bytes }]) {
        const { up, under } = await upstreamWith(reply);
        const { descriptor, span, body } = await open(under, range);
        assert.equal(descriptor.size, bytes.length);
        assert.deepEqual(span, { start, end });
        assert.deepEqual(await readBody(body), bytes.subarray(start, end + 1));
        assert.deepEqual(ranges(up), [header]);
      }
    });
  }

  test('L5 outside is not satisfiable, by 416 or not', async () => {
    const refused: Reply = { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } };
    const { under } = await upstreamWith(refused, { body: bytes });
    for (let i = 0; i < 2; i++) {
      await assert.rejects(open(under, { first: 400_000 }), (err) => {
        assert.ok(err instanceof RangeNotSatisfiable);
        return err.size === bytes.length;
      });
    }
  });

  test('UP17 of all of a blob is held against its digest', async () => {
    const wrong = Buffer.from(bytes);
    wrong[0]! ^= 1;
    const { under } = await upstreamWith({ status: 206, headers: partHeaders(0), body: wrong });
    await fails(pull(under, { first: 0 }), 'invalid', /its content is/);
  });

  const wrong: readonly [what: string, reply: Reply][] = [
    ['another part', { status: 206, headers: partHeaders(5, 9), body: '12345' }],
    ['less', { status: 206, headers: partHeaders(500, 600), body: bytes.subarray(500, 601) }],
    ['no Content-Range', { status: 206, body: '12345' }],
    ['416 for what is there', { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } }],
    ['416 without a size', { status: 416 }],
  ];
  for (const [what, reply] of wrong) {
    test(`UP19 answered with ${what} is refused`, async () => {
      const { under } = await upstreamWith(reply);
      await fails(pull(under, { first: 500 }), 'invalid');
    });
  }

  test('that nobody asked for is refused', async () => {
    const { under } = await upstreamWith({ status: 206, headers: partHeaders(0), body: bytes });
    await fails(pull(under), 'invalid', /a part not asked for$/);
  });
});

describe('UP19 a lost connection', () => {
  const whole = { etag: ETAG };

  test('is made up for where it broke off, and the digest is that of all', async () => {
    const { up, under } = await upstreamWith(cutAfter(1000, bytes, { headers: whole }), blobReply(bytes, whole));
    assert.deepEqual(await pull(under), bytes);
    assert.deepEqual(ranges(up), [undefined, 'bytes=1000-299999']);
    assert.deepEqual(
      up.asked.map(({ headers }) => headers['if-range']),
      [undefined, ETAG],
    );
    assert.ok(under.lines.some((line) => line.includes('lost at byte 1000 of 300000')));
  });

  test('of a range goes on within it', async () => {
    const part = bytes.subarray(100, 5000);
    const cut = cutAfter(1000, part, { status: 206, headers: partHeaders(100, 4999) });
    const { up, under } = await upstreamWith(cut, blobReply(bytes));
    assert.deepEqual(await pull(under, { first: 100, last: 4999 }), part);
    assert.deepEqual(ranges(up), ['bytes=100-4999', 'bytes=1100-4999']);
  });

  test('starts from zero where ranges are not known, and the reader does not notice', async () => {
    const { up, under } = await upstreamWith(cutAfter(1000, bytes), { body: bytes });
    assert.deepEqual(await pull(under), bytes);
    assert.equal(up.asked.length, 2);
    const range = await upstreamWith(cutAfter(1000, bytes), { body: bytes });
    assert.deepEqual(await pull(range.under, { first: 100, last: 4999 }), bytes.subarray(100, 5000));
  });

  test('of a weak ETag is made up for without it', async () => {
    const weak = { etag: 'W/"e1"' };
    const { up, under } = await upstreamWith(cutAfter(1000, bytes, { headers: weak }), blobReply(bytes));
    assert.deepEqual(await pull(under), bytes);
    assert.equal(up.asked[1]!.headers['if-range'], undefined);
  });

  test('over which the bytes changed is seen by the digest', async () => {
    const other = randomBytes(bytes.length);
    const { under } = await upstreamWith(cutAfter(1000, bytes), blobReply(other));
    await fails(pull(under), 'invalid', /its content is/);
  });

  const wrong: readonly [what: string, reply: Reply][] = [
    ['at another place', { status: 206, headers: partHeaders(900), body: bytes.subarray(900) }],
    ['with another total', { status: 206, headers: partHeaders(1000, 300_000, 300_001), body: bytes }],
    ['with another whole', { body: bytes.subarray(1) }],
    ['by 416', { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } }],
    ['by a redirect to nowhere', redirect('http://[')],
  ];
  for (const [what, reply] of wrong) {
    test(`that goes on ${what} is an error`, async () => {
      const { under } = await upstreamWith(cutAfter(1000, bytes), reply);
      await fails(pull(under), 'invalid');
    });
  }

  test('to what is gone then is a failure, not a blob that is unknown', async () => {
    const { under } = await upstreamWith(cutAfter(1000, bytes), { status: 404 });
    await fails(pull(under), 'failed', /: lost at byte 1000 of 300000: .* 404 not found$/);
  });

  test('without any progress ends after five', async () => {
    const { up, under } = await upstreamWith(cutAfter(1000, bytes), cutAfter(0, bytes));
    await fails(pull(under), 'unreachable', /: lost at byte 1000 of 300000: connection closed$/);
    assert.equal(up.asked.length, 6);
    assert.deepEqual(under.clock.sleeps, [500, 1000, 2000, 4000]);
  });

  test('with some progress each time goes on for longer', async () => {
    const pieces = Array.from({ length: 10 }, (_, i): Reply => {
      const rest = bytes.subarray(i * 1000);
      return i === 0 ? cutAfter(1000, bytes) : cutAfter(1000, rest, { status: 206, headers: partHeaders(i * 1000) });
    });
    const { up, under } = await upstreamWith(...pieces, blobReply(bytes));
    assert.deepEqual(await pull(under), bytes);
    assert.equal(up.asked.length, 11);
    assert.deepEqual(under.clock.sleeps, []);
  });

  test('UP24 is silence for too long as well', async () => {
    const up = await FakeUpstream.start();
    up.on(`GET ${PATH}`, cutAfterNever(), blobReply(bytes));
    assert.deepEqual(await pull(registryOver(up, { timeouts: { idleMs: 50 } })), bytes);
    assert.deepEqual(ranges(up), [undefined, 'bytes=1000-299999']);
  });

  test('goes on at the next endpoint, under no ETag of the first', async () => {
    const [first, second] = await Promise.all([FakeUpstream.start(), FakeUpstream.start()]);
    first.on(`GET ${PATH}`, cutAfter(1000, bytes, { headers: whole }), { status: 502 });
    second.on(
      `GET ${PATH}`,
      cutAfter(1000, bytes.subarray(1000), { status: 206, headers: { ...partHeaders(1000), etag: '"e2"' } }),
      blobReply(bytes),
    );
    const under = registryOver([first, second]);
    assert.deepEqual(await pull(under), bytes);
    assert.deepEqual(ranges(first), [undefined, 'bytes=1000-299999']);
    assert.deepEqual(ranges(second), ['bytes=1000-299999', 'bytes=2000-299999']);
    assert.deepEqual(
      second.asked.map(({ headers }) => headers['if-range']),
      [undefined, '"e2"'],
    );
  });

  test('asks the registry for a new link', async () => {
    const [up, store] = await Promise.all([FakeUpstream.start(), FakeUpstream.start()]);
    up.on(`GET ${PATH}`, redirect(`${store.origin}/1`), redirect(`${store.origin}/2`));
    store.on('GET /1', cutAfter(1000, bytes)).on('GET /2', blobReply(bytes));
    assert.deepEqual(await pull(registryOver(up)), bytes);
    assert.deepEqual(store.lines, ['GET /1', 'GET /2']);
  });

  test('that the reader left is not made up for', async () => {
    const { up, under } = await upstreamWith((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1000));
    });
    const { body } = await open(under);
    await body.next();
    const pending = body.next();
    await body.return();
    assert.equal((await pending).done, true);
    assert.equal(up.asked.length, 1);
  });
});

describe('the size of a blob', () => {
  const stat = ({ registry }: UnderTest): Promise<unknown> => registry.statBlob(repo('a'), digest);
  const descriptor = { mediaType: 'application/octet-stream', digest, size: bytes.length };

  test('L2 is had by HEAD', async () => {
    const up = await FakeUpstream.start();
    up.on(`HEAD ${PATH}`, { headers: { 'content-length': bytes.length } });
    assert.deepEqual(await stat(registryOver(up)), descriptor);
    assert.deepEqual(up.lines, [`HEAD ${PATH}`]);
  });

  for (const status of [400, 403, 405, 501]) {
    test(`UP13 is had by the first byte where the storage answers HEAD with ${status}`, async () => {
      const [up, store] = await Promise.all([FakeUpstream.start(), FakeUpstream.start()]);
      for (const method of ['HEAD', 'GET']) up.on(`${method} ${PATH}`, redirect(`${store.origin}/x`));
      store.on('HEAD /x', { status }).on('GET /x', blobReply(bytes));
      assert.deepEqual(await stat(registryOver(up)), descriptor);
      assert.deepEqual(ranges(store).at(-1), 'bytes=0-0');
    });
  }

  test('is had by the whole where there are no ranges, which is not read', async () => {
    const { up, under } = await upstreamWith((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length }).flushHeaders();
    });
    up.on(`HEAD ${PATH}`, { status: 405 });
    assert.deepEqual(await stat(under), descriptor);
  });

  test('is none of a blob that is unknown, or refused', async () => {
    const { up, under } = await upstreamWith(silence);
    await assert.rejects(stat(under), { code: 'BLOB_UNKNOWN' });
    up.on(`HEAD ${PATH}`, { status: 403 }).on(`GET ${PATH}`, envelope(403, 'DENIED', 'not yours'));
    await fails(stat(under), 'denied', /403 denied: not yours$/);
  });
});
