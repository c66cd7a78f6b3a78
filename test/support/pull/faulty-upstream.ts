import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { tempFolder } from '../clients/run-folder.ts';
import { tinyImage, type Piece, type TinyImage } from '../tiny-image.ts';
import { startDistribution } from '../upstream/distribution.ts';
import { FaultyProxy } from '../upstream/faulty-proxy.ts';
import { pushImage } from './push-image.ts';
import { startCache, type Cache, type Got } from './cache.ts';

/** An image of its own for each test, in a host of its own, so that no breaker and no blob of another one counts. */
export class Subject {
  readonly image: TinyImage;
  readonly #name: string;
  readonly #cache: Cache;

  constructor(name: string, image: TinyImage, cache: Cache) {
    this.#name = name;
    this.image = image;
    this.#cache = cache;
  }

  get host(): string {
    return `${this.#name}.example`;
  }

  get layer(): Piece {
    return this.image.layers[0]!;
  }

  get tagPath(): string {
    return `/v2/${this.#name}/manifests/v1`;
  }

  get digestPath(): string {
    return `/v2/${this.#name}/manifests/${this.image.manifest.digest}`;
  }

  get layerPath(): string {
    return `/v2/${this.#name}/blobs/${this.layer.digest}`;
  }

  /** Asks for one of them. */
  get(path: string, range?: string): Promise<Got> {
    return this.#cache.ask(`${path}?ns=${this.host}`, range === undefined ? {} : { headers: { range } });
  }

  /** All of it, so that it is kept whole. */
  async pull(): Promise<void> {
    const blobs = [this.image.config, ...this.image.layers].map(({ digest }) => `/v2/${this.#name}/blobs/${digest}`);
    for (const path of [this.tagPath, ...blobs]) await this.get(path);
  }
}

interface FaultyUpstream<Name extends string> {
  readonly cache: Cache;
  /** Asked by all hosts. */
  readonly proxy: FaultyProxy;
  /** The second endpoint of those that have one. */
  readonly second: FaultyProxy;
  readonly subjects: Readonly<Record<Name, Subject>>;
}

interface Options<Name extends string> {
  readonly names: readonly Name[];
  /** Of the layer of each image. */
  readonly layerBytes: number;
  /** More of each host's configuration. */
  readonly more?: object;
  /** Have two endpoints. */
  readonly withSecond?: readonly Name[];
}

/** A registry behind what makes faults, and the program in front of it. */
export async function startFaultyUpstream<Name extends string>(
  stack: AsyncDisposableStack,
  { names, layerBytes, more, withSecond = [] }: Options<Name>,
): Promise<FaultyUpstream<Name>> {
  const folder = stack.use(await tempFolder('faulty-upstream')).path;
  const registry = stack.use(await startDistribution({ folder, data: join(folder, 'data') }));
  const proxy = stack.use(await FaultyProxy.start(registry.url));
  const second = stack.use(await FaultyProxy.start(registry.url));
  const upstreams = names.map((name) => {
    const urls = [proxy.origin, ...(withSecond.includes(name) ? [second.origin] : [])];
    return [`${name}.example`, { endpoints: urls.map((url) => ({ url })), ...more }] as const;
  });
  const cache = stack.use(await startCache({ config: { upstreams: Object.fromEntries(upstreams) } }));
  const subjects: Partial<Record<Name, Subject>> = {};
  for (const name of names) {
    const image = tinyImage({ seed: name, layers: [randomBytes(layerBytes)] });
    await pushImage(registry.url, name, 'v1', image);
    subjects[name] = new Subject(name, image, cache);
  }
  return { cache, proxy, second, subjects: subjects as Record<Name, Subject> };
}
