import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TokenRequest } from '../../../api/upstream/token-service.ts';
import { TokenSource } from '../../../api/upstream/token-source.ts';
import { FakeClock } from '../../support/upstream/fake-clock.ts';

const never = new AbortController().signal;
const wanted: TokenRequest = { realm: 'https://auth/token', service: 's', scopes: ['a', 'b'] };

function sourceOf(lifeMs = 60_000): { source: TokenSource; fetched: TokenRequest[]; clock: FakeClock } {
  const clock = new FakeClock();
  const fetched: TokenRequest[] = [];
  const fetch = (request: TokenRequest): Promise<{ value: string; lifeMs: number }> =>
    Promise.resolve({ value: `t${fetched.push(request)}`, lifeMs });
  return { source: new TokenSource(fetch, clock.now), fetched, clock };
}

describe('UP6 the tokens that are kept', () => {
  const others: readonly [what: string, request: TokenRequest, isOther: boolean][] = [
    ['realm', { ...wanted, realm: 'https://other/token' }, true],
    ['service', { ...wanted, service: undefined }, true],
    ['scope', { ...wanted, scopes: ['a'] }, true],
    ['user', { ...wanted, credentials: { username: 'ann', password: '' } }, true],
    ['order of scopes', { ...wanted, scopes: ['b', 'a'] }, false],
  ];
  for (const [what, request, isOther] of others) {
    test(`of another ${what} are ${isOther ? 'others' : 'the same'}`, async () => {
      const { source } = sourceOf();
      assert.equal(await source.get(wanted, never), 't1');
      assert.equal(await source.get(request, never), isOther ? 't2' : 't1');
      assert.equal(await source.get(wanted, never), 't1');
    });
  }

  test('are dropped only when they are the ones that were refused', async () => {
    const { source, fetched } = sourceOf();
    await source.get(wanted, never);
    source.drop(wanted, 'an older one');
    assert.equal(await source.get(wanted, never), 't1');
    source.drop(wanted, 't1');
    assert.equal(await source.get(wanted, never), 't2');
    assert.equal(fetched.length, 2);
  });

  test('are none of a fetch that failed, and the next one fetches again', async () => {
    let fails = true;
    const fetch = (): Promise<{ value: string; lifeMs: number }> =>
      fails ? Promise.reject(new Error('no')) : Promise.resolve({ value: 't', lifeMs: 1 });
    const source = new TokenSource(fetch, () => 0);
    const both = await Promise.allSettled([source.get(wanted, never), source.get(wanted, never)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    fails = false;
    assert.equal(await source.get(wanted, never), 't');
  });

  test('are not fetched for who has left, nor waited for', async () => {
    const { source, fetched } = sourceOf();
    await assert.rejects(source.get(wanted, AbortSignal.abort(new Error('I left'))), /I left/);
    assert.equal(fetched.length, 0);
  });

  test('are not fetched any more once closed', async () => {
    const source = new TokenSource(
      (_, signal) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(new Error('closed')))),
      () => 0,
    );
    const pending = source.get(wanted, never);
    source.close();
    await assert.rejects(pending, /closed/);
  });
});
