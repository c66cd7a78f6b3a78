import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../bytes.ts';
import { ImageStore } from '../images.ts';
import { measureRun } from '../measured-run.ts';
import { ociregistry } from '../peers/ociregistry.ts';
import { runProgram } from '../run-program.ts';
import { temporaryFolderForMany } from '../temporary.ts';
import { coreutils, type Tool } from '../tools.ts';
import type { Contender, Task } from './task.ts';

/** From start to end of the program; what it prints is thrown away. */
const lister = (name: string, tool: Tool, program: string, args: readonly string[]): Contender => ({
  name,
  tool,
  measure: async () => {
    const { seconds, peakBytes } = await measureRun(program, args);
    return { time: seconds, memory: peakBytes / MIB };
  },
});

/** The yardstick finds every manifest and hashes it, which is the least that has to be done; a list needs the configs, too, and looks
 *  whether all blobs are there. */
export const listTask = (quick: boolean): Task => {
  const count = quick ? 2_000 : 100_000;
  return {
    name: 'list-100k',
    title: `list of ${count.toLocaleString('en')} images`,
    programs: [],
    rounds: quick ? 2 : 3,
    measures: {
      time: { unit: 's', better: 'less' },
      memory: { unit: 'MiB', better: 'less' },
    },
    async prepare({ stack }) {
      const folder = mkdtempSync(join(temporaryFolderForMany(), 'list-'));
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      const images = join(folder, 'images');
      ociregistry.fill(new ImageStore(join(folder, 'store')).makeDifferent(count), images);
      const program = ociregistry.program!;

      const countScript = '"$1" list --images "$2" --header=false | wc -l';
      const listed = Number(await runProgram('/bin/sh', ['-c', countScript, 'sh', program, images]));
      if (listed !== count) throw new Error(`list of ${count} images has ${listed}`);
      const hashScript = 'find "$1" -name manifest.json -exec sha256sum {} +';
      return [
        lister('find + sha256sum', coreutils, '/bin/sh', ['-c', hashScript, 'sh', images]),
        lister(ociregistry.name, ociregistry, program, ['list', '--images', images]),
      ];
    },
  };
};
