import { blobPath, type StoredImage } from '../images.ts';
import { pullAtOnce } from '../load/pull-at-once.ts';
import type { Server } from '../server.ts';
import { settle } from '../settle.ts';
import type { Contender, Workplace } from '../tasks/task.ts';
import type { Tool } from '../tools.ts';
import { pullThroughs, startEmpty } from './caches.ts';
import type { Upstream } from './upstream.ts';

/** Pulls an image from an origin; gives one value for each of the measures. */
export type Pull = (origin: string, image: StoredImage) => Promise<Readonly<Record<string, number>>>;

/** How many images it takes: one to practise with, one for each round, and one for the round before them. */
export const pulledImages = (rounds: number): number => rounds + 2;

interface Pulling {
  /** What `pull` is done by. */
  readonly tool: Tool;
  readonly upstream: Upstream;
  readonly images: readonly StoredImage[];
  readonly pull: Pull;
}

/** Who pull an image from the upstream: from itself, and through each of the caches. Each time it is the next of the images, so that
 *  a cache does not have it yet and yet goes on running, as its code is compiled by then. */
export function pullers({ folder, stack }: Workplace, { tool, upstream, images, pull }: Pulling): Contender[] {
  const puller = (by: Tool, name: string, originOf: () => Promise<string>): Contender => {
    const [first, ...left] = images;
    return {
      name,
      tool: by,
      measure: async () => {
        const origin = await originOf();
        await practise(origin, first!);
        await upstream.asked();
        await settle(folder);
        upstream.forget();
        return pull(origin, left.shift()!);
      },
    };
  };
  return [
    puller(tool, 'direct', () => Promise.resolve(upstream.origin)),
    ...pullThroughs.map((peer) => {
      let server: Promise<Server> | undefined;
      const start = async (): Promise<Server> =>
        stack.use(await startEmpty(peer, { folder, upstream: upstream.origin }));
      return puller(peer, peer.name, async () => (await (server ??= start())).origin);
    }),
  ];
}

/** Has a server answer some hundred times with a small blob. */
async function practise(origin: string, image: StoredImage): Promise<void> {
  const small = origin + blobPath(image, image.blobs[0]!);
  await pullAtOnce({ urls: [small], clientsOfEach: 50, warmUp: small });
}
