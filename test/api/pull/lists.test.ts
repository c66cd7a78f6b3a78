import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Descriptor } from '../../../api/oci/descriptor.ts';
import { RegistryError, UpstreamError, type UpstreamErrorKind } from '../../../api/oci/errors.ts';
import { OCI_INDEX } from '../../../api/oci/media-types.ts';
import { byCodePoint } from '../../../api/oci/reference.ts';
import { pullThrough, type OpenedPullThrough } from '../../support/pull/pull-through.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { descriptorOf, tinyImage } from '../../support/tiny-image.ts';
import { FakeUpstream, envelope, manifestReply, silence, type Answer } from '../../support/upstream/fake-upstream.ts';
import { writeSkopeoDir } from '../../support/write-images.ts';

const app = repo('team/app', 'up.example');
const subject = tinyImage({ seed: 'subject' }).manifest;
const signature = (seed: string): ReturnType<typeof tinyImage> =>
  tinyImage({ seed, more: { subject: descriptorOf(subject), artifactType: 'application/x.signature' } });
const [ours, theirs] = [signature('ours'), signature('theirs')];
const byDigest = (...digests: string[]): string[] => digests.sort(byCodePoint);

const TAGS = 'GET /v2/team/app/tags/list';
const REFERRERS = `GET /v2/team/app/referrers/${subject.digest}`;
const tags = (...listed: string[]): Answer => ({ body: JSON.stringify({ name: 'team/app', tags: listed }) });
const referrers = (...manifests: Descriptor[]): Answer => ({
  headers: { 'content-type': OCI_INDEX },
  body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
});
const DENIED = envelope(403, 'DENIED', 'not for you');
const UNKNOWN = envelope(404, 'NAME_UNKNOWN', 'no such repository');

interface Both extends OpenedPullThrough {
  readonly upstream: FakeUpstream;
}

/** A pull-through with a signature under a tag of its own, if it has anything, in front of an upstream that knows nothing yet. */
async function inFront({
  withOurs = true,
  ...more
}: { withOurs?: boolean; repositories?: () => boolean } = {}): Promise<Both> {
  const upstream = await FakeUpstream.start();
  const root = tempFolder();
  if (withOurs) await writeSkopeoDir(join(root, 'up.example/team/app/mine'), ours);
  const opened = await pullThrough({ root, upstreams: { 'up.example': upstream.origin }, ...more });
  return { ...opened, upstream };
}

const isUnknownName = (err: unknown): boolean => err instanceof RegistryError && err.code === 'NAME_UNKNOWN';
const failsWith =
  (kind: UpstreamErrorKind) =>
  (err: unknown): boolean =>
    err instanceof UpstreamError && err.kind === kind;

describe('tags through the pull-through', () => {
  test('A10 the upstream’s and ours are one list, which is a miss', async () => {
    const { registry, upstream } = await inFront();
    upstream.on(TAGS, tags('v2', 'V1', 'mine'));
    assert.deepEqual(await registry.listTags(app), { entries: ['V1', 'mine', 'v2'], cache: { result: 'miss' } });
    assert.deepEqual(upstream.lines, [`${TAGS}?n=1000`]);
  });

  test('A10 ours alone when the upstream is out of reach, and that is stale', async () => {
    const { registry, upstream } = await inFront();
    await upstream[Symbol.asyncDispose]();
    const cache = { result: 'stale', reason: 'up.example is out of reach' };
    assert.deepEqual(await registry.listTags(app), { entries: ['mine'], cache });
  });

  test('A10 what was pulled before is ours, too', async () => {
    const cache = await inFront({ withOurs: false });
    const { registry, upstream } = cache;
    const { manifest } = tinyImage();
    upstream.on('GET /v2/team/app/manifests/v1', manifestReply(manifest));
    await registry.getManifest(app, ref('v1'));
    await cache.idle();
    await upstream[Symbol.asyncDispose]();
    assert.deepEqual((await registry.listTags(app)).entries, ['v1']);
  });

  const failures: [name: string, answer: Answer, reason: string][] = [
    ['breaks down', { status: 500 }, 'up.example is out of order'],
    ['has had enough of us', { status: 429, headers: { 'retry-after': '60' } }, 'up.example has had too many requests'],
    ['says what is no list', { body: '<html>' }, 'up.example answers what cannot be right'],
  ];
  for (const [name, answer, reason] of failures) {
    test(`A10 ours alone when the upstream ${name}: ${reason}`, async () => {
      const { registry, upstream } = await inFront();
      upstream.on(TAGS, answer);
      assert.deepEqual(await registry.listTags(app), { entries: ['mine'], cache: { result: 'stale', reason } });
      assert.equal(upstream.lines.length, 1, 'it is asked once, as ours are there to answer with');
    });
  }

  test('A10 ours alone, soon, when the upstream is silent', async () => {
    const { registry, upstream } = await inFront();
    upstream.on(TAGS, silence);
    const cache = { result: 'stale', reason: 'up.example does not answer' };
    assert.deepEqual(await registry.listTags(app), { entries: ['mine'], cache });
  });

  test('ours alone when the upstream has no such repository, and that is not stale', async () => {
    const { registry, upstream } = await inFront();
    upstream.on(TAGS, UNKNOWN);
    assert.deepEqual(await registry.listTags(app), { entries: ['mine'], cache: { result: 'miss' } });
  });

  test('A1 a repository that nobody knows is unknown', async () => {
    const { registry, upstream } = await inFront({ withOurs: false });
    upstream.on(TAGS, UNKNOWN);
    await assert.rejects(registry.listTags(app), isUnknownName);
  });

  test('N9 with nothing of ours a failing upstream is an error', async () => {
    const { registry, upstream } = await inFront({ withOurs: false });
    upstream.on(TAGS, { status: 501 });
    await assert.rejects(registry.listTags(app), failsWith('failed'));
  });

  test('an upstream that refuses us is an error, whatever is ours', async () => {
    const { registry, upstream } = await inFront();
    upstream.on(TAGS, DENIED);
    await assert.rejects(registry.listTags(app), failsWith('denied'));
  });

  test('where no upstream may be asked ours are listed, and no cache is told of', async () => {
    const { registry, upstream } = await inFront({ repositories: () => false });
    assert.deepEqual(await registry.listTags(app), { entries: ['mine'] });
    assert.deepEqual(await registry.listTags(repo('up.example/team/app')), { entries: ['mine'] });
    assert.deepEqual(upstream.lines, []);
  });
});

describe('referrers through the pull-through', () => {
  const digestsOf = async ({ registry }: Both): Promise<{ digests: string[]; cache: unknown }> => {
    const { entries, cache } = await registry.listReferrers(app, subject.digest);
    return { digests: entries.map(({ digest }) => digest), cache };
  };

  test('R6 R13 the upstream’s and ours are one list by digest, which is a miss', async () => {
    const both = await inFront();
    both.upstream.on(REFERRERS, referrers(descriptorOf(theirs.manifest), descriptorOf(ours.manifest)));
    assert.deepEqual(await digestsOf(both), {
      digests: byDigest(ours.manifest.digest, theirs.manifest.digest),
      cache: { result: 'miss' },
    });
  });

  test('ours alone when the upstream is out of reach, and that is stale', async () => {
    const both = await inFront();
    await both.upstream[Symbol.asyncDispose]();
    const cache = { result: 'stale', reason: 'up.example is out of reach' };
    assert.deepEqual(await digestsOf(both), { digests: [ours.manifest.digest], cache });
  });

  test('ours alone when the upstream knows of none, and that is not stale', async () => {
    assert.deepEqual(await digestsOf(await inFront()), {
      digests: [ours.manifest.digest],
      cache: { result: 'miss' },
    });
  });

  test('R4 when nobody knows the repository the list is empty', async () => {
    const both = await inFront({ withOurs: false });
    both.upstream.on(REFERRERS, UNKNOWN);
    assert.deepEqual(await digestsOf(both), { digests: [], cache: { result: 'miss' } });
  });

  test('N9 with nothing of ours a failing upstream is an error', async () => {
    const both = await inFront({ withOurs: false });
    both.upstream.on(REFERRERS, { status: 501 });
    await assert.rejects(digestsOf(both), failsWith('failed'));
  });

  test('where no upstream may be asked ours are listed, and no cache is told of', async () => {
    const both = await inFront({ repositories: () => false });
    assert.deepEqual(await digestsOf(both), { digests: [ours.manifest.digest], cache: undefined });
    assert.deepEqual(both.upstream.lines, []);
  });
});

describe('what an upstream listed, when it is out of reach', () => {
  test('is said again of referrers, with its age', async () => {
    const { registry, upstream, advance } = await inFront();
    upstream.on(REFERRERS, referrers(descriptorOf(theirs.manifest)));
    const before = await registry.listReferrers(app, subject.digest);
    assert.equal(before.entries.length, 2);
    await upstream[Symbol.asyncDispose]();
    advance(5_000);
    const after = await registry.listReferrers(app, subject.digest);
    assert.deepEqual([after.entries, after.cache?.result], [before.entries, 'stale']);
    assert.ok(after.cache!.ageSeconds! >= 5);
  });

  test('is said again of referrers when there are none, which nobody takes for a failure', async () => {
    const { registry, upstream } = await inFront({ withOurs: false });
    upstream.on(REFERRERS, referrers());
    await registry.listReferrers(app, subject.digest);
    await upstream[Symbol.asyncDispose]();
    const none = await registry.listReferrers(app, subject.digest);
    assert.deepEqual([none.entries, none.cache?.result], [[], 'stale']);
  });

  test('A10 is not said again of tags, which lead to nothing then', async () => {
    const { registry, upstream } = await inFront();
    upstream.on(TAGS, tags('v1'));
    assert.deepEqual((await registry.listTags(app)).entries, ['mine', 'v1']);
    await upstream[Symbol.asyncDispose]();
    const { entries, cache } = await registry.listTags(app);
    assert.deepEqual([entries, cache?.result], [['mine'], 'stale']);
  });

  test('is asked for once by all who want it at the same time', async () => {
    const { registry, upstream } = await inFront({ withOurs: false });
    upstream.on(TAGS, tags('v1'));
    const lists = await Promise.all(Array.from({ length: 10 }, () => registry.listTags(app)));
    for (const { entries } of lists) assert.deepEqual(entries, ['v1']);
    assert.equal(upstream.lines.length, 1);
  });
});
