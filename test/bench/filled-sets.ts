import { join } from 'node:path';
import { ImageStore, type ImageSet } from './images.ts';
import type { Peer } from './peers/peer.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** The images of a scenario, and where each peer has them. */
export interface FilledSet {
  readonly images: ImageSet;
  readonly folderOf: (peer: Peer) => string;
}

/** Makes the sets of images, and lays each out for all peers, when a scenario first wants it. */
export class FilledSets {
  readonly #temporary: string;
  readonly #peers: readonly Peer[];
  readonly #store: ImageStore;
  readonly #filled = new Map<Scenario['images'], FilledSet>();

  constructor(temporary: string, peers: readonly Peer[]) {
    this.#temporary = temporary;
    this.#peers = peers;
    this.#store = new ImageStore(join(temporary, 'store'));
  }

  get(name: Scenario['images']): FilledSet {
    const filled = this.#filled.get(name) ?? this.#fill(name);
    this.#filled.set(name, filled);
    return filled;
  }

  #fill(name: Scenario['images']): FilledSet {
    const images = name === 'few' ? this.#store.makeFew() : this.#store.makeMany();
    const folderOf = ({ layout }: Peer): string => join(this.#temporary, name, layout);
    const layouts = new Map(this.#peers.map((peer) => [peer.layout, peer]));
    for (const peer of layouts.values()) peer.fill(images, folderOf(peer));
    return { images, folderOf };
  }
}
