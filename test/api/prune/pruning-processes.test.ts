import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { silentProgress } from '../../../api/progress.ts';
import { prune } from '../../../api/prune/prune.ts';
import { removeTags } from '../../../api/prune/removal.ts';
import { Store } from '../../../api/store/store.ts';
import { verify } from '../../../api/verify/verify.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { repo } from '../../support/repository.ts';
import { sharedImages } from '../../support/shared-images.ts';
import { requireWholeImages, unreferencedBlobs } from '../../support/sound-store.ts';
import { storeImage } from '../../support/store-image.ts';
import { blobsIn, digestsOf, filesBelow } from '../../support/stored-blobs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { layerOf, tinyImage, type TinyImage } from '../../support/tiny-image.ts';

const unused = { lastUsed: () => undefined };
const NAMING_MS = 2_500;

function start(program: string, ...args: readonly string[]): ChildProcess {
  const path = join(import.meta.dirname, '../../support/processes', program);
  return spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('what two processes name while a third prunes and verifies all the time is whole, and nothing else is left', async () => {
  using store = new Store(tempFolder());
  const children = ['x', 'y'].map((seed) => start('naming.ts', store.root, seed, String(NAMING_MS)));
  const said = children.map((child) => text(child.stdout!));
  const ended = children.map(async (child) => ((await once(child, 'close')) as [number])[0]);
  const known = await KnownDigests.open(undefined, keepingLog().log);
  let rounds = 0;
  while (children.some(({ exitCode }) => exitCode === null)) {
    // Nothing is too young to be swept, but what is written without a lock.
    const { problems } = await prune(
      store,
      { unreferenced: true },
      { usage: unused, dryRun: false, safeAgeMs: -60_000 },
    );
    assert.deepEqual(problems, []);
    const { bad } = await verify(store, [{ root: store.root, known }], { quarantine: false, progress: silentProgress });
    assert.deepEqual(bad, []);
    rounds += 1;
    await setTimeout(5);
  }
  assert.deepEqual(await Promise.all(ended), [0, 0]);
  assert.ok(rounds > 0, `${rounds} rounds`);
  const tags = (await Promise.all(said)).flatMap((json) => JSON.parse(json) as string[]);
  assert.deepEqual(await requireWholeImages(store, sharedImages), tags.sort());
  await prune(store, { unreferenced: true }, { usage: unused, dryRun: false, safeAgeMs: -60_000 });
  assert.deepEqual(await requireWholeImages(store, sharedImages), tags);
  assert.deepEqual(await unreferencedBlobs(store), []);
});

test('a removal that is killed at any time leaves every image whole, and the next one ends its work', async () => {
  using store = new Store(tempFolder());
  const repositories = Array.from({ length: 12 }, (_, i) => `app-${i}/sub`);
  const kept: TinyImage[] = [];
  const old: TinyImage[] = [];
  for (const [i, name] of repositories.entries()) {
    const shared = layerOf(`shared ${i % 3}`);
    old.push(tinyImage({ seed: `old ${i}`, layers: [shared, layerOf(`old ${i}`)] }));
    await storeImage(store, name, old[i]!, 'old');
    if (i % 2 === 1) continue;
    kept.push(tinyImage({ seed: `new ${i}`, layers: [shared] }));
    await storeImage(store, name, kept.at(-1)!, 'new');
  }
  for (let killedAfterMs = 0; killedAfterMs < 80; killedAfterMs += 8) {
    const child = start('removing.ts', store.root, ...repositories);
    const ended = once(child, 'close');
    await Promise.race([once(child.stdout!, 'data'), ended]);
    await setTimeout(killedAfterMs);
    child.kill('SIGKILL');
    await ended;
    await requireWholeImages(store, [...kept, ...old]);
  }
  for (const name of repositories) await removeTags(store, repo(name), ({ tag }) => tag === 'old');
  assert.deepEqual(
    await requireWholeImages(store, kept),
    repositories
      .filter((_, i) => i % 2 === 0)
      .map((name) => `${name}:new`)
      .sort(),
  );
  await prune(store, { unreferenced: true }, { usage: unused, dryRun: false, now: Date.now() + 7_200_000 });
  assert.deepEqual(await blobsIn(store.pool), digestsOf(...kept));
  assert.deepEqual(await filesBelow(join(store.root, '_removals')).catch(() => []), []);
  assert.deepEqual(await filesBelow(join(store.root, 'app-1')).catch(() => 'gone'), 'gone');
});
