import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRange, resolveRange } from '../../../api/oci/byte-range.ts';

const SIZE = 2048;
const whole = undefined;
const rows: [header: string | undefined, expected: ReturnType<typeof resolveRange>][] = [
  ['bytes=500-1499', { start: 500, end: 1499 }],
  ['bytes=500-', { start: 500, end: 2047 }],
  ['bytes=-500', { start: 1548, end: 2047 }],
  ['bytes=2000-5000', { start: 2000, end: 2047 }],
  ['bytes=-5000', { start: 0, end: 2047 }],
  ['bytes=0-', { start: 0, end: 2047 }],
  ['bytes=5000-10000', 'unsatisfiable'],
  ['bytes=2048-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=500-0', 'unsatisfiable'],
  ['bytes=0-1,5-6', whole],
  ['items=0-1', whole],
  ['bytes=abc', whole],
  ['bytes=-', whole],
  ['bytes=1-2-3', whole],
  ['bytes=99999999999999999999-', whole],
  ['', whole],
  [undefined, whole],
];

for (const [header, expected] of rows) {
  test(`L5 ${header ?? 'no header'} of ${SIZE} bytes`, () => {
    const range = parseRange(header);
    assert.deepEqual(range && resolveRange(range, SIZE), expected);
  });
}

test('L5 of nothing every range is the whole', () => {
  for (const header of ['bytes=0-', 'bytes=-1', 'bytes=5-6']) {
    const range = parseRange(header);
    assert.ok(range);
    assert.equal(resolveRange(range, 0), undefined);
  }
});

test('whatever is asked, the answer lies inside', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(), (noise, a, b, size) => {
      for (const header of [`bytes=${a}-${b}`, `bytes=${a}-`, `bytes=-${b}`, `bytes=${noise}`, noise]) {
        const range = parseRange(header);
        const span = range && resolveRange(range, size);
        if (span === undefined || span === 'unsatisfiable') continue;
        assert.ok(span.start >= 0 && span.start <= span.end && span.end < size);
      }
    }),
  );
});
