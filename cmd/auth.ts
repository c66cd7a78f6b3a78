import type { JSONWebKeySet } from 'jose';
import { CanonicalNames } from '../api/auth/canonical-names.ts';
import type { Logins } from '../api/auth/caller.ts';
import { Gate } from '../api/auth/gate.ts';
import { parseHtpasswd } from '../api/auth/htpasswd.ts';
import { InvalidAuthFile } from '../api/auth/invalid-auth-file.ts';
import { parseJwks } from '../api/auth/jwks.ts';
import { PasswordChecks } from '../api/auth/password-checks.ts';
import { PasswordMemory, Passwords } from '../api/auth/passwords.ts';
import { Rules } from '../api/auth/rules.ts';
import type { TokenOptions, Tokens } from '../api/auth/tokens.ts';
import type { Host } from '../api/oci/repository.ts';
import type { NamesOf } from '../api/repository-names.ts';
import { readTextFile } from './changing-file.ts';
import type { Config } from './config.ts';
import type { AuthConfig } from './config/auth.ts';
import type { NamedFile } from './config/tls.ts';
import { describe, Problems } from './failure.ts';

type Names = Pick<Config, 'auth' | 'upstreams' | 'defaultUpstream'>;
type HasFolder = (host: Host) => boolean;

/** What compares passwords; it outlives a configuration, so that who is logged in stays so. */
export interface LoginChecks extends AsyncDisposable {
  readonly memory: PasswordMemory;
}

/** One for each process. Nothing is begun before the first login. */
export function openLoginChecks(): LoginChecks {
  const checks = new PasswordChecks();
  return { memory: new PasswordMemory(checks), [Symbol.asyncDispose]: () => checks[Symbol.asyncDispose]() };
}

/** What decides who is let in; undefined where everybody is. Throws {@link Problems} for files that cannot be used, each naming its key. */
export async function openGate(config: Names, hasFolder: HasFolder, checks: LoginChecks): Promise<Gate | undefined> {
  if (config.auth === undefined) return undefined;
  const logins = await openLogins(config.auth, checks.memory);
  return new Gate({ logins, rules: new Rules(config.auth) }, canonicalNames(config, hasFolder));
}

/** That the files are there and can be used. Throws {@link Problems}. */
export async function checkAuthFiles({ auth }: Pick<Config, 'auth'>): Promise<void> {
  await using checks = openLoginChecks();
  if (auth) await openLogins(auth, checks.memory);
}

/** The names that a repository may lie under; where not everybody may read everything, only those that are decided by the same name. */
export function namesToServe(
  config: Names,
  naming: (hasFolder: HasFolder) => NamesOf,
): (hasFolder: HasFolder) => NamesOf {
  if (config.auth === undefined || !new Rules(config.auth).isRestricted) return naming;
  return (hasFolder) => canonicalNames(config, hasFolder).apart(naming(hasFolder));
}

const canonicalNames = ({ upstreams, defaultUpstream }: Names, hasFolder: HasFolder): CanonicalNames =>
  new CanonicalNames({ hosts: new Set(upstreams.map(({ host }) => host)), defaultHost: defaultUpstream, hasFolder });

async function openLogins({ htpasswd, token, certificate }: AuthConfig, memory: PasswordMemory): Promise<Logins> {
  const [hashes, keys] = await Promise.allSettled([
    htpasswd && read(htpasswd, parseHtpasswd),
    token && read(token.jwks, parseJwks),
  ]);
  const problems = [hashes, keys].flatMap((each) =>
    each.status === 'rejected' && each.reason instanceof Problems ? each.reason.problems : [],
  );
  if (hashes.status === 'rejected' || keys.status === 'rejected') throw new Problems(problems);
  return {
    ...(hashes.value && { passwords: new Passwords(hashes.value, memory) }),
    ...(token && keys.value && { tokens: await openTokens(token, keys.value) }),
    ...(certificate && { certificate }),
  };
}

/** Loads what reads tokens only now: most registries need none. */
async function openTokens(options: TokenOptions, keys: JSONWebKeySet): Promise<Tokens> {
  const { Tokens } = await import('../api/auth/tokens.ts');
  return new Tokens(options, keys);
}

/** Throws {@link Problems}. */
async function read<T>({ path, by }: NamedFile, parse: (text: string, file: string) => T): Promise<T> {
  try {
    return parse(await readTextFile(path), path);
  } catch (cause) {
    const problems = cause instanceof InvalidAuthFile ? cause.problems : [describe(cause)];
    throw new Problems(
      problems.map((problem) => `${by}: ${problem}`),
      { cause },
    );
  }
}
