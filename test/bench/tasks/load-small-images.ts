import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KIB } from '../bytes.ts';
import { ImageStore, manifestPath, type StoredImage } from '../images.ts';
import { distributionV3 } from '../peers/distribution.ts';
import { ociregistry } from '../peers/ociregistry.ts';
import { Server } from '../server.ts';
import { skopeo } from '../tools.ts';
import type { Task } from './task.ts';
import { writer, writingMeasures, type Writer } from './writing.ts';

const LAYER_BYTES = 256 * KIB;

/** Many small images from a registry on loopback, none of which shares a blob with another, each by a list of its own kind. `load`
 *  makes OCI layouts and syncs every file, `skopeo sync` makes directories and syncs none. What is in the time is said at
 *  {@link writer}. */
export const loadSmallImagesTask = (quick: boolean): Task => {
  const count = quick ? 10 : 100;
  return {
    name: 'load-small-images',
    title: `load of ${count} images of ${LAYER_BYTES / KIB} KiB from a registry`,
    programs: ['registry'],
    rounds: quick ? 2 : 7,
    measures: writingMeasures,
    async prepare({ folder, stack }) {
      const set = new ImageStore(join(folder, 'store')).makeUnrelated(count, LAYER_BYTES);
      const data = join(folder, 'registry');
      distributionV3.fill(set, data);
      const first = manifestPath(set.images[0]!, 'latest');
      const { host } = new URL(stack.use(await Server.start(distributionV3, data, folder, first)).url('/'));
      return writersOf(folder, host, set.images).map((one) => writer({ folder, bytes: count * LAYER_BYTES }, one));
    },
  };
};

function writersOf(folder: string, host: string, images: readonly StoredImage[]): readonly Writer[] {
  const list = join(folder, 'images.txt');
  writeFileSync(list, images.map(({ repository }) => `${host}/${repository}:latest\n`).join(''));
  const yaml = join(folder, 'images.yaml');
  const tags = Object.fromEntries(images.map(({ repository }) => [repository, ['latest']]));
  // YAML takes JSON.
  writeFileSync(yaml, JSON.stringify({ [host]: { 'tls-verify': false, images: tags } }));
  return [
    {
      name: 'skopeo sync',
      tool: skopeo,
      args: (target) => ['--insecure-policy', 'sync', '--src', 'yaml', '--dest', 'dir', yaml, target],
    },
    {
      name: ociregistry.name,
      tool: ociregistry,
      args: (target) => ['load', '--images', target, '--plain-http', list],
    },
  ];
}
