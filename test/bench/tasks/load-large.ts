import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { layOutAsDockerSave, packFolder } from '../archive-files.ts';
import { GIB, MIB } from '../bytes.ts';
import { ImageStore } from '../images.ts';
import { ociregistry } from '../peers/ociregistry.ts';
import { coreutils, skopeo } from '../tools.ts';
import type { Task } from './task.ts';
import { writer, writingMeasures, type Writer } from './writing.ts';

const IMAGE = 'bench/large';

interface LargeSource {
  /** Lays out an image of so many bytes, gives the path. */
  readonly make: (folder: string, bytes: number) => Promise<string>;
  /** Hashes `$1` and copies it into the folder `$2`. */
  readonly copyScript: string;
  readonly loadArgs: readonly string[];
  readonly skopeoSource: (path: string) => string;
}

const dockerArchive: LargeSource = {
  async make(folder, bytes) {
    const path = join(folder, 'image.tar');
    const unpacked = join(folder, 'unpacked');
    const store = join(folder, 'store');
    layOutAsDockerSave(unpacked, await new ImageStore(store).makeLayered(IMAGE, bytes, 'tar'));
    await packFolder(unpacked, path);
    for (const used of [unpacked, store]) await rm(used, { recursive: true });
    return path;
  },
  copyScript: 'sha256sum "$1" && cp "$1" "$2"/',
  loadArgs: [],
  skopeoSource: (path) => `docker-archive:${path}`,
};

const ociLayout: LargeSource = {
  async make(folder, bytes) {
    const image = await new ImageStore(join(folder, 'store')).makeLayered(IMAGE, bytes, 'tar+gzip');
    ociregistry.fill({ images: [image], format: 'oci-layout' }, folder);
    return join(folder, IMAGE);
  },
  copyScript: 'find "$1" -type f -exec sha256sum {} + && cp -r "$1" "$2"/',
  loadArgs: ['--as', IMAGE],
  skopeoSource: (path) => `oci:${path}:latest`,
};

/** Who reads every byte, hashes it and writes it once: `sha256sum` and `cp`, which read twice what is in the page cache; `load`;
 *  and `skopeo copy`, which is told not to compress what is not compressed, as `load` does not. */
const writers = ({ copyScript, loadArgs, skopeoSource }: LargeSource, path: string): readonly Writer[] => [
  {
    name: 'sha256sum + cp',
    tool: coreutils,
    program: '/bin/sh',
    args: (target) => ['-c', copyScript, 'sh', path, target],
  },
  {
    name: ociregistry.name,
    tool: ociregistry,
    args: (target) => ['load', '--images', target, ...loadArgs, path],
  },
  {
    name: 'skopeo copy',
    tool: skopeo,
    args: (target) => [
      ...['--insecure-policy', 'copy', '--quiet', '--dest-oci-accept-uncompressed-layers'],
      ...[skopeoSource(path), `oci:${target}:latest`],
    ],
  },
];

/** An image of five layers of noise, out of a file or a folder into an empty folder; what is in the time is said at {@link writer}. */
const loadLarge = (quick: boolean, what: Pick<Task, 'name' | 'title'>, source: LargeSource): Task => ({
  ...what,
  programs: [],
  rounds: quick ? 2 : 5,
  measures: writingMeasures,
  async prepare({ folder }) {
    const bytes = quick ? 256 * MIB : GIB;
    const from = join(folder, 'source');
    mkdirSync(from);
    const path = await source.make(from, bytes);
    return writers(source, path).map((one) => writer({ folder, source: path, bytes }, one));
  },
});

export const loadLargeTasks = (quick: boolean): readonly Task[] => {
  const size = quick ? '256 MiB' : '1 GiB';
  return [
    loadLarge(quick, { name: 'load-docker-archive', title: `load of a docker archive of ${size}` }, dockerArchive),
    loadLarge(quick, { name: 'load-oci-layout', title: `load of an OCI layout of ${size}` }, ociLayout),
  ];
};
