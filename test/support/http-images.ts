import type { Log } from '../../api/log.ts';
import type { Descriptor } from '../../api/oci/descriptor.ts';
import { OCI_INDEX } from '../../api/oci/media-types.ts';
import { MemoryRegistry } from '../../api/memory-registry.ts';
import { createApp, type AppOptions } from '../../api/http/app.ts';
import { serveApp, type Served } from './http-client.ts';
import { blobsOf, manifestsOf, tinyImage, tinyIndex, type TinyImage, type TinyIndex } from './tiny-image.ts';

/** Names that a path could be misread for. */
export const ODD_NAMES = [
  'manifests',
  'a/tags/list',
  'a/manifests/b',
  'a/blobs/uploads',
  'docker.io/library/deep/er',
  '0',
];

export const index = tinyIndex([tinyImage({ seed: 'amd' }), tinyImage({ seed: 'arm', architecture: 'arm64' })]);
export const dockerImage = tinyImage({ docker: true });
/** As an indented file would be: nothing of it may be lost on the way. */
export const spaced = Buffer.from(
  `{\n  "schemaVersion": 2,  "mediaType": "${OCI_INDEX}", "zz": "\u00e9", "manifests": [ ]\n}\n`,
);
export const bytes2048 = Buffer.from(Array.from({ length: 2048 }, (_, i) => (i * 7 + (i >> 8)) % 256));
export const UNKNOWN_TYPE = 'application/vnd.example.thing.v3+json';

export interface Images {
  readonly registry: MemoryRegistry;
  readonly blob: Descriptor;
  readonly empty: Descriptor;
  readonly spaced: Descriptor;
}

/** `team/app` has a bit of everything; each odd name has one image. */
export function createImages(): Images {
  const registry = new MemoryRegistry();
  put(registry, 'team/app', index, 'latest');
  put(registry, 'team/app', dockerImage, 'docker');
  for (const name of ODD_NAMES) put(registry, name, tinyImage({ seed: name }), 'latest');
  return {
    registry,
    blob: registry.putBlob('team/app', bytes2048),
    empty: registry.putBlob('team/app', Buffer.alloc(0)),
    spaced: registry.putManifest('team/app', spaced, { tag: 'spaced', mediaType: OCI_INDEX }),
  };
}

export function put(registry: MemoryRegistry, name: string, image: TinyImage | TinyIndex, tag: string): void {
  for (const { bytes } of blobsOf(image)) registry.putBlob(name, bytes);
  for (const { bytes, digest } of manifestsOf(image).toReversed()) {
    registry.putManifest(name, bytes, digest === image.manifest.digest ? { tag } : {});
  }
}

export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} } as unknown as Log;

/** The app over a registry, on a listener of its own. */
export async function serve(
  registry: AppOptions['registry'] & AppOptions['lister'],
  options: Partial<AppOptions> = {},
): Promise<Served> {
  return serveApp(await createApp({ registry, lister: registry, log: silentLog, ...options }));
}
