import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Answer } from '../support/conforms.ts';
import type { Served } from '../support/http-client.ts';
import { createImages, put, serve } from '../support/http-images.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { basic, openGate } from '../api/http/login-gate.ts';

const HIDDEN = ['aaa/first', 'team/app/hidden', 'team/between', 'zzz/last'];
const SEEN = ['team/app', 'team/seen'];

/** What a client can tell answers apart by. */
function told({ status, headers, body }: Answer): object {
  const fields = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
  return { status, fields, body: body.toString() };
}

describe('catalog leaks: what somebody may not pull does not show', () => {
  let without: Served;
  let having: Served;
  const { manifest, config } = tinyImage({ seed: 'hidden' });
  before(async () => {
    const gate = openGate({
      users: { alice: 'a' },
      rules: [{ users: ['alice'], repositories: SEEN }],
      anonymous: ['public/*'],
    });
    const [few, all] = [createImages().registry, createImages().registry];
    for (const registry of [few, all]) put(registry, 'team/seen', tinyImage(), 'v1');
    for (const name of HIDDEN) put(all, name, tinyImage({ seed: 'hidden' }), 'v1');
    [without, having] = [await serve(few, { gate }), await serve(all, { gate })];
  });

  const same = async (method: string, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> => {
    const [one, other] = [await without.ask(method, path, headers), await having.ask(method, path, headers)];
    assert.deepEqual(told(one), told(other), `${method} ${path}`);
    return other;
  };

  test('the list, its pages, links, lengths and ETags are those of a registry without it', async () => {
    const queries = ['', '?n=0', '?n=1', '?n=2', '?n=3', '?n=1000', ...HIDDEN.map((last) => `?n=1&last=${last}`)];
    queries.push(...SEEN.map((last) => `?n=1&last=${last}`), '?last=team/bet', '?last=zzz');
    const alice = { authorization: basic('alice', 'a') };
    for (const query of queries) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await same(method, `/v2/_catalog${query}`, alice);
        const etag = answer.headers.get('etag');
        if (etag !== null) await same(method, `/v2/_catalog${query}`, { ...alice, 'if-none-match': etag });
      }
    }
    const { body } = await having.ask('GET', '/v2/_catalog', alice);
    assert.deepEqual(JSON.parse(body.toString()), { repositories: SEEN });
  });

  test('a repository that may not be pulled is answered as one that is not there, in every read', async () => {
    const reads = (name: string): readonly string[] => [
      `/v2/${name}/manifests/v1`,
      `/v2/${name}/manifests/${manifest.digest}`,
      `/v2/${name}/blobs/${config.digest}`,
      `/v2/${name}/tags/list?n=1`,
      `/v2/${name}/referrers/${manifest.digest}`,
    ];
    for (const authorization of [basic('alice', 'a'), 'Basic Og==', undefined]) {
      const headers = authorization === undefined ? {} : { authorization };
      for (const path of HIDDEN.flatMap(reads)) {
        for (const method of ['GET', 'HEAD']) {
          const { status } = await same(method, path, headers);
          assert.equal(status, authorization === basic('alice', 'a') ? 403 : 401);
          for (const condition of [{ range: 'bytes=0-0' }, { 'if-none-match': '*' }]) {
            await same(method, path, { ...headers, ...condition });
          }
        }
      }
    }
  });

  test('a repository that is seen tells nothing of one below it', async () => {
    const alice = { authorization: basic('alice', 'a') };
    await same('GET', '/v2/team/app/tags/list', alice);
    await same('GET', '/v2/team/tags/list', alice);
  });
});
