import type { Credentials, CredentialsProvider } from '../api/upstream/credentials.ts';
import { dockerConfigCredentials, parseDockerConfig } from '../api/upstream/docker-config.ts';
import { ChangingFile } from './changing-file.ts';
import type { EndpointCredentials } from './config/upstream.ts';
import { describe } from './failure.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What logs in at an endpoint, by the key that says how. `open` rejects when it cannot be had, naming file or variable. */
interface Way {
  readonly key: string;
  readonly open: () => Promise<CredentialsProvider>;
}

/** What logs in at `url`. Files are read now, so that what is wrong with them is found, and at each use if they have changed. `mistake`
 *  is told key and reason. */
export async function openCredentials(
  credentials: EndpointCredentials,
  url: string,
  env: Env,
  mistake: (key: string, reason: string) => void,
): Promise<CredentialsProvider> {
  const { key, open } = wayOf(credentials, url, env);
  await open().catch((err: unknown) => mistake(`credentials.${key}`, describe(err)));
  return async (repository) => (await open())(repository);
}

function wayOf(credentials: EndpointCredentials, url: string, env: Env): Way {
  if ('passwordEnv' in credentials) {
    const { username, passwordEnv } = credentials;
    return {
      key: 'passwordEnv',
      open: () => readVariable(passwordEnv, env).then((password) => always({ username, password })),
    };
  }
  if ('passwordFile' in credentials) {
    const { username, passwordFile } = credentials;
    return inFile('passwordFile', passwordFile, (text) =>
      always({ username, password: parseSecret(text, passwordFile) }),
    );
  }
  if ('tokenFile' in credentials) {
    return inFile('tokenFile', credentials.tokenFile, (text) =>
      always({ bearerToken: parseToken(text, credentials.tokenFile) }),
    );
  }
  const { dockerConfig } = credentials;
  const parse = (text: string) => dockerConfigCredentials([parseDockerConfig(text, dockerConfig)], url);
  return inFile('dockerConfig', dockerConfig, parse);
}

function inFile(key: string, path: string, parse: (text: string) => CredentialsProvider): Way {
  const file = new ChangingFile(path, parse);
  return { key, open: () => file.value() };
}

const always =
  (credentials: Credentials): CredentialsProvider =>
  () =>
    Promise.resolve(credentials);

/** A secret may be anything but nothing; the newline that editors and `echo` leave is none of it. */
function parseSecret(text: string, file: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new Error(`${file}: empty`);
  return secret;
}

/** What a header can hold. */
function parseToken(text: string, file: string): string {
  const token = parseSecret(text, file);
  if (!/^[!-~]+$/.test(token)) throw new Error(`${file}: not a token: it has spaces, lines or letters beyond ASCII`);
  return token;
}

function readVariable(name: string, env: Env): Promise<string> {
  const value = env[name] ?? '';
  return value === '' ? Promise.reject(new Error(`the variable ${name} is not set`)) : Promise.resolve(value);
}
