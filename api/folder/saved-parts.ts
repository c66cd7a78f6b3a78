import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import type { Tag } from '../oci/reference.ts';
import { DockerSave, type TaggedImage } from './docker-save.ts';
import type { Files } from './files.ts';
import { parseImageName } from './image-name.ts';
import { badName, openedOnce, type ImagePart } from './image-part.ts';
import { parseJsonList } from './json-list.ts';
import { parseSavedImages, type Hasher } from './saved-image.ts';

/** The repositories of what `docker save` wrote, by the `RepoTags` in its `manifest.json`: all tags of all images count.
 *  `itself` is that of an image without one. Throws NotServed. */
export async function savedParts(
  files: Files,
  path: string,
  itself: string,
  hasher: Hasher,
  problems: string[],
): Promise<Map<string, ImagePart>> {
  const file = `${path}/manifest.json`;
  const { bytes } = await files.read(file, MAX_MANIFEST_BYTES);
  const images = parseSavedImages(file, parseJsonList(file, bytes));
  const open = (tagged: readonly TaggedImage[]) => () => DockerSave.open(files, hasher, path, tagged);
  const [only, ...others] = images;
  if (only && others.length === 0 && only.names.length === 0) {
    const tagged = [{ saved: only, tags: ['latest' as Tag] }];
    return new Map([[itself, openedOnce(open(tagged), { isNamed: false })]]);
  }
  const byRepository = new Map<string, TaggedImage[]>();
  for (const saved of images) {
    for (const [repository, tags] of tagsByRepository(saved.names, problems)) {
      byRepository.set(repository, [...(byRepository.get(repository) ?? []), { saved, tags }]);
    }
  }
  return new Map([...byRepository].map(([name, tagged]) => [name, openedOnce(open(tagged), { isNamed: true })]));
}

function tagsByRepository(names: readonly string[], problems: string[]): Map<string, Tag[]> {
  const tags = new Map<string, Tag[]>();
  if (names.length === 0) problems.push('manifest.json: an image without a name beside others');
  for (const text of names) {
    const name = parseImageName(text);
    if (name?.tag === undefined) problems.push(`manifest.json: ${badName(text)}`);
    else tags.set(name.repository, [...(tags.get(name.repository) ?? []), name.tag]);
  }
  return tags;
}
