import { execFile } from 'node:child_process';
import type { Credentials } from './credentials.ts';

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** What helpers print when they have nothing, with exit code 1. */
const NOTHING = /credentials not found/i;
/** As it becomes the name of a program, it must not be a path. */
const NAME = /^[A-Za-z0-9][\w.-]*$/;
/** The user that stands for an identity token. */
const TOKEN_USER = '<token>';

/** Asks `docker-credential-<name>`, found on the PATH, what to log in with; undefined when it has nothing for
 *  `server`. Throws Error, naming the program.
 *  https://github.com/docker/docker-credential-helpers/tree/v0.9.3#development */
export async function askCredentialHelper(name: string, server: string): Promise<Credentials | undefined> {
  if (!NAME.test(name)) throw new Error(`not the name of a credential helper: ${JSON.stringify(name.slice(0, 100))}`);
  const program = `docker-credential-${name}`;
  const { failure, output } = await run(program, server);
  if (failure === undefined) return parseAnswer(output, program, server);
  if (NOTHING.test(output)) return undefined;
  // A helper that fails says why where its answer would be.
  const said = output.includes('{') ? '' : output.trim().split('\n', 1)[0]!.slice(0, 200);
  throw new Error(`${program} get for ${server}: ${said === '' ? reasonOf(failure) : said}`);
}

type Failure = Error & { readonly code?: string | number | null; readonly killed?: boolean };

function run(program: string, input: string): Promise<{ failure: Failure | undefined; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      ['get'],
      { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' },
      (err, stdout) => resolve({ failure: err ?? undefined, output: stdout }),
    );
    // One that ends without reading is told by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(`${input}\n`);
  });
}

function reasonOf({ code, killed }: Failure): string {
  if (code === 'ENOENT') return 'no such program';
  if (killed) return `no answer within ${TIMEOUT_MS} ms`;
  return `it failed (${code ?? 'ended by a signal'})`;
}

function parseAnswer(output: string, program: string, server: string): Credentials | undefined {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    // It is not shown: it may be a password.
  }
  const { Username: username, Secret: secret } = (json ?? {}) as Record<string, unknown>;
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw new Error(`${program} get for ${server}: its answer has no Username and Secret`);
  }
  if (username === TOKEN_USER) return { identityToken: secret };
  return username === '' && secret === '' ? undefined : { username, password: secret };
}
