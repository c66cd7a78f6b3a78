import { join } from 'node:path';
import { descriptorOf, layerOf, piece, tinyImage, tinyIndex, type TinyImage, type TinyIndex } from '../tiny-image.ts';
import { writeArchive } from '../write-archive.ts';
import { writeDockerSaveFolder, writeLayoutBlob, writeOciLayout } from '../write-images.ts';
import type { Seeded } from './seeded.ts';

const LARGE_BYTES = 1_500_000;
const TWIN_IMAGES = 8;
const CONTAINERD = 'io.containerd.image.name';

/** Images of every kind that can be loaded, under names that begin alike. */
export interface Sources {
  /** For the command line. */
  readonly args: readonly string[];
  /** The repositories that they are in. */
  readonly repositories: readonly string[];
  /** `repository:tag` of each. */
  readonly names: readonly string[];
}

/** The host that the images of the upstream are fetched from. */
export const UPSTREAM = 'up.example';

/** Writes a layout, a docker archive and a packed archive into `folder`, and images with large layers into `upstream`, the folder of
 *  another registry. All are called `<prefix>/…`. */
export async function makeSources(
  random: Seeded,
  prefix: string,
  { folder, upstream }: { readonly folder: string; readonly upstream: string },
): Promise<Sources> {
  const seed = `${random.seed} ${prefix}`;
  const shared = layerOf(`${seed} shared`, 5_000);
  const make = (name: string, more: readonly Buffer[] = []): TinyImage =>
    tinyImage({ seed: `${seed} ${name}`, layers: [layerOf(`${seed} ${name}`), shared, ...more] });
  const named = (name: string, image: TinyImage | TinyIndex) => ({
    image,
    tag: name.slice(name.indexOf(':') + 1),
    annotations: { [CONTAINERD]: `${prefix}/${name}` },
  });

  const layout = join(folder, 'layout');
  await writeOciLayout(layout, [
    named('layout:v1', make('v1', [random.bytes(300_000)])),
    named('layout:v2', make('v2')),
    named('index:v1', tinyIndex([make('amd64'), tinyImage({ seed, architecture: 'arm64' })])),
  ]);
  const packed = join(folder, 'packed.tgz');
  await writeOciLayout(join(folder, 'to-pack'), [named('packed:v1', make('packed')), named('layout:v3', make('v3'))]);
  await writeArchive(packed, join(folder, 'to-pack'));
  const saved = join(folder, 'saved.tar');
  await writeDockerSaveFolder(join(folder, 'to-save'), make('saved', [random.bytes(200_000)]), `${prefix}/saved:v1`);
  await writeArchive(saved, join(folder, 'to-save'));
  for (const name of ['large', 'larger']) await writeLarge(random, join(upstream, prefix, name));

  const fetched = ['large', 'larger'].map((name) => `${UPSTREAM}/${prefix}/${name}`);
  return {
    args: [layout, saved, packed, ...fetched.map((name) => `${name}:v1`)],
    repositories: [...['layout', 'index', 'packed', 'saved'].map((name) => `${prefix}/${name}`), ...fetched],
    names: [
      ...['layout:v1', 'layout:v2', 'layout:v3', 'index:v1', 'packed:v1', 'saved:v1'].map(
        (name) => `${prefix}/${name}`,
      ),
      ...fetched.map((name) => `${name}:v1`),
    ],
  };
}

async function writeLarge(random: Seeded, folder: string): Promise<void> {
  const layers = [1, 2].map(() => piece(random.bytes(LARGE_BYTES), 'application/octet-stream'));
  const image = tinyImage({ seed: folder, more: { layers: layers.map(descriptorOf) } });
  await writeOciLayout(folder, [{ image, tag: 'v1' }]);
  for (const layer of layers) await writeLayoutBlob(folder, layer);
}

/** Two archives with images of one repository, which share most of their layers. */
export async function makeTwins(random: Seeded, name: string, folder: string): Promise<readonly [Sources, Sources]> {
  const shared = [random.bytes(500_000), layerOf(`${random.seed} ${name}`, 20_000)];
  const make = async (half: 'a' | 'b'): Promise<Sources> => {
    const images = Array.from({ length: TWIN_IMAGES }, (_, i) => {
      const tag = `${half}${i}`;
      // Every second one is the same image in both.
      const seed = `${random.seed} ${name} ${i % 2 === 0 ? i : tag}`;
      const image = tinyImage({ seed, layers: [layerOf(seed), ...shared] });
      return { image, tag, annotations: { [CONTAINERD]: `${name}:${tag}` } };
    });
    await writeOciLayout(join(folder, half), images);
    const archive = join(folder, `${half}.tar`);
    await writeArchive(archive, join(folder, half));
    return { args: [archive], repositories: [name], names: images.map(({ tag }) => `${name}:${tag}`) };
  };
  return [await make('a'), await make('b')];
}
