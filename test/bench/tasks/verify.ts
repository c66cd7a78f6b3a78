import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commands } from '../../../cmd/commands.ts';
import { GIB, MIB } from '../bytes.ts';
import { ImageStore } from '../images.ts';
import { measureRun } from '../measured-run.ts';
import { ociregistry } from '../peers/ociregistry.ts';
import { runProgram } from '../run-program.ts';
import { readThrough, settle } from '../settle.ts';
import { coreutils, type Tool } from '../tools.ts';
import type { Contender, Task } from './task.ts';
import { storedBytes, subfolder } from './writing.ts';

interface Reader {
  readonly name: string;
  readonly tool: Tool;
  readonly program: string;
  readonly args: readonly string[];
}

/** Hashes all that was loaded, from start to end of the program. It is in the page cache before, if that is large enough. */
const reader = (images: string, bytes: number, { name, tool, program, args }: Reader): Contender => ({
  name,
  tool,
  measure: async () => {
    await readThrough(join(images, '_blobs'));
    await settle(images);
    const { seconds, peakBytes } = await measureRun(program, args);
    return { rate: bytes / GIB / seconds, memory: peakBytes / MIB };
  },
});

/** Loads images one after the other, so that only one is there twice, and gives their folder. */
async function fill(folder: string, count: number, bytes: number): Promise<string> {
  const images = await subfolder(folder, 'images');
  for (let i = 0; i < count; i++) {
    const source = await subfolder(folder, 'source');
    const image = await new ImageStore(join(source, 'store')).makeLayered(`bench/large-${i}`, bytes, 'tar+gzip');
    ociregistry.fill({ images: [image], format: 'oci-layout' }, source);
    const layout = join(source, image.repository);
    await runProgram(ociregistry.program!, ['load', '--images', images, '--as', image.repository, layout]);
    await rm(source, { recursive: true });
  }
  return images;
}

export const verifyTask = (quick: boolean): Task => {
  const [count, bytes, size] = quick ? [3, 64 * MIB, '192 MiB'] : [3, GIB, '3 GiB'];
  return {
    name: 'verify',
    title: `verify of ${size}`,
    programs: [],
    obstacle: commands.some(({ name }) => name === 'verify') ? undefined : 'there is no such command yet',
    rounds: quick ? 2 : 5,
    measures: { rate: { unit: 'GiB/s', better: 'more' }, memory: { unit: 'MiB', better: 'less' } },
    async prepare({ folder }) {
      const images = await fill(folder, count, bytes);
      const blobs = join(images, '_blobs');
      const stored = await storedBytes(blobs);
      const readers: readonly Reader[] = [
        {
          name: 'sha256sum',
          tool: coreutils,
          program: '/bin/sh',
          args: ['-c', 'find "$1" -type f -exec sha256sum {} +', 'sh', blobs],
        },
        {
          name: ociregistry.name,
          tool: ociregistry,
          program: ociregistry.program!,
          args: ['verify', '--images', images],
        },
      ];
      return readers.map((one) => reader(images, stored, one));
    },
  };
};
