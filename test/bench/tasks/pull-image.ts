import { join } from 'node:path';
import { MIB } from '../bytes.ts';
import { ImageStore, type StoredImage } from '../images.ts';
import { measureRun } from '../measured-run.ts';
import { pulledImages, pullers } from '../pull/pullers.ts';
import { bodiesIn, Upstream, UPSTREAM_PROGRAMS, type UpstreamOptions } from '../pull/upstream.ts';
import { crane } from '../tools.ts';
import type { Task } from './task.ts';

/** A client as it is, with an image that the cache in between does not have. */
const pullImage = (
  quick: boolean,
  what: Pick<Task, 'name' | 'title'>,
  link: Pick<UpstreamOptions, 'bytesPerSecond'>,
): Task => ({
  ...what,
  programs: ['crane', ...UPSTREAM_PROGRAMS],
  rounds: quick ? 1 : 3,
  measures: {
    time: { unit: 's', better: 'less' },
    requests: { unit: 'requests asked of the upstream', better: 'less' },
    again: { unit: 'objects asked of it again', better: 'less' },
  },
  async prepare(workplace) {
    const { folder, stack } = workplace;
    const store = new ImageStore(join(folder, 'store'));
    const images: StoredImage[] = [];
    for (let i = 0; i < pulledImages(this.rounds); i++) {
      images.push(await store.makeLayered(`bench/cold-${i}`, imageBytes(quick), 'tar+gzip'));
    }
    const upstream = stack.use(await Upstream.start({ folder, images, ...link }));
    const pull = (origin: string, image: StoredImage) => measure(origin, image, upstream);
    return pullers(workplace, { tool: crane, upstream, images, pull });
  },
});

async function measure(origin: string, image: StoredImage, upstream: Upstream): Promise<Record<string, number>> {
  const reference = `${new URL(origin).host}/${image.repository}:${image.tags[0]!}`;
  const { seconds } = await measureRun(crane.program!, ['pull', reference, '/dev/null']);
  const asked = await upstream.asked();
  const objects = 1 + image.blobs.length;
  return { time: seconds, requests: asked.length, again: bodiesIn(asked).length - objects };
}

const imageBytes = (quick: boolean): number => (quick ? 32 : 128) * MIB;

export const pullImageTasks = (quick: boolean): readonly Task[] => {
  const title = `cold \`crane pull\` of ${imageBytes(quick) / MIB} MiB`;
  return [
    pullImage(quick, { name: 'pull-image', title: `${title}, 20 MiB/s a connection` }, { bytesPerSecond: 20 * MIB }),
    pullImage(quick, { name: 'pull-image-unlimited', title: `${title}, no limit` }, {}),
  ];
};
