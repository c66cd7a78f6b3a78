import type { FaultyProxy } from '../../support/upstream/faulty-proxy.ts';
import { blobPath, manifestPath, type StoredBytes, type StoredImage } from '../images.ts';
import type { Patience } from '../peers/peer.ts';
import type { Server } from '../server.ts';
import { ask, type Reply } from './reply.ts';

/** What was seen. */
export interface Finding {
  readonly told: string;
  /** Whether it is what is wanted. */
  readonly isMet: boolean;
}

/** Something that happens to a cache and its upstream. */
export interface Case {
  readonly name: string;
  /** What this registry is to do then. */
  readonly wanted: string;
  /** Default: default. */
  readonly patience?: Patience;
  readonly run: (stage: Stage) => Promise<Finding>;
}

/** A cache that has nothing yet, and the upstream that it asks, which has one image and makes faults. */
export class Stage {
  readonly upstream: FaultyProxy;
  readonly image: StoredImage;
  readonly #server: Server;

  constructor(upstream: FaultyProxy, image: StoredImage, server: Server) {
    this.upstream = upstream;
    this.image = image;
    this.#server = server;
  }

  /** `127.0.0.1:5000/bench/a:latest` */
  get reference(): string {
    return `${new URL(this.#server.origin).host}/${this.image.repository}:${this.image.tags[0]!}`;
  }

  /** The largest blob of the image. */
  get layer(): StoredBytes {
    return this.image.blobs.at(-1)!;
  }

  get layerPath(): string {
    return blobPath(this.image, this.layer);
  }

  askByTag(): Promise<Reply> {
    return this.#ask(manifestPath(this.image, this.image.tags[0]!));
  }

  askByDigest(): Promise<Reply> {
    return this.#ask(manifestPath(this.image, this.image.manifest.digest));
  }

  askForLayer(range?: string): Promise<Reply> {
    return this.#ask(this.layerPath, range === undefined ? {} : { range });
  }

  #ask(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return ask(this.#server.url(path), headers);
  }
}
