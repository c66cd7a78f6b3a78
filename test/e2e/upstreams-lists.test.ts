import assert from 'node:assert/strict';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { assertPulled, assertRefused, untilKept } from '../support/pull/assert-pulled.ts';
import { startCache, type Cache } from '../support/pull/cache.ts';
import { pushImage } from '../support/pull/push-image.ts';
import { descriptorOf, tinyImage, tinyIndex, type TinyImage } from '../support/tiny-image.ts';
import { DISTRIBUTION, startDistribution } from '../support/upstream/distribution.ts';
import { FaultyProxy } from '../support/upstream/faulty-proxy.ts';
import { writeOciLayout } from '../support/write-images.ts';

const HOST = 'quay.io';
const name = 'team/app';
const SIGNATURE_TYPE = 'application/vnd.example.signature';
const NOTE_TYPE = 'application/vnd.example.note';

const app = tinyImage({ seed: 'app' });
const own = tinyImage({ seed: 'ours' });
const about = (seed: string, artifactType: string): TinyImage =>
  tinyImage({ seed, more: { artifactType, subject: descriptorOf(app.manifest) } });
const [note, signature] = [about('note', NOTE_TYPE), about('signature', SIGNATURE_TYPE)];
/** What cosign names by the digest that it signs. */
const signatureTag = (suffix: string): string => `${app.manifest.digest.replace(':', '-')}.${suffix}`;
const SUFFIXES = ['sig', 'att', 'sbom'];
const attached = (suffix: string): TinyImage => tinyImage({ seed: suffix });

/** An upstream that has some, and an images folder that somebody has put some of the same repository into. */
const listTest = clientTests([...DISTRIBUTION], async (stack) => {
  const folder = stack.use(await tempFolder('upstreams-lists')).path;
  const registry = stack.use(await startDistribution({ folder, data: join(folder, 'data') }));
  const proxy = stack.use(await FaultyProxy.start(registry.url));
  for (const tag of ['v1', 'v2']) await pushImage(registry.url, name, tag, app);
  await pushImage(registry.url, name, 'note', note);
  // As clients say what refers to what, where the registry has no API for it.
  await pushImage(registry.url, name, app.manifest.digest.replace(':', '-'), tinyIndex([note]));
  for (const suffix of SUFFIXES) await pushImage(registry.url, name, signatureTag(suffix), attached(suffix));
  const images = join(folder, 'images');
  await writeOciLayout(join(images, HOST, name), [
    { image: own, tag: 'ours' },
    { image: signature, tag: 'signature' },
  ]);
  const config = { upstreams: { [HOST]: { endpoints: [{ url: proxy.origin }], tags: [{ match: '*', ttl: '0s' }] } } };
  return { cache: stack.use(await startCache({ config, images })), config, proxy };
});

async function tagsOf(cache: Cache): Promise<{ tags: string[]; isStale: boolean }> {
  const { status, headers, body } = await cache.ask(`/v2/${name}/tags/list?ns=${HOST}`);
  assert.equal(status, 200, body.toString());
  const { tags } = JSON.parse(body.toString()) as { tags: string[] };
  return { tags, isStale: headers.has('warning') && headers.has('age') };
}

async function referrersOf(cache: Cache, query = ''): Promise<string[]> {
  const { body } = await cache.ask(`/v2/${name}/referrers/${app.manifest.digest}?ns=${HOST}${query}`);
  const { manifests } = JSON.parse(body.toString()) as { manifests: { digest: string }[] };
  return manifests.map(({ digest }) => digest).sort();
}

listTest('UP22 tags are those of the upstream and ours, pulled or not', async ({ cache }) => {
  const { tags, isStale } = await tagsOf(cache);
  const theirs = ['note', 'v1', 'v2', app.manifest.digest.replace(':', '-'), ...SUFFIXES.map(signatureTag)];
  assert.deepEqual(tags, [...theirs, 'ours', 'signature'].sort());
  assert.ok(!isStale);
});

listTest('UP22 R12 referrers are those of the upstream and ours, by type as well', async ({ cache }) => {
  const [theirs, ours] = [note.manifest.digest, signature.manifest.digest];
  assert.deepEqual(await referrersOf(cache), [theirs, ours].sort());
  assert.deepEqual(await referrersOf(cache, `&artifactType=${encodeURIComponent(SIGNATURE_TYPE)}`), [ours]);
});

listTest(
  'what cosign signs, attests and lists is kept by its tags, and goes with the image',
  async ({ cache, proxy }) => {
    await assertPulled(cache, { name, ns: HOST }, app, /; fwd=miss/);
    await assertPulled(cache, { name, ns: HOST, tag: note.manifest.digest }, note);
    for (const suffix of SUFFIXES) {
      await assertPulled(cache, { name, ns: HOST, tag: signatureTag(suffix) }, attached(suffix), /; fwd=miss/);
    }
    await untilKept(cache, app, note, ...SUFFIXES.map(attached));
    proxy.refuse(true);
    for (const suffix of SUFFIXES) {
      await assertPulled(cache, { name, ns: HOST, tag: signatureTag(suffix) }, attached(suffix), /^ociregistry; hit/);
    }
  },
);

listTest('UP22 with the upstream down tags and referrers are what it said last, and ours', async ({ cache, proxy }) => {
  const [{ tags }, referrers] = [await tagsOf(cache), await referrersOf(cache)];
  proxy.refuse(true);
  assert.deepEqual(await tagsOf(cache), { tags, isStale: true });
  assert.deepEqual(await referrersOf(cache), referrers);
});

listTest(
  'UP22 with the upstream down since the start tags and referrers are what is here',
  async ({ cache, config, proxy }) => {
    proxy.refuse(true);
    await using started = await startCache({ config, images: cache.images });
    const here = ['ours', 'signature', 'v1', ...SUFFIXES.map(signatureTag)].sort();
    assert.deepEqual(await tagsOf(started), { tags: here, isStale: true });
    assert.deepEqual(await referrersOf(started), [note.manifest.digest, signature.manifest.digest].sort());
  },
);

listTest(
  'E9 with the upstream down, a repository of which nothing is here is no empty list',
  async ({ cache, proxy }) => {
    proxy.refuse(true);
    const answer = await cache.ask(`/v2/team/none/tags/list?ns=${HOST}`);
    assert.ok([502, 503].includes(answer.status), String(answer.status));
    assertRefused(answer, { status: answer.status, code: answer.status === 503 ? 'UNAVAILABLE' : 'UNKNOWN' });
  },
);
