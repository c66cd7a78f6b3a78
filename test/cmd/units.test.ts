import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../cmd/duration.ts';
import { parseSize } from '../../cmd/size.ts';

for (const [text, milliseconds] of [
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['0s', 0],
  ['0', undefined],
  ['', undefined],
  ['30', undefined],
  ['1.5h', undefined],
  ['-1d', undefined],
  ['1 d', undefined],
  ['30D', undefined],
  ['1w', undefined],
  ['1h30m', undefined],
  ['9999999999d', undefined],
  ['1constructor', undefined],
] as const) {
  test(`${JSON.stringify(text)} ${milliseconds === undefined ? 'is no duration' : `is ${milliseconds} ms`}`, () => {
    assert.equal(parseDuration(text), milliseconds);
  });
}

for (const [text, bytes] of [
  ['50GiB', 53_687_091_200],
  ['512MiB', 536_870_912],
  ['1KiB', 1024],
  ['10GB', 10_000_000_000],
  ['3MB', 3_000_000],
  ['2kB', 2_000],
  ['0', Infinity],
  ['0GiB', Infinity],
  ['', undefined],
  ['50', undefined],
  ['50G', undefined],
  ['50gib', undefined],
  ['2KB', undefined],
  ['1.5GiB', undefined],
  ['-1GiB', undefined],
] as const) {
  test(`${JSON.stringify(text)} ${bytes === undefined ? 'is no size' : `is ${bytes} bytes`}`, () => {
    assert.equal(parseSize(text), bytes);
  });
}
