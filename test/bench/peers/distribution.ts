import { join } from 'node:path';
import { findProgram } from '../find-program.ts';
import { hexOf, type ImageSet, type StoredBytes } from '../images.ts';
import { link, write } from './links.ts';
import type { Peer } from './peer.ts';

/** The reference registry, configured as its own example is: descriptors cached in memory, access log on. */
const distribution = (name: string, program: string): Peer => ({
  name,
  program: findProgram(program),
  versionArgs: ['--version'],
  layout: 'distribution',
  fill,
  launch(data, work, port) {
    const file = join(work, 'config.yml');
    write(file, configuration(data, port));
    // Version 3 otherwise looks for a collector on this machine.
    return { args: ['serve', file], env: { OTEL_TRACES_EXPORTER: 'none' } };
  },
});

export const distributionV3 = distribution('distribution 3', 'registry');
export const dockerRegistry = distribution('docker-registry 2.8', 'docker-registry');

const configuration = (data: string, port: number): string => `
version: 0.1
log: { fields: { service: registry } }
storage:
  cache: { blobdescriptor: inmemory }
  filesystem: { rootdirectory: ${JSON.stringify(data)} }
  maintenance: { readonly: { enabled: true } }
http:
  addr: 127.0.0.1:${port}
  headers: { X-Content-Type-Options: [nosniff] }
health: { storagedriver: { enabled: true, interval: 10s, threshold: 3 } }
`;

/** As a push would leave it:
 *  https://github.com/distribution/distribution/blob/v3.1.2/registry/storage/paths.go */
function fill({ images }: ImageSet, data: string): void {
  const root = join(data, 'docker', 'registry', 'v2');
  const pointers = new Map<StoredBytes, string>();
  const point = (folder: string, bytes: StoredBytes): void => {
    const path = pointers.get(bytes) ?? join(data, 'pointers', hexOf(bytes));
    if (!pointers.has(bytes)) write(path, bytes.digest);
    pointers.set(bytes, path);
    link(path, join(folder, 'link'));
  };
  for (const { repository, tags, manifest, blobs } of images) {
    const folder = join(root, 'repositories', repository);
    for (const bytes of [manifest, ...blobs]) {
      link(bytes.path, join(root, 'blobs', 'sha256', hexOf(bytes).slice(0, 2), hexOf(bytes), 'data'));
    }
    for (const blob of blobs) point(join(folder, '_layers', 'sha256', hexOf(blob)), blob);
    point(join(folder, '_manifests', 'revisions', 'sha256', hexOf(manifest)), manifest);
    for (const tag of tags) point(join(folder, '_manifests', 'tags', tag, 'current'), manifest);
  }
}
