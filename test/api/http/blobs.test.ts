import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../../api/oci/digest.ts';
import type { Served } from '../../support/http-client.ts';
import { bytes2048, createImages, serve, type Images } from '../../support/http-images.ts';

const digest = digestOf(bytes2048);
const etag = `"${digest}"`;

interface Row {
  readonly range: string;
  readonly ifRange?: string;
  readonly status: number;
  readonly contentRange?: string;
}

/** L5, row by row. */
const rows: Row[] = [
  { range: 'bytes=500-1499', status: 206, contentRange: 'bytes 500-1499/2048' },
  { range: 'bytes=500-', status: 206, contentRange: 'bytes 500-2047/2048' },
  { range: 'bytes=-500', status: 206, contentRange: 'bytes 1548-2047/2048' },
  { range: 'bytes=2000-5000', status: 206, contentRange: 'bytes 2000-2047/2048' },
  { range: 'bytes=-5000', status: 206, contentRange: 'bytes 0-2047/2048' },
  { range: 'bytes=0-', status: 206, contentRange: 'bytes 0-2047/2048' },
  { range: 'bytes=0-0', status: 206, contentRange: 'bytes 0-0/2048' },
  { range: 'bytes=5000-10000', status: 416, contentRange: 'bytes */2048' },
  { range: 'bytes=2048-', status: 416, contentRange: 'bytes */2048' },
  { range: 'bytes=-0', status: 416, contentRange: 'bytes */2048' },
  { range: 'bytes=500-0', status: 416, contentRange: 'bytes */2048' },
  { range: 'bytes=0-1,5-6', status: 200 },
  { range: 'items=0-1', status: 200 },
  { range: 'bytes=abc', status: 200 },
  { range: 'bytes=-', status: 200 },
  { range: '', status: 200 },
  { range: 'bytes=500-1499', ifRange: etag, status: 206, contentRange: 'bytes 500-1499/2048' },
  { range: 'bytes=500-1499', ifRange: '"sha256:other"', status: 200 },
  { range: 'bytes=500-1499', ifRange: `W/${etag}`, status: 200 },
  { range: 'bytes=500-1499', ifRange: 'Sat, 21 Nov 2026 12:00:00 GMT', status: 200 },
  { range: 'bytes=5000-', ifRange: '"sha256:other"', status: 200 },
];

describe('blobs', () => {
  let served: Served;
  let images: Images;
  const path = `/v2/team/app/blobs/${digest}`;
  before(async () => {
    images = createImages();
    served = await serve(images.registry);
  });

  test('L1 L2 L4 the bytes, their digest, one type, and that a range may be asked for', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await served.ask(method, path);
      assert.equal(status, 200);
      assert.equal(headers.get('content-length'), '2048');
      assert.equal(headers.get('docker-content-digest'), digest);
      assert.equal(headers.get('content-type'), 'application/octet-stream');
      assert.equal(headers.get('accept-ranges'), 'bytes');
      assert.equal(headers.get('etag'), etag);
      assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable');
      assert.equal(headers.get('cache-status'), 'ociregistry; hit');
      if (method === 'GET') assert.deepEqual(body, bytes2048);
    }
  });

  for (const { range, ifRange, status, contentRange } of rows) {
    test(`L5 ${range || 'an empty range'}${ifRange ? ` if ${ifRange.slice(0, 12)}` : ''} is ${status}`, async () => {
      const headers = { Range: range, ...(ifRange && { 'If-Range': ifRange }) };
      const answer = await served.ask('GET', path, headers);
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('content-range'), contentRange ?? null);
      if (status === 416) {
        assert.equal(answer.body.length, 0);
        assert.equal(answer.headers.get('content-length'), '0');
        return;
      }
      assert.equal(answer.headers.get('docker-content-digest'), digest, 'L6');
      assert.equal(answer.headers.get('etag'), etag, 'L6');
      const [, start = '0', end = '2047'] = /(\d+)-(\d+)\//.exec(contentRange ?? '') ?? [];
      assert.deepEqual(answer.body, bytes2048.subarray(Number(start), Number(end) + 1));
    });
  }

  test('L5 L8 any range of an empty blob is the whole', async () => {
    const { digest } = images.empty;
    for (const Range of ['bytes=0-', 'bytes=-1', 'bytes=5-9']) {
      const answer = await served.ask('GET', `/v2/team/app/blobs/${digest}`, { Range });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-length'), '0');
    }
  });

  test('L2 HEAD ignores a Range', async () => {
    const { status, headers } = await served.ask('HEAD', path, { Range: 'bytes=5000-' });
    assert.equal(status, 200);
    assert.equal(headers.get('content-length'), '2048');
  });

  test('H2 304 comes before a Range', async () => {
    const answer = await served.ask('GET', path, { Range: 'bytes=5000-', 'If-None-Match': etag });
    assert.equal(answer.status, 304);
  });

  test('L9 a blob is not served through another repository', async () => {
    assert.equal((await served.ask('GET', `/v2/manifests/blobs/${digest}`)).status, 404);
  });

  test('L5 any range is the slice it names, or the whole, or 416', async () => {
    const number = fc.nat({ max: 3000 });
    const ranges = fc.oneof(
      fc.tuple(number, number).map(([a, b]) => `bytes=${a}-${b}`),
      number.map((a) => `bytes=${a}-`),
      number.map((a) => `bytes=-${a}`),
    );
    await fc.assert(
      fc.asyncProperty(ranges, async (Range) => {
        const { status, headers, body } = await served.ask('GET', path, { Range });
        if (status === 416) return body.length === 0;
        const [, start, end] = /^bytes (\d+)-(\d+)\/2048$/.exec(headers.get('content-range') ?? '')!;
        return status === 206 && body.equals(bytes2048.subarray(Number(start), Number(end) + 1));
      }),
      { numRuns: 200 },
    );
  });
});
