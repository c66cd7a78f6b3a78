import { join } from 'node:path';
import { MIB } from '../bytes.ts';
import { blobPath, ImageStore, type StoredImage } from '../images.ts';
import { pullAtOnce } from '../load/pull-at-once.ts';
import { nginx } from '../peers/nginx.ts';
import { pulledImages, pullers } from '../pull/pullers.ts';
import { bodiesIn, bytesOf, Upstream, UPSTREAM_PROGRAMS, type UpstreamOptions } from '../pull/upstream.ts';
import { median } from '../statistics.ts';
import type { Task } from './task.ts';

const CLIENTS = 50;

/** Clients that all want one blob in the same moment, which the caches in between do not have. */
const pullCold = (
  quick: boolean,
  what: Pick<Task, 'name' | 'title'>,
  link: Pick<UpstreamOptions, 'bytesPerSecond' | 'wantsTokens'>,
): Task => ({
  ...what,
  programs: UPSTREAM_PROGRAMS,
  rounds: quick ? 1 : 3,
  measures: {
    upstream: { unit: '× the blob from the upstream', better: 'less' },
    requests: { unit: 'requests asked of it', better: 'less' },
    first: { unit: 'ms to the first byte, median', better: 'less' },
    last: { unit: 'ms to the first byte, last', better: 'less' },
    time: { unit: 's until all have it', better: 'less' },
  },
  async prepare(workplace) {
    const { folder, stack } = workplace;
    const { images } = new ImageStore(join(folder, 'store')).makeUnrelated(pulledImages(this.rounds), blobBytes(quick));
    const upstream = stack.use(await Upstream.start({ folder, images, ...link }));
    const pull = (origin: string, image: StoredImage) => measure(origin, image, upstream);
    return pullers(workplace, { tool: nginx, upstream, images, pull });
  },
});

async function measure(origin: string, image: StoredImage, upstream: Upstream): Promise<Record<string, number>> {
  const blob = image.blobs.at(-1)!;
  const urls = [origin + blobPath(image, blob)];
  const downloads = await pullAtOnce({ urls, clientsOfEach: CLIENTS, warmUp: upstream.statusUrl });
  const asked = await upstream.asked();
  const firstBytes = downloads.map(({ firstByteMs }) => firstByteMs);
  return {
    upstream: bytesOf(bodiesIn(asked)) / blob.size,
    requests: asked.length + upstream.tokensAsked,
    first: median(firstBytes),
    last: Math.max(...firstBytes),
    time: Math.max(...downloads.map(({ endMs }) => endMs)) / 1000,
  };
}

const blobBytes = (quick: boolean): number => (quick ? 32 : 128) * MIB;

export const pullColdTasks = (quick: boolean): readonly Task[] => {
  const bytesPerSecond = 20 * MIB;
  const title = `${CLIENTS} cold clients, one blob of ${blobBytes(quick) / MIB} MiB`;
  return [
    pullCold(quick, { name: 'pull-cold', title: `${title}, 20 MiB/s a connection` }, { bytesPerSecond }),
    pullCold(
      quick,
      { name: 'pull-cold-tokens', title: `${title}, 20 MiB/s a connection, for a token` },
      { bytesPerSecond, wantsTokens: true },
    ),
    pullCold(quick, { name: 'pull-cold-unlimited', title: `${title}, no limit` }, {}),
  ];
};
