import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { requireProgram } from './find-program.ts';
import { hexOf, type StoredImage } from './images.ts';
import { link, write } from './peers/links.ts';
import { runProgram } from './run-program.ts';

/** Packs what is in a folder into an uncompressed archive. */
export async function packFolder(folder: string, file: string): Promise<void> {
  // Sorted and without `./`, as the tools write them that archive images.
  const names = readdirSync(folder).sort();
  await runProgram(requireProgram('tar'), ['-C', folder, '--sort=name', '-cf', file, ...names]);
}

/** Lays out an image as `docker save` does, up to version 24. Its layers have to be plain tar archives. */
export function layOutAsDockerSave(folder: string, { repository, tags, blobs }: StoredImage): void {
  const [config, ...layers] = blobs;
  const configName = `${hexOf(config!)}.json`;
  link(config!.path, join(folder, configName));
  const names = layers.map((layer) => `${hexOf(layer)}/layer.tar`);
  for (const [i, name] of names.entries()) link(layers[i]!.path, join(folder, name));
  const document = [{ Config: configName, RepoTags: tags.map((tag) => `${repository}:${tag}`), Layers: names }];
  write(join(folder, 'manifest.json'), JSON.stringify(document));
}
