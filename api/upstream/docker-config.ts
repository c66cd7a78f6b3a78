import { readFile } from 'node:fs/promises';
import { DOCKER_HUB, type RepositoryName } from '../oci/repository.ts';
import type { Credentials, CredentialsProvider } from './credentials.ts';
import { askCredentialHelper } from './credential-helper.ts';

/** The name that Docker keeps the login to Docker Hub under. */
const HUB_KEY = 'https://index.docker.io/v1/';
const HUB_ENDPOINTS = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

type Json = Readonly<Record<string, unknown>>;

/** Logins as `docker login`, `podman login`, `skopeo login`, `crane auth login` and `helm registry login` keep them.
 *  https://github.com/docker/cli/blob/v28.2.2/cli/config/configfile/file.go
 *  https://github.com/containers/image/blob/v5.36.0/docs/containers-auth.json.5.md */
export interface DockerConfig {
  /** For messages. */
  readonly file: string;
  /** By host, URL, or host and the beginning of a repository's name. */
  readonly auths: Json;
  /** Which program has the login to a host. */
  readonly credHelpers: Json;
  /** Which program has all other logins. */
  readonly credsStore?: string;
}

/** Reads a Docker `config.json` or a containers `auth.json`. Throws Error, naming the file, when it is not there or
 *  is none. */
export async function loadDockerConfig(file: string): Promise<DockerConfig> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (cause as Error).message;
    throw new Error(`${file}: ${reason}`, { cause });
  });
  return parseDockerConfig(text, file);
}

/** Throws Error, naming the file and what is wrong in it. */
export function parseDockerConfig(text: string, file: string): DockerConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // What the parser says shows the text around, which may be a password.
    throw new Error(`${file}: not JSON`);
  }
  if (!isObject(json)) throw new Error(`${file}: not a JSON object`);
  const { auths = {}, credHelpers = {}, credsStore = '' } = json;
  if (!isObject(auths)) throw new Error(`${file}: auths is not an object`);
  if (!isObject(credHelpers)) throw new Error(`${file}: credHelpers is not an object`);
  if (typeof credsStore !== 'string') throw new Error(`${file}: credsStore is not a name`);
  return { file, auths, credHelpers, ...(credsStore !== '' && { credsStore }) };
}

/** What the first of the files that knows the endpoint has to log in there. A file's own entry is looked for under
 *  the beginning of the repository's name, the longest first, then under the host; entries of Docker Hub under all
 *  its names. */
export function dockerConfigCredentials(configs: readonly DockerConfig[], endpointUrl: string): CredentialsProvider {
  const host = hostOf(new URL(endpointUrl).host);
  return async (repository) => {
    for (const config of configs) {
      const credentials = await find(config, host, repository);
      if (credentials) return credentials;
    }
    return undefined;
  };
}

async function find(config: DockerConfig, host: string, repository: RepositoryName): Promise<Credentials | undefined> {
  const { auths, credHelpers, credsStore, file } = config;
  for (const name of namesOf(host, repository)) {
    const helper = entryOf(credHelpers, name);
    if (helper) {
      const program = helper.value;
      if (typeof program !== 'string')
        throw new Error(`${file}: credHelpers[${JSON.stringify(helper.key)}] is not a name`);
      const credentials = await askCredentialHelper(program, helper.key);
      if (credentials) return credentials;
    }
    const entry = entryOf(auths, name);
    const own = entry && parseEntry(entry.value, `${file}: auths[${JSON.stringify(entry.key)}]`);
    if (own) return own;
  }
  if (credsStore === undefined) return undefined;
  return askCredentialHelper(credsStore, host === DOCKER_HUB ? HUB_KEY : host);
}

/** `quay.io/org/app`, `quay.io/org`, `quay.io`. */
function namesOf(host: string, repository: RepositoryName): string[] {
  const parts = repository.split('/');
  return [...parts.map((_, i) => `${host}/${parts.slice(0, parts.length - i).join('/')}`), host];
}

/** The entry that is called so, in any of the spellings that are in use. */
function entryOf(entries: Json, name: string): { key: string; value: unknown } | undefined {
  const key = Object.keys(entries).find((candidate) => nameOf(candidate) === name);
  return key === undefined ? undefined : { key, value: entries[key] };
}

/** A key in its one spelling. A URL, or what looks like the beginning of one (`quay.io/v2/`), means its host. */
export function nameOf(key: string): string {
  const [, scheme, address = ''] = /^(https?:\/\/)?(.*)$/is.exec(key) ?? [];
  const [host = '', ...path] = address.split('/').filter((part) => part !== '');
  const isVersion = path.length === 1 && /^v[12]$/.test(path[0]!);
  return scheme !== undefined || isVersion ? hostOf(host) : [hostOf(host), ...path].join('/');
}

/** Docker Hub by its name, others without the default port. */
function hostOf(address: string): string {
  const host = address.toLowerCase().replace(/:443$/, '');
  return HUB_ENDPOINTS.has(host) ? DOCKER_HUB : host;
}

/** Undefined when it holds nothing: `docker login` with a credential helper leaves an empty entry. Throws Error,
 *  starting with `at`. */
export function parseEntry(entry: unknown, at: string): Credentials | undefined {
  if (!isObject(entry)) throw new Error(`${at} is not an object`);
  const text = (key: string): string => {
    const value = entry[key] ?? '';
    if (typeof value !== 'string') throw new Error(`${at}.${key} is not a text`);
    return value;
  };
  const basic = parseAuth(text('auth'), at);
  const username = basic?.username ?? text('username');
  const password = basic?.password ?? text('password');
  const [identityToken, registryToken] = [text('identitytoken'), text('registrytoken')];
  if (identityToken !== '') return { ...(username !== '' && { username }), identityToken };
  if (registryToken !== '') return { bearerToken: registryToken };
  return username === '' && password === '' ? undefined : { username, password };
}

/** `user:password` in base64; the password may hold colons. */
function parseAuth(auth: string, at: string): { username: string; password: string } | undefined {
  if (auth === '') return undefined;
  // Docker pads some with zeros.
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  if (colon < 0 || !/^[A-Za-z0-9+/_\s-]*=*\s*$/.test(auth))
    throw new Error(`${at}.auth is not user:password in base64`);
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
