import assert from 'node:assert/strict';

/** That bytes are what they should be. In one line: showing how millions of them differ takes minutes. */
export function assertSameBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(actual, 'no bytes');
  assert.equal(actual.length, expected.length);
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assert.fail(`byte ${at} of ${expected.length} is another one`);
}
