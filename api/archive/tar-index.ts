import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { Header } from 'tar/header';

/** Where a regular file of an archive lies: its bytes are `size` bytes from `offset` of the tar. */
export interface TarEntry {
  readonly offset: number;
  readonly size: number;
}

/** What can be read of a tar in place. Paths are relative, with `/`, without `.`, `..` and control characters. */
export interface TarIndex {
  /** Regular files, and the links that lead to one. */
  readonly entries: ReadonlyMap<string, TarEntry>;
  /** Files and links that are no entry, and why: the first 100. Names are as in the archive, cleaned where they can be. */
  readonly ignored: ReadonlyMap<string, string>;
}

/** Why an archive cannot be read: the message names the archive, the entry and the numbers. */
export class InvalidArchive extends Error {
  override readonly name = 'InvalidArchive';
}

/** What one archive may ask of us; with more it is an InvalidArchive. */
export interface TarLimits {
  /** Entries of any kind. */
  readonly entries: number;
  /** Extended headers and long names in all, and the largest one; in bytes. */
  readonly headerBytes: number;
  readonly oneHeaderBytes: number;
  /** Names and targets of links in all, which are kept in memory, and the longest one; in bytes. */
  readonly nameBytes: number;
  readonly pathBytes: number;
}

/** Enough for a million entries with 500 bytes of PAX and 128 of name each; Linux has no longer paths. */
export const DEFAULT_TAR_LIMITS: TarLimits = {
  entries: 1_000_000,
  headerBytes: 1024 * 1024 * 1024,
  oneHeaderBytes: 1024 * 1024,
  nameBytes: 128 * 1024 * 1024,
  pathBytes: 4096,
};

/** An open tar; `size` in bytes. The caller closes it. */
export interface TarFile {
  readonly handle: Pick<FileHandle, 'read'>;
  readonly size: number;
}

/** Finds the files in a tar by its headers alone, seeking over what the files hold; `name` is for messages. Of several
 *  entries with one name the last counts, as when a tar is extracted; a hard link keeps what it led to when it came.
 *  Where readers of tar differ, this one does as Docker's: https://pkg.go.dev/archive/tar@go1.25.0.
 *  Throws InvalidArchive; errors of the disk pass unchanged. */
export async function indexTar(file: TarFile, name: string, limits: Partial<TarLimits> = {}): Promise<TarIndex> {
  const all = { ...DEFAULT_TAR_LIMITS, ...limits };
  const index = new Builder();
  for await (const member of new Walk(file, name, all).members()) index.add(member);
  if (!(await index.resolveLinks())) throw new InvalidArchive(`${name}: its links lead too far to be followed`);
  return { entries: index.entries, ignored: index.ignored };
}

/** An entry with what the headers before it say. */
interface Member extends TarEntry {
  readonly type: Header['type'] | 'Unsupported';
  readonly path: string;
  readonly linkpath: string;
  /** Why its bytes are not those of the file. */
  readonly unreadable: string | undefined;
}

/** What extended headers say of the entry that follows. */
type Extended = Partial<Pick<Member, 'path' | 'linkpath' | 'size'> & { unreadable: string }>;

const BLOCK = 512;
const ZEROS = Buffer.alloc(BLOCK);
const FILES = new Set(['File', 'OldFile', 'ContiguousFile']);
/** Nothing follows their header, whatever size it gives. */
const HEADER_ONLY = new Set(['Link', 'SymbolicLink', 'CharacterDevice', 'BlockDevice', 'Directory', 'FIFO']);
/** PAX keys of sparse files, and of those that go on in another archive. */
const PARTS = /^(?:GNU\.(?:sparse|volume)\.|SCHILY\.realsize$)/;

/** Goes from header to header. */
class Walk {
  readonly #file: TarFile;
  readonly #name: string;
  readonly #limits: TarLimits;
  readonly #ahead: ReadAhead;
  /** Where the next header is. */
  #at = 0;
  #count = 0;
  #headerBytes = 0;
  #nameBytes = 0;
  /** The headers that the next entry has got, by type. */
  readonly #extended = new Map<string, Extended>();

  constructor(file: TarFile, name: string, limits: TarLimits) {
    this.#file = file;
    this.#name = name;
    this.#limits = limits;
    this.#ahead = new ReadAhead(file);
  }

  async *members(): AsyncGenerator<Member> {
    do {
      const block = await this.#read(this.#at, BLOCK, `the header at ${this.#at}`);
      if (block.equals(ZEROS)) {
        await this.#checkEnd();
        break;
      }
      const extended = this.#merged();
      const header = this.#parse(block, extended);
      const hasMap = block[482] !== 0;
      if (!(await this.#extend(header))) yield await this.#member(header, extended, hasMap);
    } while (this.#at < this.#file.size); // Some tools leave out the zeros at the end.
    if (this.#extended.size > 0) throw this.#invalid('it ends after an extended header, before its entry');
  }

  #parse(block: Buffer, { unreadable: _, ...extended }: Extended): Header {
    try {
      const header = new Header(block, 0, extended);
      // As GNU tar leaves it in a volume label.
      if (header.size === undefined && isBlank(block.subarray(124, 136))) header.size = 0;
      if (header.cksumValid) return header;
    } catch (cause) {
      throw this.#invalid(`the header at ${this.#at}: ${(cause as Error).message}`, cause);
    }
    throw this.#invalid(`the header at ${this.#at}: bad checksum`);
  }

  /** Takes in a header that only tells of the next entry; anything else is left alone, and false. */
  async #extend({ type, size }: Header): Promise<boolean> {
    if (type === 'ExtendedHeader' || type === 'OldExtendedHeader')
      return this.#keep('ExtendedHeader', this.#extendedBy(this.#records(await this.#body(size))));
    if (type === 'NextFileHasLongPath') return this.#keep(type, { path: untilNul(await this.#body(size)) });
    if (type === 'NextFileHasLongLinkpath') return this.#keep(type, { linkpath: untilNul(await this.#body(size)) });
    if (type === 'OldGnuLongPath') throw this.#invalid(`the header at ${this.#at}: long names of an obsolete kind`);
    if (type !== 'GlobalExtendedHeader') return false;
    const [key] = Object.keys(this.#extendedBy(this.#records(await this.#body(size))));
    // Docker's reader ignores it, GNU tar applies it to all that follows.
    if (key !== undefined) throw this.#invalid(`a global header before ${this.#at} gives all entries one ${key}`);
    return true;
  }

  async #body(size = -1): Promise<Buffer> {
    const { oneHeaderBytes, headerBytes } = this.#limits;
    this.#headerBytes += BLOCK + size;
    if (size < 0 || size > oneHeaderBytes || this.#headerBytes > headerBytes) {
      const most = `at most ${oneHeaderBytes} and ${headerBytes} are read`;
      throw this.#invalid(`the extended header at ${this.#at}: ${size} bytes, ${this.#headerBytes} in all; ${most}`);
    }
    const start = this.#at + BLOCK;
    this.#at = start + roundUp(size);
    return this.#read(start, size, `the extended header at ${start - BLOCK}`);
  }

  #keep(type: string, extended: Extended): true {
    if (this.#extended.has(type)) throw this.#invalid(`several headers of type ${type} before ${this.#at}`);
    this.#extended.set(type, extended);
    return true;
  }

  #merged(): Extended {
    if (this.#extended.size === 0) return {};
    const inOrder = ['ExtendedHeader', 'NextFileHasLongPath', 'NextFileHasLongLinkpath'];
    return Object.assign({}, ...inOrder.map((type) => this.#extended.get(type))) as Extended;
  }

  async #member(header: Header, extended: Extended, hasMap: boolean): Promise<Member> {
    const { path = header.path ?? '', linkpath = header.linkpath ?? '', unreadable } = extended;
    const { type } = header;
    const entry = (): string => `the entry at ${this.#at}, ${JSON.stringify(path.slice(0, 200))}`;
    this.#checkLimits(entry, path, linkpath);
    const size = HEADER_ONLY.has(type) ? 0 : (extended.size ?? header.size);
    if (size === undefined || !Number.isSafeInteger(size)) throw this.#invalid(`${entry()}: no valid size`);
    let offset = this.#at + BLOCK;
    // A sparse file in the GNU format goes on with blocks that its size does not count.
    for (let more = type === 'SparseFile' && hasMap; more; offset += BLOCK)
      more = (await this.#read(offset, BLOCK, entry()))[504] !== 0;
    if (offset + size > this.#file.size) throw this.#endsWithin(entry(), offset + size);
    this.#at = offset + roundUp(size);
    this.#extended.clear();
    return { type, path, linkpath, offset, size, unreadable };
  }

  #checkLimits(entry: () => string, ...names: readonly string[]): void {
    const { entries, pathBytes, nameBytes } = this.#limits;
    if (++this.#count > entries) throw this.#invalid(`more than ${entries} entries`);
    for (const name of names) {
      const bytes = Buffer.byteLength(name);
      this.#nameBytes += bytes;
      if (bytes > pathBytes) throw this.#invalid(`${entry()}: a name of ${bytes} bytes, at most ${pathBytes} are read`);
      if (this.#nameBytes > nameBytes) throw this.#invalid(`${entry()}: names of more than ${nameBytes} bytes in all`);
    }
  }

  /** The records of a PAX header. Not read by the library: it takes them line by line, so that what stands after a line
   *  break in a comment would count, and drops those that tell of sparse files.
   *  https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03 */
  #records(body: Buffer): Map<string, string> {
    const records = new Map<string, string>();
    for (let at = 0; at < body.length;) {
      const [digits] = /^[1-9]\d{0,7}(?= )/.exec(body.toString('latin1', at, at + 9)) ?? ['0'];
      const end = at + Number(digits);
      const record = body.subarray(at + digits.length + 1, end - 1);
      const equals = record.indexOf('=');
      if (end > body.length || body[end - 1] !== 0x0a || equals < 1)
        throw this.#invalid(`the extended header before ${this.#at}: no valid record at its byte ${at}`);
      records.set(record.toString('utf8', 0, equals), record.toString('utf8', equals + 1));
      at = end;
    }
    return records;
  }

  /** An empty value is as good as none. */
  #extendedBy(records: ReadonlyMap<string, string>): Extended {
    const path = records.get('GNU.sparse.name') ?? records.get('path');
    const linkpath = records.get('linkpath');
    const size = records.get('size');
    if (size !== undefined && !/^\d{0,16}$/.test(size)) throw this.#invalid(`the entry at ${this.#at}: no valid size`);
    const isPart = [...records.keys()].some((key) => PARTS.test(key));
    return {
      ...(path && { path }),
      ...(linkpath && { linkpath }),
      ...(size && { size: Number(size) }),
      ...(isPart && { unreadable: 'the archive holds only parts of it, as of a sparse file' }),
    };
  }

  /** Two blocks of zeros are the end, whatever follows; the second may be cut off. */
  async #checkEnd(): Promise<void> {
    const next = this.#at + BLOCK;
    if (next + BLOCK > this.#file.size || (await this.#read(next, BLOCK, 'its end')).equals(ZEROS)) return;
    throw this.#invalid(`a single block of zeros at ${this.#at}, expected two at the end`);
  }

  async #read(position: number, length: number, what: string): Promise<Buffer> {
    if (position + length > this.#file.size) throw this.#endsWithin(what, position + length);
    const bytes = await this.#ahead.read(position, length);
    if (bytes.length < length) throw this.#invalid(`it became shorter than ${this.#file.size} bytes while it was read`);
    return bytes;
  }

  #endsWithin(what: string, expected: number): InvalidArchive {
    return this.#invalid(`it ends within ${what}: ${this.#file.size} bytes, expected at least ${expected}`);
  }

  #invalid(message: string, cause?: unknown): InvalidArchive {
    return new InvalidArchive(`${this.#name}: ${message}`, { cause });
  }
}

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0 || byte === 0x20);
const roundUp = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;
const untilNul = (bytes: Buffer): string => bytes.toString('utf8', 0, bytes.includes(0) ? bytes.indexOf(0) : undefined);

const LEAST_AHEAD_BYTES = 16 * 1024;
const MOST_AHEAD_BYTES = 256 * 1024;

/** Reads further ahead the closer together the wanted bytes are: a million empty files take 2,000 reads, while of a large
 *  file little more than its header is read. */
class ReadAhead {
  readonly #file: TarFile;
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #ahead = LEAST_AHEAD_BYTES;

  constructor(file: TarFile) {
    this.#file = file;
  }

  /** Fewer bytes than asked for only at the end; good until the next call. */
  async read(position: number, length: number): Promise<Buffer> {
    if (position < this.#start || position + length > this.#end) await this.#fill(position, length);
    return this.#buffer.subarray(position - this.#start, Math.min(position + length, this.#end) - this.#start);
  }

  async #fill(position: number, length: number): Promise<void> {
    const isNear = position - this.#end <= this.#ahead;
    this.#ahead = isNear ? Math.min(this.#ahead * 2, MOST_AHEAD_BYTES) : LEAST_AHEAD_BYTES;
    const wanted = Math.min(Math.max(length, this.#ahead), this.#file.size - position);
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    this.#start = this.#end = position;
    for (let read = -1; read !== 0 && this.#end < position + wanted; this.#end += read) {
      const filled = this.#end - position;
      ({ bytesRead: read } = await this.#file.handle.read(this.#buffer, filled, wanted - filled, this.#end));
    }
  }
}

interface Link {
  readonly target: string;
  /** Relative to the directory it is in; a hard link is relative to the archive. */
  readonly isSymbolic: boolean;
}

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
      ahead.push(...stepsOf(link));
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
