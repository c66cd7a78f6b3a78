import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isConfig } from '../../cmd/config/validator.ts';
import * as plain from '../../cmd/config/plain-settings.ts';
import type { Setting } from '../../cmd/config/setting.ts';
import * as settings from '../../cmd/settings.ts';
import { formatDuration, parseDuration } from '../../cmd/duration.ts';
import { formatSize, parseSize } from '../../cmd/size.ts';

const count = fc.oneof(fc.nat({ max: 2_000 }), fc.nat({ max: 999_999_999 }));
const textOf = (...units: string[]) => fc.tuple(count, fc.constantFrom(...units)).map(([n, unit]) => `${n}${unit}`);
const sizeText = textOf('kB', 'MB', 'GB', 'KiB', 'MiB', 'GiB');
const durationText = textOf('ms', 's', 'm', 'h', 'd');

test('a size is formatted so that it is read as the same, and no longer than it was given', () => {
  const same = fc.property(sizeText, (text) => {
    const bytes = parseSize(text)!;
    if (bytes === Infinity) return;
    assert.equal(parseSize(formatSize(bytes)), bytes);
    assert.ok(formatSize(bytes).length <= text.length);
  });
  fc.assert(same);
});

test('a duration is formatted so that it is read as the same', () => {
  fc.assert(
    fc.property(durationText, (text) => {
      const ms = parseDuration(text)!;
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
  );
  assert.equal(formatDuration(0), '0s');
  assert.equal(formatDuration(90_000), '90s');
});

const likely = fc.oneof(
  fc.string({ maxLength: 8 }),
  sizeText,
  durationText,
  sizeText.map((size) => `${size}/s`),
  fc.constantFrom('0', '0s', '25d', '10s ', ' 10s', '0kB/s', 'docker.io', 'UPPER.io:443', 'a/b', '[::1]:5000', 'x..y'),
);

for (const setting of [
  plain.shutdownGrace,
  plain.manifestBytes,
  plain.cacheMaxBytes,
  plain.cacheScrub,
  settings.defaultUpstream,
] as readonly Setting<unknown>[]) {
  test(`${setting.key}: what the file may say is what a variable may say`, () => {
    const property = fc.property(likely, (text) => {
      const keys = setting.key.split('.');
      const document = keys.reduceRight<unknown>((value, key) => ({ [key]: value }), text);
      assert.equal(
        isConfig(document, () => {}),
        setting.parse(text) !== undefined,
      );
    });
    fc.assert(property, { numRuns: 500 });
  });
}
