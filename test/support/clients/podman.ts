import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Output } from './command.ts';
import { killLeftovers } from './daemon.ts';
import { tool } from './requires.ts';
import { tempFolder } from './run-folder.ts';

/** podman and buildah over an image store of their own; neither has a daemon. */
export interface Podman extends AsyncDisposable {
  readonly folder: string;
  readonly podman: (...args: readonly string[]) => Promise<Output>;
  readonly buildah: (...args: readonly string[]) => Promise<Output>;
}

/** `registries` is the text of a `registries.conf`, nothing for no mirrors. */
export async function preparePodman(registries = ''): Promise<Podman> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder('podman')).path;
  stack.defer(() => killLeftovers(folder));
  // Small limits, because raising them needs a capability that containers on CI machines often lack; runc, because
  // crun refuses a machine that has both versions of cgroups.
  await writeFile(
    join(folder, 'containers.conf'),
    `[containers]
default_ulimits = ["nofile=1024:20000", "nproc=1024:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${folder}/tmp"
`,
  );
  await writeFile(
    join(folder, 'storage.conf'),
    `[storage]
driver = "vfs"
graphroot = "${folder}/root"
runroot = "${folder}/run"
`,
  );
  await writeFile(
    join(folder, 'registries.conf'),
    `unqualified-search-registries = []
short-name-mode = "disabled"
${registries}`,
  );
  const env = {
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
    TMPDIR: folder,
  };
  return {
    folder,
    podman: (...args) => run(tool('podman'), args, { env, cwd: folder }),
    buildah: (...args) => run(tool('buildah'), args, { env, cwd: folder }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
