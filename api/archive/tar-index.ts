import { setImmediate } from 'node:timers/promises';
import { InvalidArchive } from './invalid-archive.ts';
import type { TarFile } from './tar-file.ts';
import { DEFAULT_TAR_LIMITS, type TarLimits } from './tar-limits.ts';
import { TarMembers, type Member, type TarEntry } from './tar-members.ts';

/** What can be read of a tar in place. Paths are relative, with `/`, without `.`, `..` and control characters. */
export interface TarIndex {
  /** Regular files, and the links that lead to one. */
  readonly entries: ReadonlyMap<string, TarEntry>;
  /** Files and links that are no entry, and why: the first 100. Names are as in the archive, cleaned where they can be. */
  readonly ignored: ReadonlyMap<string, string>;
}

/** Finds the files in a tar by its headers alone, seeking over what the files hold; `name` is for messages. Of several
 *  entries with one name the last counts, as when a tar is extracted; a hard link keeps what it led to when it came.
 *  Where readers of tar differ, this one does as Docker's: https://pkg.go.dev/archive/tar@go1.25.0.
 *  Throws InvalidArchive; errors of the disk pass unchanged. */
export async function indexTar(file: TarFile, name: string, limits: Partial<TarLimits> = {}): Promise<TarIndex> {
  const all = { ...DEFAULT_TAR_LIMITS, ...limits };
  const index = new Builder();
  for await (const member of new TarMembers(file, name, all).members()) index.add(member);
  if (!(await index.resolveLinks())) throw new InvalidArchive(`${name}: its links lead too far to be followed`);
  return { entries: index.entries, ignored: index.ignored };
}

interface Link {
  readonly target: string;
  /** Relative to the directory it is in; a hard link is relative to the archive. */
  readonly isSymbolic: boolean;
}

const FILES = new Set(['File', 'ContiguousFile']);
const MAX_IGNORED = 100;
/** As many as Linux follows. */
const MAX_LINKS_IN_A_ROW = 40;
/** How long all paths on the way of links may be together: a kilobyte for each of a million links, seconds of work. */
const MAX_LINK_CHARS = 1_000_000_000;
const WORK_AT_ONCE_MS = 10;

/** Of the tape, not of files. */
const OF_THE_ARCHIVE = new Set(['TapeVolumeHeader', 'SolarisACL', 'Inode']);

/** Puts members together to what would be there if the archive were extracted. */
class Builder {
  readonly entries = new Map<string, TarEntry>();
  readonly ignored = new Map<string, string>();
  readonly #links = new Map<string, Link>();
  #linkChars = 0;

  add({ type, path, linkpath, offset, size, unreadable }: Member): void {
    if (OF_THE_ARCHIVE.has(type)) return;
    const isDirectory = type === 'Directory' || type === 'GNUDumpDir';
    const parts = partsOf(path);
    const problem = problemOf(path, parts);
    if (problem !== undefined) {
      if (!isDirectory) this.#ignore(path, problem);
      return;
    }
    const name = parts.join('/');
    const target = `${linkpath.startsWith('/') ? '/' : ''}${partsOf(linkpath).join('/')}`;
    const file = FILES.has(type) ? { offset, size } : type === 'Link' ? this.entries.get(target) : undefined;
    const known = type === 'Link' ? this.#links.get(target) : undefined;
    const link = known ?? { target, isSymbolic: type === 'SymbolicLink' };
    for (const names of [this.entries, this.#links, this.ignored]) names.delete(name);
    if (unreadable !== undefined) this.#ignore(name, unreadable);
    else if (file !== undefined) this.entries.set(name, file);
    else if (type === 'Link' || type === 'SymbolicLink') this.#links.set(name, link);
    else if (!isDirectory) this.#ignore(name, `it is of type ${type}`);
  }

  /** Makes entries of the links that lead to one. False when that is too much work. */
  async resolveLinks(): Promise<boolean> {
    const found: [path: string, entry: TarEntry][] = [];
    let started = performance.now();
    for (const [path, link] of this.#links) {
      const end = this.#follow(path, link);
      if (typeof end === 'string') this.#ignore(path, end);
      else found.push([path, end]);
      if (this.#linkChars > MAX_LINK_CHARS) return false;
      if (performance.now() - started < WORK_AT_ONCE_MS) continue;
      await setImmediate();
      started = performance.now();
    }
    for (const [path, entry] of found) this.entries.set(path, entry);
    return true;
  }

  /** The file that a link leads to in the end, or why there is none. Step by step, as links may lead over others. */
  #follow(from: string, first: Link): TarEntry | string {
    let at = first.isSymbolic ? parentOf(from) : '';
    const ahead = stepsOf(first);
    for (let links = 1, step = ahead.pop(); step !== undefined; step = ahead.pop()) {
      if (step === '/' || (step === '..' && at === '')) return 'it leads out of the archive';
      if (step === '..') at = parentOf(at);
      else at = at === '' ? step : `${at}/${step}`;
      this.#linkChars += at.length + 1;
      if (at.length > DEFAULT_TAR_LIMITS.pathBytes) return 'it leads to a path that is too long';
      const link = this.#links.get(at);
      if (link === undefined) continue;
      if (++links > MAX_LINKS_IN_A_ROW) return `it leads in a circle, or over more than ${MAX_LINKS_IN_A_ROW} links`;
      if (link.isSymbolic) at = parentOf(at);
      else at = '';
      for (const next of stepsOf(link)) ahead.push(next);
    }
    return this.entries.get(at) ?? 'it leads to no file of the archive';
  }

  #ignore(path: string, reason: string): void {
    if (this.ignored.size < MAX_IGNORED) this.ignored.set(path, reason);
  }
}

/** Why nothing may go by a name. What is not UTF-8 has U+FFFD in it by now. */
function problemOf(path: string, parts: readonly string[]): string | undefined {
  if (path.startsWith('/')) return 'its name is absolute';
  if (parts.includes('..')) return 'its name leads upwards';
  if (/[\p{Cc}\uFFFD]/u.test(path)) return 'its name is not printable UTF-8';
  return parts.length === 0 ? 'its name is empty' : undefined;
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');
const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));
/** The last first. */
const stepsOf = ({ target }: Link): string[] => (target.startsWith('/') ? ['/'] : partsOf(target).reverse());
