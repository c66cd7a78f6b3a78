const BYTES: Readonly<Record<string, number>> = {
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** What {@link parseSize} takes, for people. */
export const SIZES = '50GiB, 512MiB, 64KiB, or with GB, MB and kB; 0 for no limit';
/** What {@link parseRate} takes, for people. */
export const RATES = '50MiB/s, 512KiB/s, 1GiB/s, or with GB, MB and kB';

export const SIZE = /^(\d{1,9})([KMG]iB|kB|[MG]B)$/;

/** A number of bytes, Infinity for `0`, which is no limit; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  if (text === '0') return Infinity;
  const [, count = '', unit = ''] = SIZE.exec(text) ?? [];
  const factor = BYTES[unit];
  return factor === undefined ? undefined : Number(count) * factor || Infinity;
}

/** A number of bytes a second, more than none; undefined when the text is no rate. */
export function parseRate(text: string): number | undefined {
  const bytes = text.endsWith('/s') ? parseSize(text.slice(0, -'/s'.length)) : undefined;
  return bytes === Infinity ? undefined : bytes;
}

/** The shortest text that {@link parseSize} reads as so many bytes; for what came from such a text. */
export function formatSize(bytes: number): string {
  const texts = Object.entries(BYTES)
    .filter(([, factor]) => bytes % factor === 0)
    .map(([unit, factor]) => `${bytes / factor}${unit}`);
  return texts.toSorted((a, b) => a.length - b.length)[0]!;
}
