import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startDaemon } from '../clients/daemon.ts';
import { tool } from '../clients/requires.ts';
import { freePort } from '../free-port.ts';
import type { Authority, Pair } from './certificates.ts';

/** One address that nginx answers at, over TLS. */
interface Front {
  readonly tls: Pair;
  /** Wants a certificate of every client. */
  readonly clientAuthority?: Authority;
}

interface NginxOptions {
  /** Where it keeps what it needs. */
  readonly folder: string;
  /** Whom it speaks for: `http://127.0.0.1:5000`. */
  readonly upstream: string;
}

export interface Nginx<Name extends string> extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` of each front. */
  readonly urls: Readonly<Record<Name, string>>;
}

/** nginx in front of a registry, as people put it there to speak TLS. */
export async function startNginx<Name extends string>(
  { folder, upstream }: NginxOptions,
  fronts: Readonly<Record<Name, Front>>,
): Promise<Nginx<Name>> {
  const work = join(folder, 'nginx');
  await mkdir(work);
  const servers: string[] = [];
  const ports: number[] = [];
  const urls: Partial<Record<Name, string>> = {};
  for (const name of Object.keys(fronts) as Name[]) {
    const port = await freePort();
    ports.push(port);
    urls[name] = `https://127.0.0.1:${port}`;
    servers.push(server(port, fronts[name], upstream));
  }
  const file = join(work, 'nginx.conf');
  await writeFile(file, configuration(work, servers));
  const daemon = await startDaemon({
    name: 'nginx',
    file: tool('nginx'),
    args: ['-c', file, '-e', join(work, 'error.log')],
    ready: async () => (await Promise.all(ports.map(isOpen))).every((open) => open),
  });
  return { urls: urls as Record<Name, string>, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() };
}

const configuration = (work: string, servers: readonly string[]): string => `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${work}/nginx.pid;
events { worker_connections 256; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${work}/temp;`).join(' ')}
  access_log off;
  ${servers.join('')}
}
`;

const server = (port: number, { tls, clientAuthority }: Front, upstream: string): string => `
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${tls.certFile};
    ssl_certificate_key ${tls.keyFile};
    ${clientAuthority ? `ssl_client_certificate ${clientAuthority.pair.certFile}; ssl_verify_client on;` : ''}
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
`;

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
