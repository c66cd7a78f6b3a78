import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { run, type Output } from './command.ts';
import { killLeftovers, startDaemon, type Daemon } from './daemon.ts';
import { tool } from './requires.ts';
import { tempFolder } from './run-folder.ts';

export interface Containerd extends AsyncDisposable {
  readonly socket: string;
  /** Where containerd keeps what it pulled, one file for each digest. */
  readonly contentFolder: string;
  /** Runs ctr of the same version against it. */
  readonly ctr: (...args: readonly string[]) => Promise<Output>;
  /** Writes `certs.d/HOST/hosts.toml` and gives `certs.d`. */
  readonly configureHost: (host: string, hostsToml: string) => Promise<string>;
  /** Removes every image, and waits until its content is gone too. */
  readonly forget: () => Promise<void>;
}

/** Debian's containerd, with the CRI service that a kubelet talks to. */
export async function startContainerd(sandboxImage = 'none.test/pause:1'): Promise<Containerd> {
  return start('containerd', 'ctr', (folder) => ({
    version: 2,
    plugins: `
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  # Without CAP_SYS_RESOURCE a pod cannot be started otherwise.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${folder}/certs.d"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
`,
  }));
}

/** containerd 2, which fetches the parts of a large layer in parallel. */
export async function startContainerd2(): Promise<Containerd> {
  return start('containerd-2', 'ctr-2', (folder) => ({
    version: 3,
    plugins: `
disabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"]
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[plugins."io.containerd.transfer.v1.local"]
  max_concurrent_downloads = 4
  concurrent_layer_fetch_buffer = 8388608
  [[plugins."io.containerd.transfer.v1.local".unpack_config]]
    platform = "linux/amd64"
    snapshotter = "native"
    differ = "walking"
`,
  }));
}

async function start(
  daemonTool: string,
  ctrTool: string,
  configure: (folder: string) => { readonly version: number; readonly plugins: string },
): Promise<Containerd> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder(daemonTool)).path;
  stack.defer(() => killLeftovers(folder));
  const socket = join(folder, 'c.sock');
  const { version, plugins } = configure(folder);
  const [topLevel = '', ...tables] = plugins.split(/^(?=\[)/m);
  await writeFile(
    join(folder, 'config.toml'),
    `version = ${String(version)}
root = "${folder}/root"
state = "${folder}/state"
${topLevel}
[grpc]
  address = "${socket}"
${tables.join('')}`,
  );
  await mkdir(join(folder, 'certs.d'));
  const daemon: Daemon = await startDaemon({
    name: daemonTool,
    file: tool(daemonTool),
    args: ['-c', join(folder, 'config.toml')],
    cwd: folder,
    // It looks for the shim of its own version, which lies beside it.
    env: { PATH: [dirname(tool(daemonTool)), process.env['PATH']].join(delimiter) },
    ready: () => listens(socket),
  });
  stack.use(daemon);
  const ctr = (...args: readonly string[]) => run(tool(ctrTool), ['--address', socket, ...args]);
  return {
    socket,
    contentFolder: join(folder, 'root', 'io.containerd.content.v1.content', 'blobs', 'sha256'),
    ctr,
    configureHost: async (host, hostsToml) => {
      const hosts = join(folder, 'certs.d');
      await mkdir(join(hosts, host), { recursive: true });
      await writeFile(join(hosts, host, 'hosts.toml'), hostsToml);
      return hosts;
    },
    forget: async () => {
      for (const namespace of ['default', 'k8s.io']) {
        const lines = async (...args: readonly string[]) =>
          (await ctr('-n', namespace, ...args)).stdout.split('\n').filter((line) => line !== '');
        const images = await lines('images', 'ls', '-q');
        if (images.length > 0) await ctr('-n', namespace, 'images', 'rm', '--sync', ...images);
        for (const lease of await lines('leases', 'ls', '-q'))
          await ctr('-n', namespace, 'leases', 'rm', '--sync', lease);
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Whether something accepts connections on a Unix socket. */
export async function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => {
      resolve(false);
    });
  });
}
