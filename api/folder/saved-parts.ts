import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import type { Tag } from '../oci/reference.ts';
import { DockerSave, type TaggedImage } from './docker-save.ts';
import type { Files } from './files.ts';
import { parseImageName } from './image-name.ts';
import { badName, MAX_NAMES, openedOnce } from './image-part.ts';
import type { ImageParts } from './image-parts.ts';
import { parseJsonList } from './json-file.ts';
import { NotServed } from './not-served.ts';
import { addProblem } from './problem-list.ts';
import { SavedFiles, type Hasher } from './saved-files.ts';
import { makeImage, parseSavedImages, type MadeImage, type SavedImage } from './saved-image.ts';

/** The repositories of what `docker save` wrote, by the `RepoTags` in its `manifest.json`: all tags of all images count.
 *  `itself` is that of an image without one. Throws NotServed. */
export async function savedParts(
  files: Files,
  path: string,
  itself: string,
  hasher: Hasher,
  problems: string[],
): Promise<Pick<ImageParts, 'parts' | 'names'>> {
  const file = `${path}/manifest.json`;
  const { bytes } = await files.read(file, MAX_MANIFEST_BYTES);
  const images = parseSavedImages(file, parseJsonList(file, bytes));
  const names = images.reduce((sum, image) => sum + Math.max(image.names.length, 1), 0);
  if (names > MAX_NAMES) throw new NotServed(`${file}: ${names} names of images, at most ${MAX_NAMES} are read`);
  const saved = new SavedFiles(files, hasher);
  const made = new Map<SavedImage, MadeImage>();
  // One image may have any number of names.
  const make = async (image: SavedImage): Promise<MadeImage> => {
    const known = made.get(image) ?? (await makeImage(saved, path, image));
    made.set(image, known);
    return known;
  };
  const open = (tagged: readonly TaggedImage[]) => () => DockerSave.open(files, path, tagged, make);
  const [only, ...others] = images;
  if (only && others.length === 0 && only.names.length === 0) {
    const alone = { saved: only, tags: ['latest' as Tag] };
    return { parts: new Map([[itself, openedOnce(open([alone]), { isNamed: false })]]), names };
  }
  const named = images.flatMap((image) =>
    [...tagsByRepository(image.names, problems)].map(([repository, tags]) => ({ repository, saved: image, tags })),
  );
  const byRepository = Map.groupBy(named, ({ repository }) => repository);
  return {
    parts: new Map([...byRepository].map(([name, tagged]) => [name, openedOnce(open(tagged), { isNamed: true })])),
    names,
  };
}

function tagsByRepository(names: readonly string[], problems: string[]): Map<string, Tag[]> {
  const byRepository = new Map<string, Tag[]>();
  if (names.length === 0) addProblem(problems, 'manifest.json: an image without a name beside others');
  for (const text of names) {
    const name = parseImageName(text);
    if (name?.tag === undefined) {
      addProblem(problems, `manifest.json: ${badName(text)}`);
      continue;
    }
    const tags = byRepository.get(name.repository) ?? [];
    byRepository.set(name.repository, tags);
    tags.push(name.tag);
  }
  return byRepository;
}
