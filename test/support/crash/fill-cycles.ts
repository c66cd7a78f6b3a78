import { join } from 'node:path';
import { descriptorOf, piece, tinyImage } from '../tiny-image.ts';
import { writeLayoutBlob, writeOciLayout } from '../write-images.ts';
import type { FillLab } from './fill-lab.ts';
import { pickMoment, showMoment } from './moments.ts';
import type { Published } from './reader.ts';
import { UPSTREAM } from './sources.ts';

/** So often is a registry killed before one is let fetch the rest. */
const KILLS_IN_A_ROW = 3;
/** What the fills take about, from where they begin to write. */
const FILLS_MS = 100;
const LARGE_BYTES = 3_000_000;

/** Two images with a layer in common that twenty readers pull through registries, of which each is killed; then through one that is
 *  not, which brings in the rest. */
export async function killFills(lab: FillLab, name: string): Promise<void> {
  const images = await publish(lab, name);
  for (let i = 0; i < KILLS_IN_A_ROW; i++) {
    const moment = pickMoment(lab.random, FILLS_MS);
    const { wasKilled, cutOff } = await lab.serve(images, moment);
    const how = wasKilled
      ? `was killed ${showMoment(moment)}, ${cutOff} readers cut off`
      : 'was killed when all had read';
    await lab.check(`a registry for ${name} ${how}`);
  }
  await lab.finish(images);
  await lab.check(`${name} was pulled to its end`);
}

/** Puts images into the upstream; gives what they are called when they are pulled through. */
async function publish({ random, upstreamRoot }: FillLab, prefix: string): Promise<Published[]> {
  const large = (): ReturnType<typeof piece> => piece(random.bytes(LARGE_BYTES), 'application/octet-stream');
  const shared = large();
  const published: Published[] = [];
  for (const half of ['a', 'b']) {
    const name = `${prefix}/${half}`;
    const layers = [shared, large(), piece(`small ${name}`, 'application/octet-stream')];
    const made = tinyImage({ seed: `${random.seed} ${name}`, more: { layers: layers.map(descriptorOf) } });
    const folder = join(upstreamRoot, name);
    await writeOciLayout(folder, [{ image: made, tag: 'v1' }]);
    for (const layer of layers) await writeLayoutBlob(folder, layer);
    published.push({ name: `${UPSTREAM}/${name}`, image: { ...made, layers } });
  }
  return published;
}
