import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../../api/oci/digest.ts';
import { formatAge, formatSize, normalTime, shortDigest } from '../../cmd/format.ts';
import { formatTable } from '../../cmd/table.ts';

describe('what tables show', () => {
  test('sizes are short', () => {
    const sizes: [number, string][] = [
      [0, '0 B'],
      [1023, '1023 B'],
      [1024, '1.0 KiB'],
      [1024 * 1024 - 1, '1.0 MiB'],
      [3_402_542, '3.2 MiB'],
      [150 * 1024 ** 2, '150 MiB'],
      [5 * 1024 ** 4 * 1024, '5120 TiB'],
    ];
    for (const [bytes, text] of sizes) assert.equal(formatSize(bytes), text);
  });

  test('ages are as docker shows them', () => {
    const now = new Date('2026-11-21T12:00:00Z');
    const ages: [string, string][] = [
      ['2026-11-21T11:59:59Z', '1 second ago'],
      ['2026-11-21T11:58:30Z', '90 seconds ago'],
      ['2026-11-21T09:00:00Z', '3 hours ago'],
      ['2026-11-01T12:00:00Z', '2 weeks ago'],
      ['2026-01-01T00:00:00Z', '10 months ago'],
      ['1970-01-01T00:00:00Z', '56 years ago'],
      ['2027-01-01T00:00:00Z', '2027-01-01'],
    ];
    for (const [time, text] of ages) assert.equal(formatAge(new Date(time), now), text);
  });

  test('a digest keeps its algorithm and twelve digits', () => {
    assert.equal(shortDigest(digestOf(Buffer.from(''))), 'sha256:e3b0c44298fc');
    assert.match(shortDigest(digestOf(Buffer.from(''), 'sha512')), /^sha512:[0-9a-f]{12}$/);
  });

  test('times become RFC 3339 in UTC, and what is none becomes null', () => {
    assert.equal(normalTime('2026-11-01T12:00:00+02:00'), '2026-11-01T10:00:00.000Z');
    assert.equal(normalTime('yesterday'), null);
    assert.equal(normalTime(undefined), null);
    assert.equal(normalTime('0001-01-01T00:00:00Z'), null);
  });

  test('columns are as wide as their longest cell', () => {
    assert.equal(
      formatTable([
        ['A', 'B'],
        ['longer', 'x'],
        ['', ''],
      ]),
      'A        B\nlonger   x\n\n',
    );
    assert.equal(formatTable([]), '');
  });
});
