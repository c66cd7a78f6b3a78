import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { startDaemon } from './daemon.ts';
import { tool } from './requires.ts';
import { tempFolder } from './run-folder.ts';

/** The registry that images are pushed to before a client takes them from there into a folder. */
export interface DockerRegistry extends AsyncDisposable {
  readonly host: string;
}

/** Debian's docker-registry on a free port of loopback. */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder('docker-registry')).path;
  const host = `127.0.0.1:${String(await freePort())}`;
  await writeFile(
    join(folder, 'config.yml'),
    `version: 0.1
storage: { filesystem: { rootdirectory: ${folder}/data } }
http: { addr: "${host}" }
`,
  );
  const daemon = await startDaemon({
    name: 'docker-registry',
    file: tool('docker-registry'),
    args: ['serve', join(folder, 'config.yml')],
    cwd: folder,
    ready: () =>
      fetch(`http://${host}/v2/`).then(
        (answer) => answer.ok,
        () => false,
      ),
  });
  stack.use(daemon);
  return { host, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
