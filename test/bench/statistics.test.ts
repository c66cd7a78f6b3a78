import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, ratios, rotated, summarise } from './statistics.ts';

test('the median is the middle one, or between the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([10, 9, 1, 2]), 5.5);
  assert.ok(Number.isNaN(median([])));
});

test('numbers are told by value, not as text', () => {
  assert.deepEqual(summarise([9, 10, 100]), { median: 10, low: 9, high: 100 });
});

test('a round in which the whole machine was slow changes no ratio', () => {
  assert.deepEqual(ratios([50, 5, 50], [100, 10, 100]), { median: 0.5, low: 0.5, high: 0.5 });
});

test('each round begins with another, and has all', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join('')),
    ['abc', 'bca', 'cab', 'abc'],
  );
  assert.deepEqual(rotated([], 1), []);
});
