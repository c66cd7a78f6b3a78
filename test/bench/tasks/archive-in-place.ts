import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { layOutAsDockerSave, packFolder } from '../archive-files.ts';
import { MIB } from '../bytes.ts';
import { ImageStore, type StoredImage } from '../images.ts';
import { pull } from '../load/whole-pull.ts';
import { ociregistry } from '../peers/ociregistry.ts';
import { Server } from '../server.ts';
import { readThrough, settle } from '../settle.ts';
import { median } from '../statistics.ts';
import type { Contender, Task } from './task.ts';

const IMAGE = 'bench/large';
const LATER_PULLS = 5;

/** An image pulled whole, by a server that never saw it before, again by that one, and by the next one, which may find what was
 *  remembered of it. The servers have started when time begins to count, and the files are in the page cache. */
const pulls = (name: string, folder: string): Contender => ({
  name,
  tool: ociregistry,
  measure: async () => {
    for (const ours of ['_known', '_unpacked']) await rm(join(folder, ours), { recursive: true, force: true });
    await readThrough(folder);
    await settle(folder);
    const logs = join(folder, '..');
    const later: number[] = [];
    let first: number;
    {
      await using server = await Server.start(ociregistry, folder, logs, '/v2/');
      first = await pull(server, IMAGE);
      while (later.length < LATER_PULLS) later.push(await pull(server, IMAGE));
    }
    await using server = await Server.start(ociregistry, folder, logs, '/v2/');
    return { first, later: median(later), restarted: await pull(server, IMAGE) };
  },
});

/** The same layers, uncompressed, as an OCI layout and as archives. */
async function layOut(folder: string, image: StoredImage): Promise<readonly Contender[]> {
  const folders = ['layout', 'oci', 'docker'].map((name) => join(folder, name)) as [string, string, string];
  const [layout, oci, docker] = folders;
  ociregistry.fill({ images: [image], format: 'oci-layout' }, layout);
  mkdirSync(join(oci, 'bench'), { recursive: true });
  await packFolder(join(layout, IMAGE), join(oci, `${IMAGE}.tar`));
  const unpacked = join(folder, 'unpacked');
  layOutAsDockerSave(unpacked, image);
  mkdirSync(docker);
  await packFolder(unpacked, join(docker, 'image.tar'));
  return ['OCI layout', 'OCI archive', 'docker archive'].map((name, i) => pulls(name, folders[i]!));
}

/** Archives that are served where they lie beside a layout that is. Of an OCI archive the index is made when it is first asked for,
 *  of a docker archive all layers are hashed as well, as nothing in it says their digests. */
export const archiveInPlaceTask = (quick: boolean): Task => {
  const megabytes = quick ? 16 : 100;
  return {
    name: 'archive-in-place',
    title: `pulls of an image of ${megabytes} MiB in place`,
    programs: [],
    rounds: quick ? 2 : 7,
    measures: {
      first: { unit: 'ms, first', better: 'less' },
      later: { unit: 'ms, later ones', better: 'less' },
      restarted: { unit: 'ms, first after a restart', better: 'less' },
    },
    prepare: async ({ folder }) => {
      const store = new ImageStore(join(folder, 'store'));
      return layOut(folder, await store.makeLayered(IMAGE, megabytes * MIB, 'tar'));
    },
  };
};
