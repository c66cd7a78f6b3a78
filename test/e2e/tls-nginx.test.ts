import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { clientTests } from '../support/clients/client-test.ts';
import { run, runRefused } from '../support/clients/command.ts';
import { startDaemon } from '../support/clients/daemon.ts';
import { eventually } from '../support/clients/eventually.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve, type Served } from '../support/clients/served.ts';
import { Authority } from '../support/upstream/certificates.ts';

interface Lab {
  /** As nginx shows it: `https://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly registry: Served;
  readonly ca: string;
}

/** nginx ends TLS, and passes on to our registry, which trusts it. */
const behindNginx = clientTests<Lab>(['nginx', 'openssl', 'curl'], async (stack) => {
  const folder = stack.use(await tempFolder('tls-nginx')).path;
  await Promise.all(['images', 'temp'].map((name) => mkdir(join(folder, name))));
  const authority = await Authority.create(folder);
  const server = await authority.server('server');
  await writeFile(join(folder, 'ociregistry.yaml'), 'listen: { trustedProxies: [127.0.0.1] }');
  const flags = ['--sample', '--config', join(folder, 'ociregistry.yaml')];
  const registry = stack.use(await serve(join(folder, 'images'), ...flags));
  const config = join(folder, 'nginx.conf');
  const port = await freePort();
  await writeFile(config, configuration(folder, port, registry.url, server));
  stack.use(
    await startDaemon({
      name: 'nginx',
      file: tool('nginx'),
      args: ['-c', config, '-e', join(folder, 'error.log')],
      ready: () => answers(port),
    }),
  );
  return { origin: `https://127.0.0.1:${port}`, registry, ca: authority.pair.certFile };
});

const configuration = (
  folder: string,
  port: number,
  upstream: string,
  { certFile, keyFile }: { certFile: string; keyFile: string },
): string => `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/temp;`).join(' ')}
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certFile};
    ssl_certificate_key ${keyFile};
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffering off;
    }
  }
}`;

behindNginx('an image is pulled, and the log has the client, not nginx', async ({ origin, registry, ca }) => {
  const url = `${origin}/v2/sample/hello/manifests/latest`;
  const from = ['--interface', '127.0.0.2'];
  const { stdout } = await run(tool('curl'), ['-sS', '--fail', '--cacert', ca, ...from, url]);
  assert.equal((JSON.parse(stdout) as { schemaVersion: number }).schemaVersion, 2);
  await eventually('it is logged', () => clientsOf(registry).includes('127.0.0.2'));
});

behindNginx('who speaks past nginx says nothing of who they are', async ({ registry }) => {
  const claim = ['-H', 'X-Forwarded-For: 198.51.100.7'];
  const from = ['--interface', '127.0.0.3'];
  await run(tool('curl'), ['-sS', '--fail', ...from, ...claim, `${registry.url}/v2/`]);
  await eventually('it is logged', () => clientsOf(registry).includes('127.0.0.3'));
  assert.ok(!clientsOf(registry).includes('198.51.100.7'));
});

behindNginx('a claim that came to nginx is not believed either', async ({ origin, registry, ca }) => {
  const claim = ['-H', 'X-Forwarded-For: 198.51.100.8'];
  await run(tool('curl'), ['-sS', '--fail', '--interface', '127.0.0.4', ...claim, '--cacert', ca, `${origin}/v2/`]);
  await eventually('it is logged', () => clientsOf(registry).includes('127.0.0.4'));
  assert.ok(!clientsOf(registry).includes('198.51.100.8'));
});

behindNginx('a certificate of an unknown authority is refused by the client', async ({ origin }) => {
  await runRefused(tool('curl'), ['-sS', '--fail', `${origin}/v2/`]);
});

const clientsOf = (registry: Served): unknown[] =>
  registry
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => (JSON.parse(line) as { client?: unknown }).client);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
