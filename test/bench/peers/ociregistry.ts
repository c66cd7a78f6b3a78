import { join } from 'node:path';
import { describe, hexOf, type ImageSet, type StoredImage } from '../images.ts';
import { link, write } from './links.ts';
import type { Peer } from './peer.ts';

/** This registry, started as a user starts it. */
export const ociregistry: Peer = {
  name: 'ociregistry',
  program: join(import.meta.dirname, '..', '..', '..', 'bin', 'ociregistry'),
  versionArgs: ['--version'],
  layout: 'folder',

  fill({ images, format }: ImageSet, data: string): void {
    const lay = format === 'oci-layout' ? writeLayout : writeSkopeoDir;
    for (const image of images) lay(data, image);
  },

  launch: (data, _work, port) => ({
    args: ['serve', '--images', data, '--port', String(port), '--log-format', 'json'],
  }),
};

function writeLayout(data: string, { repository, tag, manifest, blobs }: StoredImage): void {
  const folder = join(data, repository);
  for (const bytes of [manifest, ...blobs]) link(bytes, join(folder, 'blobs', 'sha256', hexOf(bytes)));
  write(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = { schemaVersion: 2, manifests: [{ ...describe(manifest), annotations }] };
  write(join(folder, 'index.json'), JSON.stringify(index));
}

function writeSkopeoDir(data: string, { repository, tag, manifest, blobs }: StoredImage): void {
  const folder = join(data, repository, tag);
  link(manifest, join(folder, 'manifest.json'));
  for (const blob of blobs) link(blob, join(folder, hexOf(blob)));
}
