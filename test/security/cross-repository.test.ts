import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Store } from '../../api/store/store.ts';
import { openFolder } from '../support/open-folder.ts';
import { serve } from '../support/http-images.ts';
import type { Served } from '../support/http-client.ts';
import { storeImage } from '../support/store-image.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { descriptorOf, tinyImage } from '../support/tiny-image.ts';
import { basic, openGate } from '../api/http/login-gate.ts';

// One pool of blobs lies under all repositories of a folder: what is in it must be had by its own repositories alone.

const secret = tinyImage({ seed: 'secret' });
const signature = tinyImage({ seed: 'signature', more: { subject: descriptorOf(secret.manifest) } });
const shared = tinyImage({ seed: 'shared' });
const layer = secret.layers[0]!;

describe("cross-repository reads: a digest opens nothing of another repository's", () => {
  let served: Served;
  before(async () => {
    const root = tempFolder();
    const store = new Store(root);
    await storeImage(store, 'team/secret', secret, 'v1', { referrers: [signature] });
    await storeImage(store, 'team/secret', shared, 'shared');
    await storeImage(store, 'team/app', shared, 'v1');
    const { registry } = await openFolder(root);
    const gate = openGate({
      users: { alice: 'a', bob: 'b' },
      rules: [
        { users: ['alice'], repositories: ['team/app', 'team/none'] },
        { users: ['bob'], repositories: ['team/secret'] },
      ],
    });
    served = await serve(registry, { gate });
  });
  const alice = { authorization: basic('alice', 'a') };
  const bob = { authorization: basic('bob', 'b') };

  const paths = (name: string): readonly string[] => [
    `/v2/${name}/blobs/${layer.digest}`,
    `/v2/${name}/blobs/${secret.config.digest}`,
    `/v2/${name}/blobs/${secret.manifest.digest}`,
    `/v2/${name}/blobs/${signature.manifest.digest}`,
    `/v2/${name}/manifests/${secret.manifest.digest}`,
    `/v2/${name}/manifests/${signature.manifest.digest}`,
    `/v2/${name}/manifests/${layer.digest}`,
  ];

  for (const name of ['team/app', 'team/none']) {
    test(`L9 by ${name} there is nothing of it, whatever the client has or asks a part of`, async () => {
      const conditions: readonly Readonly<Record<string, string>>[] = [
        {},
        { range: 'bytes=0-0' },
        { range: 'bytes=999999-' },
        { 'if-none-match': '*' },
        { 'if-none-match': `"${layer.digest}"` },
        { 'if-none-match': `"${secret.manifest.digest}"` },
        { accept: layer.mediaType },
      ];
      for (const path of paths(name)) {
        for (const method of ['GET', 'HEAD']) {
          for (const condition of conditions) {
            const { status } = await served.ask(method, path, { ...alice, ...condition });
            assert.equal(status, 404, `${method} ${path} ${JSON.stringify(condition)}`);
          }
        }
      }
    });
  }

  test('R4 nor what refers to it', async () => {
    const listed = async (name: string, user: typeof alice): Promise<unknown[]> => {
      const { body } = await served.ask('GET', `/v2/${name}/referrers/${secret.manifest.digest}`, user);
      return (JSON.parse(body.toString()) as { manifests: unknown[] }).manifests;
    };
    assert.deepEqual(await listed('team/app', alice), []);
    assert.equal((await listed('team/secret', bob)).length, 1);
  });

  test('what both have, each has by its own name', async () => {
    for (const part of [shared.config, ...shared.layers]) {
      assert.equal((await served.ask('GET', `/v2/team/app/blobs/${part.digest}`, alice)).status, 200);
      assert.equal((await served.ask('GET', `/v2/team/secret/blobs/${part.digest}`, bob)).status, 200);
      assert.equal((await served.ask('GET', `/v2/team/secret/blobs/${part.digest}`, alice)).status, 403);
    }
    assert.equal((await served.ask('GET', `/v2/team/secret/blobs/${layer.digest}`, bob)).status, 200);
  });

  test('W1 a blob cannot be mounted from one into the other', async () => {
    const { status } = await served.ask(
      'POST',
      `/v2/team/app/blobs/uploads/?mount=${layer.digest}&from=team/secret`,
      alice,
    );
    assert.equal(status, 405);
    assert.equal((await served.ask('GET', `/v2/team/app/blobs/${layer.digest}`, alice)).status, 404);
  });
});
