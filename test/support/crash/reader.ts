import assert from 'node:assert/strict';
import { blobsOf, type Piece, type TinyImage } from '../tiny-image.ts';
import type { Seeded } from './seeded.ts';

/** In how many parts a blob is fetched by who fetches it in parts. */
const PARTS = 3;

/** A repository of a registry, and the image that is called `v1` there. */
export interface Published {
  readonly name: string;
  readonly image: TinyImage;
}

/** The registry was gone before an answer was whole. */
export class CutOff extends Error {}

/** Pulls an image from a registry that may be killed meanwhile, and holds every byte of every answer against it. Throws {@link CutOff}
 *  when an answer does not come to its end. */
export async function pullImage(random: Seeded, url: string, { name, image }: Published): Promise<void> {
  await expect(`${url}/v2/${name}/manifests/v1`, image.manifest.bytes);
  const isInParts = random.below(1) < 0.5;
  for (const blob of shuffled(random, blobsOf(image))) {
    const path = `${url}/v2/${name}/blobs/${blob.digest}`;
    if (isInParts) await expectInParts(path, blob);
    else await expect(path, blob.bytes);
  }
}

/** As containerd does: it asks for all, looks at the beginning, hangs up, and comes back for the parts. */
async function expectInParts(path: string, { bytes }: Piece): Promise<void> {
  const probe = await ask(path, { range: 'bytes=0-' });
  assert.equal(probe.status, 206, path);
  await probe.body?.cancel();
  const length = Math.ceil(bytes.length / PARTS);
  const starts = Array.from({ length: PARTS }, (_, i) => i * length).filter((start) => start < bytes.length);
  const parts = starts.map((start) => {
    const end = Math.min(start + length, bytes.length);
    return expect(path, bytes.subarray(start, end), { range: `bytes=${start}-${end - 1}` });
  });
  // All of them, so that none goes on unheard when one is cut.
  const results = await Promise.allSettled(parts);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function expect(path: string, bytes: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const answer = await ask(path, headers);
  const body = Buffer.from(await answer.arrayBuffer().catch(cutOff));
  assert.equal(answer.status, 'range' in headers ? 206 : 200, `${path}: ${body.toString('utf8', 0, 500)}`);
  assert.ok(body.equals(bytes), `${path}: ${body.length} bytes, which are not the ${bytes.length} that were expected`);
}

const ask = (path: string, headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(path, { headers }).catch(cutOff);

function cutOff(cause: unknown): never {
  throw new CutOff('the answer was cut off', { cause });
}

function shuffled<T>(random: Seeded, things: readonly T[]): T[] {
  return things
    .map((thing) => ({ thing, at: random.below(1) }))
    .sort((a, b) => a.at - b.at)
    .map(({ thing }) => thing);
}
