import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tag } from '../../../api/oci/reference.ts';
import { createTtlOf } from '../../../api/pull/tag-policies.ts';

const ttlOf = createTtlOf([
  { match: 'v*.*.*', immutable: true },
  { match: 'latest', ttlMs: 60_000 },
  { match: 'v*', ttlMs: 1_000 },
]);

describe('how long a tag is taken for right', () => {
  for (const [tag, ms] of [
    ['v1.2.3', Infinity],
    ['v1.2.3-rc.1', Infinity],
    ['latest', 60_000],
    ['v1', 1_000],
    ['V1', 600_000],
    ['3.19', 600_000],
  ] as const) {
    test(`${tag}: ${ms} ms, as the first policy that matches says`, () => assert.equal(ttlOf(tag as Tag), ms));
  }
});
