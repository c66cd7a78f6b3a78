import { Header } from 'tar/header';

type HeaderData = Exclude<NonNullable<ConstructorParameters<typeof Header>[0]>, Buffer>;

/** An entry as it stands in a tar; `bend` changes its header before the checksum is made. */
export function tarEntry(
  header: HeaderData,
  content: string | Buffer = '',
  bend: (block: Buffer) => void = () => undefined,
): Buffer {
  const bytes = Buffer.from(content);
  const block = Buffer.alloc(512);
  new Header({ type: 'File', mode: 0o644, mtime: new Date(0), size: bytes.length, ...header }).encode(block);
  bend(block);
  return Buffer.concat([sealHeader(block), bytes, Buffer.alloc(-bytes.length & 511)]);
}

/** Puts in the checksum of a header. */
export function sealHeader(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A header that says more of the entry after it. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
export function paxHeader(
  records: Readonly<Record<string, string>>,
  type: 'ExtendedHeader' | 'GlobalExtendedHeader' = 'ExtendedHeader',
): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    // Its length counts its own digits.
    let length = Buffer.byteLength(rest);
    while (length !== Buffer.byteLength(`${length}${rest}`)) length = Buffer.byteLength(`${length}${rest}`);
    return `${length}${rest}`;
  });
  return tarEntry({ path: 'pax', type }, lines.join(''));
}

/** The whole archive. */
export const tarOf = (parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, Buffer.alloc(1024)]);

/** Files by their paths, one after the other. */
export const fileEntries = (files: ReadonlyMap<string, Buffer>): Buffer[] =>
  [...files].map(([path, bytes]) => tarEntry({ path }, bytes));
