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
  readonly #folders: Readonly<Record<Scenario['images'], string>>;
  readonly #peers: readonly Peer[];
  readonly #filled = new Map<Scenario['images'], FilledSet>();

  /** Needs a folder for each set. */
  constructor(folders: Readonly<Record<Scenario['images'], string>>, peers: readonly Peer[]) {
    this.#folders = folders;
    this.#peers = peers;
  }

  get(name: Scenario['images']): FilledSet {
    const filled = this.#filled.get(name) ?? this.#fill(name);
    this.#filled.set(name, filled);
    return filled;
  }

  #fill(name: Scenario['images']): FilledSet {
    const folder = this.#folders[name];
    const store = new ImageStore(join(folder, 'store'));
    const images = name === 'few' ? store.makeFew() : store.makeMany();
    const folderOf = ({ layout }: Peer): string => join(folder, layout);
    const layouts = new Map(this.#peers.map((peer) => [peer.layout, peer]));
    for (const peer of layouts.values()) peer.fill(images, folderOf(peer));
    return { images, folderOf };
  }
}
