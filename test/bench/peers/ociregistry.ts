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
    for (const image of images) {
      if (format === 'oci-layout') writeLayout(data, image);
      else for (const tag of image.tags) writeSkopeoDir(join(data, image.repository, tag), image);
    }
  },

  launch: (data, _work, port) => ({
    args: ['serve', '--images', data, '--port', String(port), '--log-format', 'json'],
  }),
};

function writeLayout(data: string, { repository, tags, manifest, blobs }: StoredImage): void {
  const folder = join(data, repository);
  for (const bytes of [manifest, ...blobs]) link(bytes.path, join(folder, 'blobs', 'sha256', hexOf(bytes)));
  write(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const manifests = tags.map((tag) => ({
    ...describe(manifest),
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  write(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

function writeSkopeoDir(folder: string, { manifest, blobs }: StoredImage): void {
  link(manifest.path, join(folder, 'manifest.json'));
  for (const blob of blobs) link(blob.path, join(folder, hexOf(blob)));
}
