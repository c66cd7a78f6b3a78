import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BlockWindow } from '../../../api/pull/block-window.ts';

const BLOCK = 256 * 1024;
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff));

describe('a window on what grows', () => {
  test('gives what came, in pieces that lie within blocks', () => {
    const bytes = noise(BLOCK + 10);
    const window = new BlockWindow(bytes.length);
    window.append(bytes.subarray(0, 5));
    assert.deepEqual(window.slice(0, Infinity), bytes.subarray(0, 5));
    assert.deepEqual(window.slice(3, 4), bytes.subarray(3, 4));
    assert.equal(window.slice(5, Infinity), undefined);
    window.append(bytes.subarray(5));
    assert.deepEqual(window.slice(3, Infinity), bytes.subarray(3, BLOCK));
    assert.deepEqual(window.slice(BLOCK, Infinity), bytes.subarray(BLOCK));
    assert.deepEqual(Buffer.concat(window.piecesFrom(7)), bytes.subarray(7));
  });

  test('lets go of whole blocks only, and of what is not full yet too when all of it is before', () => {
    const window = new BlockWindow(3 * BLOCK);
    window.append(noise(BLOCK + 10));
    window.dropBefore(BLOCK - 1);
    assert.equal(window.start, 0);
    window.dropBefore(BLOCK);
    assert.equal(window.start, BLOCK);
    assert.equal(window.slice(0, Infinity), undefined);
    window.dropBefore(BLOCK + 10);
    assert.equal(window.start, BLOCK);
    window.dropBefore(2 * BLOCK);
    assert.deepEqual([window.start, window.end], [BLOCK + 10, BLOCK + 10]);
    window.append(Buffer.from('on'));
    assert.equal(window.slice(BLOCK + 10, Infinity)?.toString(), 'on');
  });

  test('what was sliced stays as it was when more comes and the rest is let go of', () => {
    const window = new BlockWindow(4 * BLOCK);
    const bytes = noise(4 * BLOCK);
    window.append(bytes.subarray(0, 100));
    const slice = window.slice(0, Infinity)!;
    window.append(bytes.subarray(100));
    window.dropBefore(4 * BLOCK);
    assert.deepEqual(slice, bytes.subarray(0, 100));
  });

  test('takes no more memory than what there will be', () => {
    const window = new BlockWindow(10);
    window.append(Buffer.from('0123456789'));
    assert.equal(window.slice(0, Infinity)!.buffer.byteLength, 10);
  });

  test('has at every position from its start on what came there, whatever was let go of before', () => {
    const bytes = noise(3 * BLOCK + 7);
    const step = fc.oneof(
      fc.record({ append: fc.constantFrom(0, 1, 777, 65_536, BLOCK - 1, BLOCK, BLOCK + 1) }),
      fc.record({ drop: fc.integer({ min: -1, max: bytes.length + 1 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const window = new BlockWindow(bytes.length);
        let start = 0;
        for (const one of steps) {
          if ('append' in one) window.append(bytes.subarray(window.end, window.end + one.append));
          else window.dropBefore(one.drop);
          assert.ok(window.start >= start && window.start <= window.end);
          ({ start } = window);
          assert.ok(Buffer.concat(window.piecesFrom(start)).equals(bytes.subarray(start, window.end)));
        }
      }),
    );
  });
});
