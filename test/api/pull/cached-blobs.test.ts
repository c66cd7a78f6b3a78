import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { RangeNotSatisfiable } from '../../../api/oci/byte-range.ts';
import { parseManifest, type ManifestDocument } from '../../../api/oci/manifest.ts';
import type { UpstreamRepository } from '../../../api/pull/routes.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { APP, OpenedBlobs } from '../../support/pull/opened-blobs.ts';
import { ScriptedUpstream } from '../../support/pull/scripted-upstream.ts';
import { assertSameBytes } from '../../support/pull/same-bytes.ts';
import { readBody } from '../../support/read-body.ts';
import { repo } from '../../support/repository.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const bytes = randomBytes(600_000);
const OTHER = repo('team/other', 'up.example') as UpstreamRepository;
const unknown = { code: 'BLOB_UNKNOWN' };

async function openBlobs(repos?: readonly string[]) {
  const upstream = new ScriptedUpstream({ bytes, ...(repos && { repos }) });
  return { upstream, opened: await OpenedBlobs.open(upstream) };
}

/** The file of a blob in the layout of a repository. */
const fileIn = (opened: OpenedBlobs, from: UpstreamRepository, { digest }: ScriptedUpstream): string =>
  blobPath(join(opened.store.layoutOf(from), 'blobs'), digest);

/** What a manifest says that names the blob. */
function documentNaming({ digest }: ScriptedUpstream): ManifestDocument {
  const layer = { mediaType: 'application/octet-stream', digest, size: bytes.length };
  return parseManifest(tinyImage({ more: { layers: [layer] } }).manifest.bytes);
}

describe('a blob of an upstream', () => {
  test('UP21 is read in part as soon as the part is in, wherever it lies', async () => {
    const { upstream, opened } = await openBlobs();
    const parts = [
      { range: { first: 100, last: 199 }, span: { start: 100, end: 199 } },
      { range: { first: 599_000 }, span: { start: 599_000, end: 599_999 } },
      { range: { suffix: 7 }, span: { start: 599_993, end: 599_999 } },
      { range: { suffix: 700_000 }, span: { start: 0, end: 599_999 } },
      { range: { first: 599_990, last: 700_000 }, span: { start: 599_990, end: 599_999 } },
    ];
    const blobs = await Promise.all(parts.map(({ range }) => opened.get(range)));
    upstream.give(1_000);
    assertSameBytes(await readBody(blobs[0]!.body), bytes.subarray(100, 200));
    upstream.give();
    for (const [i, { span }] of parts.entries()) {
      assert.deepEqual(blobs[i]!.span, span);
      if (i > 0) assertSameBytes(await readBody(blobs[i]!.body), bytes.subarray(span.start, span.end + 1));
    }
    await opened.blobs.idle();
    assert.equal(upstream.downloads, 1);
    assert.deepEqual(opened.keptBytes, [bytes.length]);
  });

  test('is refused in a part that it does not have, and comes in all the same for who asks next', async () => {
    const { upstream, opened } = await openBlobs();
    for (const range of [{ first: 600_000 }, { suffix: 0 }, { first: 9, last: 8 }]) {
      await assert.rejects(opened.get(range), (err) => err instanceof RangeNotSatisfiable && err.size === bytes.length);
    }
    upstream.give();
    assertSameBytes(await readBody((await opened.get()).body), bytes);
    assert.equal(upstream.downloads, 1);
  });

  test('is looked up without asking again while it comes in', async () => {
    const { upstream, opened } = await openBlobs();
    const { body } = await opened.get();
    const { size, cache } = await opened.stat();
    assert.deepEqual({ size, cache }, { size: bytes.length, cache: { result: 'miss', collapsed: true } });
    assert.deepEqual(upstream.lines, ['GET up.example/team/app']);
    await body.return();
  });

  test('L9 that comes in for one repository is another’s too once the upstream says so, and both keep it', async () => {
    const { upstream, opened } = await openBlobs();
    const first = await opened.get();
    const second = await opened.get(undefined, OTHER);
    upstream.give();
    assertSameBytes(await readBody(first.body), bytes);
    assertSameBytes(await readBody(second.body), bytes);
    await opened.blobs.idle();
    assert.deepEqual(upstream.lines, ['GET up.example/team/app', 'HEAD up.example/team/other']);
    for (const from of [APP, OTHER]) assertSameBytes(await readFile(fileIn(opened, from, upstream)), bytes);
  });

  test('L9 is another repository’s without asking when a manifest there names it', async () => {
    const { upstream, opened } = await openBlobs(['up.example/team/app']);
    opened.references.add(OTHER, documentNaming(upstream));
    const first = await opened.get();
    const second = await opened.get(undefined, OTHER);
    upstream.give();
    assertSameBytes(await readBody(first.body), bytes);
    assertSameBytes(await readBody(second.body), bytes);
    assert.deepEqual(upstream.lines, ['GET up.example/team/app']);
  });

  for (const order of [
    [APP, OTHER],
    [OTHER, APP],
  ]) {
    test(`L9 is asked for by two repositories at once, of which one has it, ${order[0] === APP ? 'that one' : 'the other'} first`, async () => {
      const { upstream, opened } = await openBlobs(['up.example/team/app']);
      const results = await Promise.allSettled(order.map((from) => opened.get(undefined, from)));
      upstream.give();
      for (const [i, result] of results.entries()) {
        const blob = result.status === 'fulfilled' ? await readBody(result.value.body) : undefined;
        if (order[i] === APP) assertSameBytes(blob, bytes);
        else assert.equal(blob, undefined);
      }
      await opened.blobs.idle();
      await assert.rejects(readFile(fileIn(opened, OTHER, upstream)), { code: 'ENOENT' });
      await assert.rejects(opened.get(undefined, OTHER), unknown);
    });
  }

  test('is not unknown to one repository because another one, that asked first, does not have it', async () => {
    const { upstream, opened } = await openBlobs(['up.example/team/app']);
    opened.references.add(APP, documentNaming(upstream));
    const events = new EventEmitter();
    upstream.answering = once(events, 'answer');
    const other = assert.rejects(opened.get(undefined, OTHER), unknown);
    while (upstream.lines.length === 0) await setImmediate();
    const joined = opened.get();
    await setImmediate();
    events.emit('answer');
    await other;
    upstream.give();
    assertSameBytes(await readBody((await joined).body), bytes);
    assert.deepEqual(upstream.lines, ['GET up.example/team/other', 'GET up.example/team/app']);
  });

  test('that was damaged here since is fetched again', async () => {
    const { upstream, opened } = await openBlobs();
    upstream.give();
    await readBody((await opened.get()).body);
    await opened.blobs.idle();
    const pooled = blobPath(opened.store.pool, upstream.digest);
    await rm(pooled);
    await rm(fileIn(opened, APP, upstream));
    await writeFile(pooled, randomBytes(bytes.length));
    assertSameBytes(await readBody((await opened.get()).body), bytes);
    await opened.blobs.idle();
    assertSameBytes(await readFile(pooled), bytes);
    assert.equal(upstream.downloads, 2);
  });

  test('that is here for another repository, in a folder that cannot be written any more, is passed on', async () => {
    const { upstream, opened } = await openBlobs();
    upstream.give();
    await readBody((await opened.get()).body);
    await opened.blobs.idle();
    const works = join(opened.root, '_fills');
    await rm(works, { recursive: true });
    await writeFile(works, 'a file where a folder should be');
    assertSameBytes(await readBody((await opened.get(undefined, OTHER)).body), bytes);
    await opened.blobs.idle();
    assert.equal(upstream.downloads, 2);
    assert.equal(opened.warnings.length, 1);
  });
});
