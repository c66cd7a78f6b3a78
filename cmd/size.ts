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

/** A number of bytes, Infinity for `0`, which is no limit; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  if (text === '0') return Infinity;
  const [, count = '', unit = ''] = /^(\d{1,9})([KMG]iB|kB|[MG]B)$/.exec(text) ?? [];
  const factor = BYTES[unit];
  return factor === undefined ? undefined : Number(count) * factor || Infinity;
}
