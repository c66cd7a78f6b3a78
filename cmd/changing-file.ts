import { readFile, stat } from 'node:fs/promises';
import { reasonOf } from './failure.ts';

/** What a file says that somebody may replace while we run, as secrets are. */
export class ChangingFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #read: { readonly identity: string; readonly value: T } | undefined;

  /** `parse` throws Error, naming the file, for what is not as it should be. */
  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
  }

  /** What the file says now; it is read again only when it is another one than before. Throws Error naming the file. */
  async value(): Promise<T> {
    // Before it is read: what is replaced in between is read once more.
    const identity = await identityOf(this.#path);
    if (this.#read?.identity !== identity) {
      this.#read = { identity, value: this.#parse(await readTextFile(this.#path)) };
    }
    return this.#read.value;
  }
}

/** Throws Error naming the file. */
export async function readTextFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path}: ${reasonOf(cause)}`, { cause });
  });
}

/** Another one whenever the file was written or replaced. Throws Error naming the file. */
export async function identityOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw new Error(`${path}: ${reasonOf(cause)}`, { cause });
  });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
