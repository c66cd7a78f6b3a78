import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../../../api/oci/digest.ts';
import { blobReply, challenge, FakeUpstream, redirect, type Answer } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { readBody } from '../../support/read-body.ts';
import { repo } from '../../support/repository.ts';

const bytes = Buffer.from('the bytes of a blob');
const digest = digestOf(bytes);
const PATH = `/v2/a/blobs/${digest}`;
const SIGNED = '/store/x?signature=s3cret';

interface Two {
  /** The registry, which wants a login. */
  readonly up: FakeUpstream;
  /** The storage service beside it. */
  readonly store: FakeUpstream;
  readonly under: UnderTest;
}

async function registryAndStore(...answers: readonly ((store: FakeUpstream) => Answer)[]): Promise<Two> {
  const [up, store] = await Promise.all([FakeUpstream.start(), FakeUpstream.start()]);
  up.on(`GET ${PATH}`, challenge('Basic realm="x"'), ...answers.map((answer) => answer(store)));
  const credentials = (): Promise<{ username: string; password: string }> =>
    Promise.resolve({ username: 'ann', password: 'secret' });
  return { up, store, under: registryOver({ url: up.origin, credentials }) };
}

const pull = async ({ under }: Two, range?: { first: number }): Promise<Buffer> =>
  readBody((await under.registry.openBlob(repo('a'), digest, range)).body);

describe('UP12 a redirect', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`of ${status} is followed to another host, without Authorization, with Range`, async () => {
      const two = await registryAndStore(({ origin }) => redirect(`${origin}${SIGNED}`, status));
      two.store.on('GET /store/x', blobReply(bytes));
      assert.deepEqual(await pull(two, { first: 4 }), bytes.subarray(4));
      assert.match(two.up.asked[1]!.headers.authorization!, /^Basic /);
      const { headers, method } = two.store.asked[0]!;
      assert.deepEqual([method, headers.authorization, headers.range], ['GET', undefined, 'bytes=4-']);
    });
  }

  test('within the registry keeps Authorization, relative or not', async () => {
    const two = await registryAndStore(
      () => redirect('/elsewhere'),
      () => redirect('/elsewhere'),
    );
    two.up.on('GET /elsewhere', redirect(`${two.up.origin}/further`)).on('GET /further', blobReply(bytes));
    assert.deepEqual(await pull(two), bytes);
    assert.match(two.up.asked.at(-1)!.headers.authorization!, /^Basic /);
  });

  test('back to the registry from elsewhere does not bring Authorization back', async () => {
    const two = await registryAndStore(({ origin }) => redirect(`${origin}/back`));
    two.store.on('GET /back', redirect(`${two.up.origin}/further`));
    two.up.on('GET /further', blobReply(bytes));
    assert.deepEqual(await pull(two), bytes);
    assert.equal(two.up.asked.at(-1)!.headers.authorization, undefined);
  });

  test('is followed ten times and no more', async () => {
    const two = await registryAndStore(({ origin }) => redirect(`${origin}/1`));
    for (let i = 1; i < 12; i++) two.store.on(`GET /${i}`, redirect(`/${i + 1}`));
    await fails(pull(two), 'invalid', /: more than 10 redirects$/);
    assert.equal(two.store.asked.length, 10);
    two.store.on('GET /10', blobReply(bytes));
    assert.deepEqual(await pull(two), bytes);
  });

  for (const [location, message] of [
    ['file:///etc/passwd', /: a redirect to file:$/],
    ['http://[', /: a redirect to what is no URL$/],
  ] as const) {
    test(`to ${location} is refused`, async () => {
      const two = await registryAndStore(() => redirect(location));
      await fails(pull(two), 'invalid', message);
    });
  }

  test('to no place is an answer of its own', async () => {
    const two = await registryAndStore(() => ({ status: 307 }));
    await fails(pull(two), 'failed', /: 307$/);
  });

  for (const status of [400, 403]) {
    test(`whose link is refused with ${status} is asked for again, once`, async () => {
      const two = await registryAndStore(({ origin }) => redirect(`${origin}${SIGNED}`));
      two.store.on('GET /store/x', { status }, blobReply(bytes));
      assert.deepEqual(await pull(two), bytes);
      assert.equal(two.up.asked.length, 3);

      two.store.on('GET /store/x', {
        status,
        headers: { 'content-type': 'text/plain' },
        body: 'SignatureDoesNotMatch s3cret',
      });
      const err = await fails(pull(two), 'failed');
      assert.equal(
        err.message,
        `up.example: GET a@${digest}: ${two.store.origin}: ${status}${status === 403 ? ' denied' : ''}`,
      );
      assert.equal(two.store.asked.length, 4);
    });
  }

  test('to a host that is not there is told without its query', async () => {
    const two = await registryAndStore(({ origin }) => redirect(`${origin}${SIGNED}`));
    await two.store[Symbol.asyncDispose]();
    const err = await fails(pull(two), 'unreachable');
    assert.match(err.message, /cannot reach http:\/\/127.0.0.1:\d+: connection refused$/);
    assert.doesNotMatch(`${err.message} ${two.under.lines.join(' ')}`, /s3cret|signature/);
  });

  test('to who wants a login is a failure: there is none for them', async () => {
    const two = await registryAndStore(({ origin }) => redirect(`${origin}${SIGNED}`));
    two.store.on('GET /store/x', challenge('Basic realm="store"'));
    await fails(pull(two), 'failed', /: http:\/\/127.0.0.1:\d+: 401 denied$/);
    assert.equal(two.up.asked.length, 2);
    assert.deepEqual(
      two.store.asked.map(({ headers }) => headers.authorization),
      [undefined],
    );
  });

  test('M4 L3 to what is not there any more is a blob that is unknown', async () => {
    const two = await registryAndStore(({ origin }) => redirect(`${origin}${SIGNED}`));
    await assert.rejects(pull(two), { code: 'BLOB_UNKNOWN' });
  });
});
