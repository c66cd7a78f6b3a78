import { fileURLToPath } from 'node:url';
import { startDaemon, type Daemon } from './daemon.ts';

/** The program of this repository; or another, such as an installed one. */
export const program =
  process.env['OCIREGISTRY_TEST_PROGRAM'] ?? fileURLToPath(new URL('../../../bin/ociregistry', import.meta.url));

/** Our registry, as a user has it: the program in a process of its own. */
export interface Served extends Daemon {
  /** `127.0.0.1:PORT`, as it stands in front of a repository in the name of an image. */
  readonly host: string;
  /** The number of the port alone. */
  readonly port: number;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** The requests it has answered so far, from its access log. */
  readonly requests: () => readonly AccessLine[];
}

/** What the access log says of one request. */
export interface AccessLine {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

/** Runs `bin/ociregistry serve --images DIR --port 0 …` and waits for its ready line. */
export async function serve(images: string, ...flags: readonly string[]): Promise<Served> {
  const readyLine = /^listening on (https?:\/\/(\S+:(\d+)))$/m;
  const daemon = await startDaemon({
    name: 'ociregistry',
    file: program,
    args: ['serve', '--images', images, '--port', '0', '--log-format', 'json', ...flags],
    // Another working directory than the repository's: a user is anywhere.
    cwd: '/',
    ready: (started) => readyLine.test(started.stdout()),
  });
  const [, url = '', host = '', port = ''] = readyLine.exec(daemon.stdout()) ?? [];
  return { ...daemon, host, port: Number(port), url, requests: () => accessLines(daemon.log()) };
}

function accessLines(log: string): readonly AccessLine[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Partial<AccessLine>)
    .filter((line): line is AccessLine => line.method !== undefined);
}
