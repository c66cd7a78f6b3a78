import { join } from 'node:path';
import { GIB, MIB } from '../bytes.ts';
import { blobPath, ImageStore, type StoredImage } from '../images.ts';
import { pullAtOnce } from '../load/pull-at-once.ts';
import type { PullThrough } from '../peers/peer.ts';
import { cpuSeconds, peakBytes } from '../process-tree.ts';
import { pullThroughs, startEmpty } from '../pull/caches.ts';
import { Upstream, UPSTREAM_PROGRAMS, type UpstreamOptions } from '../pull/upstream.ts';
import type { Server } from '../server.ts';
import { settle } from '../settle.ts';
import type { Task } from './task.ts';

interface Cost extends Pick<Task, 'name' | 'title' | 'measures'> {
  readonly images: number;
  readonly blobBytes: number;
  readonly readers: number;
  readonly link: Pick<UpstreamOptions, 'bytesPerSecond'>;
  /** What it cost a server to give each of its `readers` each of the images. */
  readonly of: (server: Server, pull: () => Promise<void>) => Promise<Readonly<Record<string, number>>>;
}

/** What it costs a cache, started for that, to fetch all images at once. */
const pullCost = (quick: boolean, { images: count, blobBytes, readers, link, of, ...what }: Cost): Task => ({
  ...what,
  programs: UPSTREAM_PROGRAMS,
  rounds: quick ? 1 : 3,
  async prepare({ folder, stack }) {
    const { images } = new ImageStore(join(folder, 'store')).makeUnrelated(count, blobBytes);
    const upstream = stack.use(await Upstream.start({ folder, images, ...link }));
    const measure = async (peer: PullThrough): Promise<Readonly<Record<string, number>>> => {
      await settle(folder);
      await using server = await startEmpty(peer, { folder, upstream: upstream.origin });
      return await of(server, async () => {
        const urls = images.map((image) => server.origin + layerPath(image));
        await pullAtOnce({ urls, clientsOfEach: readers, warmUp: upstream.statusUrl });
        await upstream.asked();
      });
    };
    return pullThroughs.map((peer) => ({ name: peer.name, tool: peer, measure: () => measure(peer) }));
  },
});

const layerPath = (image: StoredImage): string => blobPath(image, image.blobs.at(-1)!);

export const pullCostTasks = (quick: boolean): readonly Task[] => {
  const filled = (quick ? 128 : 512) * MIB;
  const blobBytes = (quick ? 4 : 16) * MIB;
  return [
    pullCost(quick, {
      name: 'pull-cpu',
      title: `a cold blob of ${filled / MIB} MiB, one client`,
      measures: { cpu: { unit: 'CPU s/GiB', better: 'less' } },
      images: 1,
      blobBytes: filled,
      readers: 1,
      link: {},
      of: async ({ pid }, pull) => {
        const before = cpuSeconds(pid);
        await pull();
        return { cpu: (cpuSeconds(pid) - before) / (filled / GIB) };
      },
    }),
    pullCost(quick, {
      name: 'pull-memory',
      title: `20 cold blobs of ${blobBytes / MIB} MiB at once, ten clients each`,
      measures: { memory: { unit: 'MiB at most', better: 'less' } },
      images: 20,
      blobBytes,
      readers: 10,
      // Slow enough that all of them are under way at once.
      link: { bytesPerSecond: 4 * MIB },
      of: async ({ pid }, pull) => {
        await pull();
        return { memory: peakBytes(pid) / MIB };
      },
    }),
  ];
};
