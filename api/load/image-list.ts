import { InvalidPullReference, parsePullReference } from '../oci/pull-reference.ts';
import { Problems } from './problems.ts';
import { mergeWanted, type WantedImage } from './wanted-image.ts';

/** Reads an image list: one reference a line, with tag or digest, `#` before comments. `file` is its name in what is told.
 *  Throws {@link InvalidList} with every line that is none. */
export function parseImageList(text: string, file: string): WantedImage[] {
  const problems = new Problems(file);
  problems.checkSize(text);
  const images: WantedImage[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    // What trim() takes away includes the byte order mark that editors leave.
    const written = line.replace(/(?:^|\s)#[^]*$/, '').trim();
    if (written === '') continue;
    try {
      images.push({ ...parsePullReference(written), platforms: [], at: problems.at(index + 1) });
    } catch (err) {
      if (!(err instanceof InvalidPullReference)) throw err;
      problems.add(index + 1, err.message);
    }
  }
  problems.check();
  return mergeWanted(images);
}
