/** What some reader of YAML takes a word without quotes for, when that is not the text itself. */
interface Reading {
  readonly form: RegExp;
  readonly describe: (text: string) => string;
}

// YAML 1.1 and 1.2 disagree, and readers with them: Go's take `0X1F`, Ruby's `nO`, JavaScript's `e10`. Here every form that one
// of them takes counts, in any case, since quotes are right for all of them. One does not: the 1.1 type of a float allows any
// number of dots, which would make 1.6.6 a number, but no reader follows it.
// https://yaml.org/type/ and https://yaml.org/spec/1.2.2/#103-core-schema
const READINGS: readonly Reading[] = [
  { form: /^(?:~|null)?$/i, describe: () => 'null' },
  { form: /^(?:y|yes|true|on)$/i, describe: () => 'the boolean true' },
  { form: /^(?:n|no|false|off)$/i, describe: () => 'the boolean false' },
  { form: /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)$/i, describe: describeInteger },
  {
    form: /^[-+]?(?=.)(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?$/i,
    describe: (text) => describeNumber(plain(text)),
  },
  { form: /^[-+]?\.(?:inf|nan)$/i, describe: () => 'a number' },
  { form: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/, describe: describeSexagesimal },
  {
    form: /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:t|[ \t]+)[0-9:.]+[ \t]*(?:z|[-+][0-9]{1,2}(?::?[0-9]{2})?)?)?$/i,
    describe: () => 'a date',
  },
  { form: /^=$/, describe: () => 'a default value' },
  { form: /^<<$/, describe: () => 'a merge key' },
];

/** What YAML 1.1 or 1.2 reads a plain scalar as: `the number 3.1` for `3.10`; undefined when it is just the text. */
export function otherReading(text: string): string | undefined {
  return READINGS.find(({ form }) => form.test(text))?.describe(text);
}

const plain = (text: string): number => Number(text.replaceAll('_', ''));

const describeNumber = (value: number): string => (Number.isNaN(value) ? 'a number' : `the number ${value}`);

/** A leading zero means octal to YAML 1.1, and nothing to 1.2. */
function describeInteger(text: string): string {
  const decimal = plain(text);
  const octal = /^[-+]?0[0-7_]+$/.test(text) ? Number.parseInt(text.replaceAll('_', ''), 8) : decimal;
  return octal === decimal || Number.isNaN(octal) ? describeNumber(decimal) : `the number ${octal} or ${decimal}`;
}

function describeSexagesimal(text: string): string {
  const sign = text.startsWith('-') ? -1 : 1;
  const parts = text.replace(/^[-+]/, '').split(':');
  return describeNumber(sign * parts.reduce((sum, part) => sum * 60 + plain(part), 0));
}
