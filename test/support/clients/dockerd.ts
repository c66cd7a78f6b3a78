import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Output } from './command.ts';
import { listens } from './containerd.ts';
import { killLeftovers, startDaemon } from './daemon.ts';
import { tool } from './requires.ts';
import { tempFolder } from './run-folder.ts';

export interface Dockerd extends AsyncDisposable {
  /** Runs `docker` against it. */
  readonly docker: (...args: readonly string[]) => Promise<Output>;
}

/** Debian's Docker engine with its classic image store, without any network of its own. Flags as dockerd has them. */
export async function startDockerd(...flags: readonly string[]): Promise<Dockerd> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder('dockerd')).path;
  stack.defer(() => killLeftovers(folder));
  const socket = join(folder, 'docker.sock');
  await mkdir(join(folder, 'config'));
  await writeFile(join(folder, 'daemon.json'), '{}');
  const daemon = await startDaemon({
    name: 'dockerd',
    file: tool('dockerd'),
    args: [
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...[
        '--pidfile',
        join(folder, 'docker.pid'),
        '-H',
        `unix://${socket}`,
        '--config-file',
        join(folder, 'daemon.json'),
      ],
      ...['--storage-driver=vfs', '--iptables=false', '--ip6tables=false', '--bridge=none', ...flags],
    ],
    cwd: folder,
    // What a mirror lacks is asked of Docker Hub: that ends here, at a closed port.
    env: { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' },
    ready: async (started) => started.log().includes('API listen on') && (await listens(socket)),
  });
  stack.use(daemon);
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: join(folder, 'config'),
    DOCKER_BUILDKIT: '0',
    DOCKER_CONTEXT: 'default',
  };
  return {
    docker: (...args) => run(tool('docker'), args, { env }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
