import { Header } from 'tar/header';
import { InvalidArchive } from './invalid-archive.ts';
import { ReadAhead } from './read-ahead.ts';
import type { TarFile } from './tar-file.ts';
import type { TarLimits } from './tar-limits.ts';

/** Where a regular file of an archive lies: its bytes are `size` bytes from `offset` of the tar. */
export interface TarEntry {
  readonly offset: number;
  readonly size: number;
}

/** An entry with what the headers before it say. */
export interface Member extends TarEntry {
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
/** Nothing follows their header, whatever size it gives. */
const HEADER_ONLY = new Set(['Link', 'SymbolicLink', 'CharacterDevice', 'BlockDevice', 'Directory', 'FIFO']);
/** PAX keys of sparse files, and of those that go on in another archive. */
const PARTS = /^(?:GNU\.(?:sparse|volume)\.|SCHILY\.realsize$)/;

/** Goes from header to header. */
export class TarMembers {
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
      if (body[end - 1] !== 0x0a || equals < 1)
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
    return new InvalidArchive(`${this.#name}: ${message}`, cause === undefined ? {} : { cause });
  }
}

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0 || byte === 0x20);
const roundUp = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;
const untilNul = (bytes: Buffer): string => bytes.toString('utf8', 0, bytes.includes(0) ? bytes.indexOf(0) : undefined);
