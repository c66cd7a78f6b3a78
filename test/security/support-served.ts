import { join } from 'node:path';
import { startServe } from '../cmd/program.ts';
import { eventually } from '../support/clients/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage, type Piece } from '../support/tiny-image.ts';
import { writeOciLayout } from '../support/write-images.ts';
import { askRaw } from './support-wire.ts';

/** The program as strangers reach it, with the image `app:v1`. */
export interface Attacked extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** A blob of the image, of {@link AttackedOptions.layerBytes} or so. */
  readonly layer: Piece;
  /** Where `layer` is. */
  readonly blobPath: string;
  /** What the access log has so far, whole once this is called. */
  readonly logged: () => Promise<readonly Logged[]>;
}

/** A line of the access log. */
export interface Logged {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes?: number;
}

interface AttackedOptions {
  readonly images?: string;
  /** Of chance, so they stay as many when they are packed. */
  readonly layer?: Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the program over a folder of its own. */
export async function startAttacked({
  images = join(tempFolder(), 'images'),
  layer,
  env = {},
}: AttackedOptions = {}): Promise<Attacked> {
  const image = tinyImage({ seed: 'attacked', ...(layer && { layers: [layer] }) });
  await writeOciLayout(join(images, 'app'), [{ image, tag: 'v1' }]);
  const served = await startServe(['--images', images], { env });
  const [blob] = image.layers;
  let marks = 0;
  return {
    url: served.url,
    pid: served.child.pid!,
    layer: blob!,
    blobPath: `/v2/app/blobs/${blob!.digest}`,
    logged: async () => {
      const mark = `/v2/mark-${++marks}/tags/list`;
      await askRaw(served.url, mark);
      await eventually(`${mark} is logged`, () => served.stderr().includes(`"${mark}"`));
      return requestsIn(served.stderr()).filter(({ path }) => !path.startsWith('/v2/mark-'));
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

const requestsIn = (log: string): Logged[] =>
  log
    .slice(0, log.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.includes('"path"'))
    .map((line) => JSON.parse(line) as Logged);
