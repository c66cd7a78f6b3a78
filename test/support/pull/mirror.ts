import { join } from 'node:path';
import { tempFolder } from '../clients/run-folder.ts';
import { serve, type Served } from '../clients/served.ts';
import { blobsOf, piecesOf, type Piece, type TinyImage, type TinyIndex } from '../tiny-image.ts';
import { startDistribution, type Distribution } from '../upstream/distribution.ts';
import { FaultyProxy } from '../upstream/faulty-proxy.ts';
import { pushImage } from './push-image.ts';
import { amd64Of } from './runnable-image.ts';

const HOSTS = ['docker.io', 'quay.io'] as const;
type MirroredHost = (typeof HOSTS)[number];

/** By its full name at an upstream: `quay.io/team/app:v1`. */
export type MirroredReference = `${MirroredHost}/${string}:${string}`;

/** What clients print when an upstream is out of reach. */
export const UNAVAILABLE = /\b50[234] (?:Bad Gateway|Service Unavailable|Gateway Timeout)|StatusCode: 50[234]\b/;

/** What stands in for a host: a registry of the distribution project, and in front of it what counts. */
interface Upstream {
  readonly registry: Distribution;
  /** What the registry stores. */
  readonly data: string;
  readonly proxy: FaultyProxy;
}

/** The program, made a mirror of Docker Hub and quay.io by one command. */
export interface Mirror {
  readonly server: Served;
  readonly folder: string;
  /** What it was started with, for `serve`. */
  readonly images: string;
  readonly flags: readonly string[];
  readonly upstreams: Readonly<Record<MirroredHost, Upstream>>;
  /** Puts an image into the registry that it is to be pulled from. */
  readonly push: (reference: MirroredReference, image: TinyImage | TinyIndex) => Promise<void>;
  /** What the upstreams were asked since the last time, sorted: `quay.io GET /v2/team/app/manifests/v1`. */
  readonly takeAsked: () => string[];
  /** Ends them for good. Nothing listens there any more. */
  readonly killUpstreams: () => Promise<void>;
}

/** What is started is stopped with `stack`. */
export async function startMirror(stack: AsyncDisposableStack): Promise<Mirror> {
  const folder = stack.use(await tempFolder('mirror')).path;
  const running = stack.use(new AsyncDisposableStack());
  const [hub, quay] = await Promise.all(HOSTS.map((host) => startUpstream(running, folder, host)));
  const upstreams = { 'docker.io': hub!, 'quay.io': quay! };
  const images = join(folder, 'images');
  const named = HOSTS.flatMap((host) => ['--upstream', `${host}=${upstreams[host].proxy.origin}`]);
  const flags = [...named, '--default-upstream', 'docker.io'];
  return {
    server: stack.use(await serve(images, ...flags)),
    folder,
    images,
    flags,
    upstreams,
    push: (reference, image) => {
      const { host, name, tag } = split(reference);
      return pushImage(upstreams[host].registry.url, name, tag, image);
    },
    takeAsked: () =>
      HOSTS.flatMap((host) => upstreams[host].proxy.lines.splice(0).map((line) => `${host} ${line}`)).sort(),
    killUpstreams: () => running.disposeAsync(),
  };
}

/** What the upstream is asked, as `takeAsked` has it, when a client pulls an index by its tag: the index itself, and each of
 *  these parts of it once. */
export function eachOnce(
  reference: MirroredReference,
  index: TinyIndex,
  parts: readonly Piece[] = piecesOf(amd64Of(index)),
): string[] {
  const { host, name, tag } = split(reference);
  const blobs = new Set(blobsOf(index));
  const paths = parts.map((part) => `${blobs.has(part) ? 'blobs' : 'manifests'}/${part.digest}`);
  return [`manifests/${tag}`, ...paths].map((path) => `${host} GET /v2/${name}/${path}`).sort();
}

async function startUpstream(running: AsyncDisposableStack, folder: string, host: MirroredHost): Promise<Upstream> {
  const data = join(folder, host);
  const registry = running.use(await startDistribution({ folder, data }));
  const proxy = running.use(await FaultyProxy.start(registry.url));
  return { registry, data, proxy };
}

function split(reference: MirroredReference): { host: MirroredHost; name: string; tag: string } {
  const [, host, name, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? [];
  return { host: host as MirroredHost, name: name!, tag: tag! };
}
