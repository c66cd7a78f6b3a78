import { join } from 'node:path';
import { write } from '../peers/links.ts';
import { nginx } from '../peers/nginx.ts';
import type { Service } from '../peers/peer.ts';

/** Where it tells how many connections it is busy with. */
export const STATUS_PATH = '/status';
export const TOKEN_PATH = '/token';
/** `GET /v2/a/blobs/sha256:… 200 1024`: what was asked, the status, and the bytes of the body that left. */
export const ASKED_LOG = 'asked.log';

export interface FrontOptions {
  /** Of the registry behind. Its storage is the data of this server. */
  readonly origin: string;
  /** On each connection; 0: as many as there are. */
  readonly bytesPerSecond: number;
  /** The token service, when one is wanted. It seems to be at the same place as the registry, as distribution 3 trusts no other when
   *  it pulls from an address. */
  readonly tokenService: string | undefined;
}

/** nginx before a registry: it notes what was asked and limits each connection. Blobs it sends from the registry's storage, when the
 *  registry lets the client have them: an upstream is elsewhere, so it is to take as little of this machine as can be. */
export const nginxFront = (options: FrontOptions): Service => ({
  ...nginx,
  launch(data, work, port) {
    const file = join(work, 'nginx.conf');
    write(file, configuration({ ...options, data, work, port }));
    return { args: ['-c', file, '-e', join(work, 'error.log')] };
  },
});

interface Front extends FrontOptions {
  readonly data: string;
  readonly work: string;
  readonly port: number;
}

const configuration = ({ origin, bytesPerSecond, tokenService, data, work, port }: Front): string => `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${work}/nginx.pid;
error_log ${work}/error.log error;
events { worker_connections 4096; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${work}/temp;`).join(' ')}
  log_format asked "$request_method $uri $status $body_bytes_sent";
  access_log ${work}/${ASKED_LOG} asked;
  sendfile on;
  keepalive_requests 1000000;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  upstream registry { server ${new URL(origin).host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://registry; }
    location ~ "^/v2/.+/blobs/sha256:(?<hex>(?<start>[0-9a-f]{2})[0-9a-f]{62})$" {
      ${tokenService === undefined ? '' : 'auth_request /may-have;'}
      limit_rate ${bytesPerSecond};
      types { }
      default_type application/octet-stream;
      add_header Docker-Content-Digest sha256:$hex;
      alias ${data}/docker/registry/v2/blobs/sha256/$start/$hex/data;
    }
    location = ${STATUS_PATH} { access_log off; stub_status; }
    location = /may-have {
      internal;
      proxy_method HEAD;
      proxy_pass http://registry$request_uri;
    }
    ${tokenService === undefined ? '' : `location = ${TOKEN_PATH} { access_log off; proxy_pass ${tokenService}; }`}
  }
}
`;
