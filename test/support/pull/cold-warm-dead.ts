import assert from 'node:assert/strict';
import type { TinyIndex } from '../tiny-image.ts';
import type { ClientTest } from '../clients/client-test.ts';
import { eachOnce, type Mirror, type MirroredReference } from './mirror.ts';

/** A client, two images that it pulls through a mirror, and how it pulls both as if it had never seen them. */
export interface PullLab {
  readonly mirror: Mirror;
  readonly hub: TinyIndex;
  readonly quay: TinyIndex;
  readonly pullAnew: () => Promise<void>;
}

/** What every client must see, in this order: each object is fetched once, then nothing is, then all of it is had without any
 *  upstream. `names` are those of the tests, `refs` those of the images. */
export function coldWarmDead(
  test: ClientTest<PullLab>,
  names: { readonly cold: string; readonly warm: string; readonly dead: string },
  refs: { readonly hub: MirroredReference; readonly quay: MirroredReference },
): void {
  test(names.cold, async ({ mirror, hub, quay, pullAnew }) => {
    await pullAnew();
    assert.deepEqual(mirror.takeAsked(), [...eachOnce(refs.hub, hub), ...eachOnce(refs.quay, quay)]);
  });
  test(names.warm, async ({ mirror, pullAnew }) => {
    await pullAnew();
    assert.deepEqual(mirror.takeAsked(), []);
  });
  test(names.dead, async ({ mirror, pullAnew }) => {
    await mirror.killUpstreams();
    await pullAnew();
  });
}
