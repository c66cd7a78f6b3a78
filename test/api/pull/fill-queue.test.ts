import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UpstreamError } from '../../../api/oci/errors.ts';
import { FillQueue, type Turn } from '../../../api/pull/fill-queue.ts';

const NEVER = new AbortController().signal;

/** A queue, and who comes out of it in which order. */
function queueOf(atOnce: number) {
  let client = '';
  const queue = new FillQueue({ atOnce, currentClient: () => client });
  const came: string[] = [];
  const ask = (name: string): Turn & { readonly waited: Promise<void> } => {
    client = name.replace(/\d+$/, '');
    const turn = queue.turn(`blob ${name}`);
    const waited = turn.wait(60_000, NEVER).then(() => void came.push(name));
    return { ...turn, waited };
  };
  return { queue, came, ask };
}

describe('the queue of downloads', () => {
  test('lets so many go on at once, and the next when one ends', async () => {
    const { came, ask } = queueOf(2);
    const [first, second, third] = [ask('a1'), ask('a2'), ask('a3')];
    await Promise.all([first.waited, second.waited]);
    assert.deepEqual(came, ['a1', 'a2']);
    first.end();
    await third.waited;
    assert.deepEqual(came, ['a1', 'a2', 'a3']);
  });

  test('lets the client come first that has the fewest, not the one that asked for the most', async () => {
    const { came, ask } = queueOf(2);
    const many = Array.from({ length: 3 }, (_, i) => ask(`a${i}`));
    const [other, third] = [ask('b0'), ask('c0')];
    await Promise.all([many[0]!.waited, many[1]!.waited]);
    many[0]!.end();
    await other.waited;
    many[1]!.end();
    await third.waited;
    other.end();
    await many[2]!.waited;
    assert.deepEqual(came, ['a0', 'a1', 'b0', 'c0', 'a2']);
  });

  test('tells who waits too long that it is unavailable, and when to ask again', async () => {
    const { queue, ask } = queueOf(1);
    const first = ask('a');
    await first.waited;
    const late = queue.turn('blob b');
    await assert.rejects(late.wait(10, NEVER), (err: unknown) => {
      assert.ok(err instanceof UpstreamError);
      assert.equal(err.kind, 'unavailable');
      assert.equal(err.retryAfterMs, 5_000);
      assert.equal(err.message, 'blob b: 1 downloads are going on at once, and none has ended in time');
      return true;
    });
    late.end();
    first.end();
    // Who gave up has not taken the place of anybody.
    await ask('c').waited;
  });

  test('lets go of who is not wanted any more', async () => {
    const { queue, ask } = queueOf(1);
    const first = ask('a');
    await first.waited;
    const ending = new AbortController();
    const waiting = queue.turn('blob b').wait(60_000, ending.signal);
    ending.abort(new Error('the server stops'));
    await assert.rejects(waiting, /the server stops/);
    first.end();
    first.end();
    await ask('c').waited;
  });
});
