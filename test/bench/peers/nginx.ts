import { join } from 'node:path';
import { findProgram } from '../find-program.ts';
import { blobPath, manifestPath, type ImageSet } from '../images.ts';
import { link, write } from './links.ts';
import type { Peer } from './peer.ts';

/** The yardstick: the answers as plain files, one worker, sendfile, and the headers that clients need. */
export const nginx: Peer = {
  name: 'nginx',
  program: findProgram('nginx'),
  versionArgs: ['-v'],
  layout: 'plain-files',

  fill({ images }: ImageSet, data: string): void {
    const paths = new Map<string, string[]>();
    for (const image of images) {
      const { repository, tags, manifest, blobs } = image;
      const tagged = tags.map((tag) => manifestPath(image, tag));
      for (const path of tagged) link(manifest.path, join(data, path));
      link(manifest.path, join(data, 'v2', repository, 'manifests', manifest.digest));
      for (const blob of blobs) link(blob.path, join(data, blobPath(image, blob)));
      paths.set(manifest.digest, [...(paths.get(manifest.digest) ?? []), ...tagged]);
    }
    const lines = [...paths].map(([digest, same]) => `"~^${commonStart(same)}" ${digest};\n`);
    write(join(data, 'digests.map'), lines.join(''));
  },

  launch(data, work, port) {
    const file = join(work, 'nginx.conf');
    write(file, configuration(data, work, port));
    return { args: ['-c', file, '-e', join(work, 'error.log')] };
  },
};

const configuration = (data: string, work: string, port: number): string => `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${work}/nginx.pid;
error_log ${work}/error.log warn;
events { worker_connections 4096; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${work}/temp;`).join(' ')}
  access_log ${work}/access.log;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  map_hash_bucket_size 256;
  map $uri $digest {
    default "";
    "~/manifests/(?<asked>sha256:[0-9a-f]+)$" $asked;
    include ${data}/digests.map;
  }
  server {
    listen 127.0.0.1:${port};
    root ${data};
    types { }
    location = /v2/ { default_type application/json; return 200 "{}"; }
    location ~ ^/v2/.+/manifests/[^/]+$ {
      default_type application/vnd.oci.image.manifest.v1+json;
      add_header Docker-Content-Digest $digest;
    }
    location ~ "^/v2/.+/blobs/(sha256:[0-9a-f]{64})$" {
      default_type application/octet-stream;
      add_header Docker-Content-Digest $1;
    }
  }
}
`;

/** Many tags of one manifest are one line of the map: 100,000 would be read at each start. */
function commonStart(paths: readonly string[]): string {
  let [start = ''] = paths;
  for (const path of paths) while (!path.startsWith(start)) start = start.slice(0, -1);
  return start;
}
