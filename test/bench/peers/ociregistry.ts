import { join } from 'node:path';
import { describe, hexOf, type ImageSet, type StoredImage } from '../images.ts';
import { link, write } from './links.ts';
import { IDLE_LIMIT_MS, TAG_TTL_MS, type Peer, type PullThrough } from './peer.ts';

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

/** The same as a pull-through cache, whose patience only a file can tell. */
export const ociregistryPullThrough: PullThrough = {
  ...ociregistry,
  over: (url, patience = 'default') => ({
    ...ociregistry,
    launch(data, work, port) {
      const { args } = ociregistry.launch(data, work, port);
      const upstream = ['--default-upstream', HOST];
      if (patience === 'default') return { args: [...args, ...upstream, '--upstream', `${HOST}=${url}`] };
      const file = join(work, 'config.yaml');
      write(file, JSON.stringify({ upstreams: { [HOST]: impatient(url) } }));
      return { args: [...args, ...upstream, '--config', file] };
    },
  }),
};

const HOST = 'docker.io';

const impatient = (url: string): object => ({
  endpoints: [{ url }],
  tags: [{ match: '*', ttl: `${TAG_TTL_MS}ms` }],
  timeouts: { idle: `${IDLE_LIMIT_MS}ms` },
});

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
