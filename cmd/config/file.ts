import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Rule } from '../../api/auth/rules.ts';
import { ConfigDocument } from './document.ts';
import { findAliases, readUpstreams } from './file-upstreams.ts';
import { formatKey, pointerOf } from './pointer.ts';
import type { FileContents } from './schema.ts';
import type { UpstreamConfig } from './upstream.ts';
import { isConfig, type Mistake } from './validator.ts';
import { Problems, reasonOf } from '../failure.ts';

/** A configuration file, checked. */
export interface ConfigFile {
  readonly upstreams: readonly UpstreamConfig[];
  /** Who may pull what; undefined when it says nothing of it. */
  readonly rules: readonly Rule[] | undefined;
  /** What it says of a setting, each value as the text that a flag would take; undefined when it says nothing. */
  textsOf(key: string): readonly string[] | undefined;
  /** Where it says it, for messages: `FILE:LINE: listen.port`. */
  at(key: string): string;
}

/** The keys whose values are paths, which are relative to the file. */
const PATHS: ReadonlySet<string> = new Set([
  'images',
  'admin.socket',
  'log.file',
  'tls.cert',
  'tls.key',
  'tls.clientCa',
  'auth.htpasswd',
  'auth.token.jwks',
]);

/** Reads the configuration file at `path`. Throws {@link Problems} with all that is wrong, each `FILE:LINE: key.path: reason`. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Problems([`${path}: ${reasonOf(cause)}`], { cause });
  });
  return parseConfigFile(bytes, path);
}

/** As {@link readConfigFile}, of what is in the file. */
export function parseConfigFile(bytes: Uint8Array, path: string): ConfigFile {
  const document = new ConfigDocument(decode(bytes, path), path);
  const at = (pointer: string): string => `${path}:${document.lineOf(pointer)}${formatKey(pointer)}`;
  const mistakes: Mistake[] = [];
  const contents = document.value ?? {};
  const isValid = isConfig(contents, (mistake) => mistakes.push(mistake));
  mistakes.push(...findAliases(contents));
  if (!isValid || mistakes.length > 0) {
    const byLine = mistakes.toSorted((a, b) => document.lineOf(a.pointer) - document.lineOf(b.pointer));
    throw new Problems(byLine.map(({ pointer, reason }) => `${at(pointer)}: ${reason}`));
  }
  const folder = dirname(resolve(path));
  const absolute = (name: string): string => resolve(folder, name.replace(/^~(?=\/|$)/, homedir()));
  return {
    rules: contents.auth?.rules?.map(({ users, repositories }) => ({ users, repositories })),
    upstreams: readUpstreams(contents.upstreams ?? {}, { at: (...keys) => at(pointerOf(keys)), absolute }),
    textsOf: (key) => {
      if (PATHS.has(key)) return textsOf(contents, key)?.map(absolute);
      if (key !== 'mounts') return textsOf(contents, key);
      return contents.mounts?.map((mount) => `${mount.prefix ?? ''}=${absolute(mount.path)}`);
    },
    at: (key) => at(pointerOf(key.split('.'))),
  };
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Problems([`${path}: not UTF-8`], { cause });
  }
}

function textsOf(contents: FileContents, key: string): readonly string[] | undefined {
  const value = key
    .split('.')
    .reduce<unknown>((inside, name) => (inside as Readonly<Record<string, unknown>> | undefined)?.[name], contents);
  return value === undefined ? undefined : [value].flat().map(String);
}
