import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePatterns } from '../../cmd/pattern.ts';

const images = ['alpine:3.19', 'library/alpine:3.19', 'library/alpine:latest', 'quay.io/a/b:v1.0', 'quay.io:8443/a:v1'];

const cases: readonly { patterns: readonly string[]; meant: readonly string[] }[] = [
  { patterns: [], meant: images },
  { patterns: ['**'], meant: images },
  { patterns: ['*'], meant: ['alpine:3.19'] },
  { patterns: ['alpine'], meant: ['alpine:3.19'] },
  { patterns: ['*/alpine'], meant: ['library/alpine:3.19', 'library/alpine:latest'] },
  { patterns: ['**/alpine:3.*'], meant: ['alpine:3.19', 'library/alpine:3.19'] },
  { patterns: ['**:latest'], meant: ['library/alpine:latest'] },
  { patterns: ['quay.io/**'], meant: ['quay.io/a/b:v1.0'] },
  { patterns: ['quay.io/*'], meant: [] },
  { patterns: ['quay.io:8443/**'], meant: ['quay.io:8443/a:v1'] },
  { patterns: ['quay.io:8443/a:v?'], meant: ['quay.io:8443/a:v1'] },
  { patterns: ['**:{3.19,v1}'], meant: ['alpine:3.19', 'library/alpine:3.19', 'quay.io:8443/a:v1'] },
  { patterns: ['alpine', '**:v1'], meant: ['alpine:3.19', 'quay.io:8443/a:v1'] },
];

describe('patterns', () => {
  for (const { patterns, meant } of cases) {
    test(`${JSON.stringify(patterns)} means ${String(meant.length)} of the images`, () => {
      const matches = parsePatterns(patterns);
      const split = (name: string) => ({
        repository: name.slice(0, name.lastIndexOf(':')),
        tag: name.slice(name.lastIndexOf(':') + 1),
      });
      assert.deepEqual(
        images.filter((name) => matches(split(name))),
        meant,
      );
    });
  }
});
