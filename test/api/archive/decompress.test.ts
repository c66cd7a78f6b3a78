import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { Compression } from '../../../api/archive/compression.ts';
import { decompress, DEFAULT_UNPACK_LIMITS, type UnpackLimits } from '../../../api/archive/decompress.ts';
import { InvalidArchive } from '../../../api/archive/invalid-archive.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const hex = (...parts: readonly string[]): Buffer => Buffer.from(parts.join(''), 'hex');
const withChecksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const compress = { gzip: gzipSync, zstd: (bytes: Buffer) => zstdCompressSync(bytes, withChecksum) };
const compressions: readonly Compression[] = ['gzip', 'zstd'];
const body = Buffer.concat([Buffer.from('hello world '.repeat(5_000)), randomBytes(100_000)]);
const skippable = hex('5f2a4d18', '03000000', '616263');

/** Those bytes in chunks, and how often it was closed. */
function inChunks(bytes: Buffer, chunkBytes: number): AsyncIterable<Uint8Array> & { closed: number } {
  const source = {
    closed: 0,
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      try {
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          await Promise.resolve();
          yield new Uint8Array(bytes.subarray(at, at + chunkBytes));
        }
      } finally {
        source.closed++;
      }
    },
  };
  return source;
}

/** All that comes out of those bytes, be they read whole or byte by byte. */
async function unpack(bytes: Buffer, compression: Compression, limits: Partial<UnpackLimits> = {}): Promise<Buffer> {
  const [whole, ...others] = await Promise.allSettled(
    [bytes.length || 1, 10_000, ...(bytes.length < 1_000 ? [1] : [])].map(async (chunkBytes) => {
      const source = inChunks(bytes, chunkBytes);
      try {
        return await buffer(decompress(source, compression, 'a.tar', limits));
      } finally {
        assert.equal(source.closed, 1);
      }
    }),
  );
  for (const other of others) assert.equal(other.status, whole!.status);
  if (whole!.status === 'rejected') throw whole!.reason;
  for (const other of others) assert.deepEqual(other, whole);
  return whole!.value;
}

const isInvalid = (message: RegExp) => (err: unknown) => {
  assert.ok(err instanceof InvalidArchive, String(err));
  assert.match(err.message, /^a\.tar: /);
  assert.match(err.message, message);
  return true;
};

for (const compression of compressions) {
  const packed = compress[compression](body);
  const small = compress[compression](Buffer.from('small'));

  describe(compression, () => {
    test('what was compressed comes out', async () => {
      assert.deepEqual(await unpack(packed, compression), body);
      assert.deepEqual(await unpack(compress[compression](Buffer.alloc(0)), compression), Buffer.alloc(0));
    });

    test('what was compressed in several parts comes out whole', async () => {
      assert.deepEqual(await unpack(Buffer.concat([packed, packed]), compression), Buffer.concat([body, body]));
      assert.equal(String(await unpack(Buffer.concat([small, small, small]), compression)), 'smallsmallsmall');
    });

    test('wherever it is cut off, it is invalid', async () => {
      for (const bytes of [small, Buffer.concat([small, small])]) {
        for (let length = 0; length < bytes.length; length++) {
          if (length === small.length) continue;
          await assert.rejects(unpack(bytes.subarray(0, length), compression), isInvalid(/ end/));
        }
      }
      await assert.rejects(unpack(packed.subarray(0, -1), compression), isInvalid(/ end/));
    });

    test('something else behind it is invalid', async () => {
      for (const rest of ['x', 'something else', '\0x', '\0\0\0\0\0something else']) {
        await assert.rejects(unpack(Buffer.concat([small, Buffer.from(rest)]), compression), isInvalid(/./));
      }
      await assert.rejects(unpack(Buffer.concat([small, Buffer.alloc(9), small]), compression), isInvalid(/ after \d/));
    });

    test('something else is invalid', async () => {
      await assert.rejects(unpack(Buffer.from('plain text'), compression), isInvalid(/./));
      await assert.rejects(
        unpack(compress[compression === 'gzip' ? 'zstd' : 'gzip'](body), compression),
        isInvalid(/./),
      );
    });

    test('whatever is changed in it, the same comes out or it is invalid', async () => {
      const bytes = compress[compression](Buffer.from('the same comes out, '.repeat(20)));
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
          const changed = Buffer.from(bytes);
          changed[at]! ^= mask;
          const out = await unpack(changed, compression).catch((err: unknown) => {
            assert.ok(err instanceof InvalidArchive, String(err));
          });
          // Names and times in the header, and frames to be skipped, are covered by no checksum.
          if (out?.length) assert.equal(String(out), 'the same comes out, '.repeat(20));
        }),
        { numRuns: 300 },
      );
    });

    test('more than the limit is cut', async () => {
      const limits = { bytes: body.length - 1 };
      await assert.rejects(
        unpack(packed, compression, limits),
        isInvalid(new RegExp(`more than ${limits.bytes} bytes`)),
      );
      assert.deepEqual(await unpack(packed, compression, { bytes: body.length }), body);
    });

    test('more than the ratio is cut, but what is tiny may have any', async () => {
      const zeros = compress[compression](Buffer.alloc(2 ** 20));
      assert.equal((await unpack(zeros, compression)).length, 2 ** 20);
      assert.equal((await unpack(zeros, compression, { ratio: 16 })).length, 2 ** 20);
      await assert.rejects(unpack(zeros, compression, { ratio: 15 }), isInvalid(/more than 983040 bytes/));
    });

    test('what the source throws comes through unchanged', async () => {
      const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(packed.subarray(0, 50_000));
        throw failure;
      };
      for (const source of [failing(), Readable.from(failing())]) {
        await assert.rejects(buffer(decompress(source, compression, 'a.tar')), (err) => err === failure);
      }
    });

    test('a consumer that stops early closes the source', async () => {
      const big = compress[compression](randomBytes(2 ** 20));
      for (const wait of [false, true]) {
        const source = inChunks(big, 10_000);
        const chunks = decompress(source, compression, 'a.tar');
        await chunks.next();
        // By then the decompressor waits for a reader.
        for (let turns = wait ? 500 : 0; turns > 0; turns--) await setImmediate();
        await chunks.return();
        while (source.closed === 0) await setImmediate();
      }
      const path = join(tempFolder(), 'a.tar');
      await writeFile(path, big);
      const stream = createReadStream(path);
      for await (const _ of decompress(stream, compression, 'a.tar')) break;
      if (!stream.closed) await once(stream, 'close');
    });

    test('a consumer that stops early does not wait for a source that is silent', async () => {
      const source = new PassThrough();
      source.write(packed.subarray(0, 110_000));
      const chunks = decompress(source, compression, 'a.tar');
      await chunks.next();
      await chunks.return();
      if (!source.closed) await once(source, 'close');
    });

    test('a signal ends it, whatever it waits for', async () => {
      const silent = new PassThrough();
      const stop = new AbortController();
      const waiting = buffer(decompress(silent, compression, 'a.tar', {}, stop.signal));
      silent.write(packed.subarray(0, 1_000));
      void setImmediate().then(() => stop.abort());
      await assert.rejects(waiting, { name: 'AbortError' });
      assert.ok(silent.destroyed);

      const late = new AbortController();
      const chunks = decompress(inChunks(packed, packed.length), compression, 'a.tar', {}, late.signal);
      await chunks.next();
      late.abort();
      await assert.rejects(chunks.next(), { name: 'AbortError' });

      const before = inChunks(packed, 1_000);
      const never = decompress(before, compression, 'a.tar', {}, AbortSignal.abort());
      await assert.rejects(never.next(), { name: 'AbortError' });
    });

    test('a source that is read to its end is left as it is', async () => {
      const path = join(tempFolder(), 'a.tar');
      await writeFile(path, packed);
      const handle = await open(path);
      const source = createReadStream('', { fd: handle, autoClose: false });
      assert.deepEqual(await buffer(decompress(source, compression, 'a.tar')), body);
      assert.equal((await handle.stat()).size, packed.length);
      await handle.close();
    });
  });
}

test('zeros may follow gzip, as tapes have them', async () => {
  for (const zeros of [1, 511, 100_000]) {
    assert.deepEqual(await unpack(Buffer.concat([gzipSync(body), Buffer.alloc(zeros)]), 'gzip'), body);
  }
});

test('whatever chunks the zeros behind gzip come in, something else behind them is invalid', async () => {
  const chunks = [gzipSync('x'), Buffer.alloc(9), Buffer.alloc(0), gzipSync('x')];
  const unpacked = buffer(decompress(Readable.from(chunks), 'gzip', 'a.tar'));
  await assert.rejects(unpacked, isInvalid(/something follows its end after 21 bytes/));
});

test('a signal ends it while zeros follow', async () => {
  const source = new PassThrough();
  const stop = new AbortController();
  const chunks = decompress(source, 'gzip', 'a.tar', {}, stop.signal);
  source.write(Buffer.concat([gzipSync('x'), Buffer.alloc(1_000)]));
  assert.equal(String((await chunks.next()).value), 'x');
  const end = chunks.next();
  void setImmediate().then(() => stop.abort());
  await assert.rejects(end, { name: 'AbortError' });
});

test('frames of zstd that are to be skipped are skipped', async () => {
  const frame = compress.zstd(Buffer.from('x'));
  for (const { parts, out } of [
    { parts: [skippable, frame], out: 'x' },
    { parts: [frame, skippable, skippable, frame], out: 'xx' },
    { parts: [frame, skippable], out: 'x' },
    { parts: [skippable], out: '' },
  ]) {
    assert.equal(String(await unpack(Buffer.concat(parts), 'zstd')), out);
  }
  await assert.rejects(unpack(Buffer.concat([frame, skippable.subarray(0, -1)]), 'zstd'), isInvalid(/within a frame/));
});

test('frames of zstd of every shape are told apart', async () => {
  const shapes = fc.record({
    size: fc.nat(300_000),
    level: fc.constantFrom(1, 3, 19),
    checksum: fc.nat(1),
    pledged: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(shapes, { maxLength: 4, minLength: 1 }), fc.nat(60_000), async (frames, random) => {
      const bodies = frames.map(({ size }) =>
        Buffer.concat([randomBytes(Math.min(size, random)), Buffer.alloc(Math.max(0, size - random))]),
      );
      const bytes = frames.map(({ level, checksum, pledged }, index) =>
        zstdCompressSync(bodies[index]!, {
          params: {
            [constants.ZSTD_c_compressionLevel]: level,
            [constants.ZSTD_c_checksumFlag]: checksum,
            [constants.ZSTD_c_contentSizeFlag]: pledged ? 1 : 0,
          },
          ...(pledged && { pledgedSrcSize: bodies[index]!.length }),
        }),
      );
      assert.deepEqual(await unpack(Buffer.concat(bytes), 'zstd'), Buffer.concat(bodies));
    }),
    { numRuns: 40 },
  );
});

test('a bomb of zstd is cut long before it is unpacked', async () => {
  // Blocks of four bytes that each stand for 128 KiB, 2^40 bytes in all.
  const block = hex('020010', '00');
  const blocks = Buffer.concat(Array.from({ length: 8_192 }, () => block));
  let given = 0;
  const bomb = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(hex('28b52ffd', '00', '58'));
    for (; given < 2 ** 40 / 128 / 1_024 / 8_192; given++) yield blocks;
  };
  let out = 0;
  const unpacked = decompress(bomb(), 'zstd', 'a.tar');
  await assert.rejects(
    async () => {
      for await (const chunk of unpacked) out += chunk.length;
    },
    isInvalid(/more than \d+ bytes come out of \d+/),
  );
  assert.ok(given < 4, `${given} chunks`);
  assert.ok(out <= DEFAULT_UNPACK_LIMITS.ratio * 4 * blocks.length, `${out} bytes`);
});

test('zstd that wants more memory than the format recommends is invalid', async () => {
  // Exponent 21: a window of 2 GiB.
  await assert.rejects(unpack(hex('28b52ffd', '00', 'a8', '010000'), 'zstd'), isInvalid(/too much memory/));
});

test('nothing is read before the first chunk is asked for', () => {
  const source = new PassThrough();
  decompress(source, 'gzip', 'a.tar');
  assert.equal(source.listenerCount('readable') + source.listenerCount('data'), 0);
});
