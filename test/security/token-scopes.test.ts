import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Host } from '../../api/oci/repository.ts';
import type { Served } from '../support/http-client.ts';
import { createImages, serve } from '../support/http-images.ts';
import { bearer, openGate } from '../api/http/login-gate.ts';

const APP = '/v2/team/app/tags/list';
const hosts = new Set(['docker.io', 'quay.io', '127.0.0.1:5001'] as Host[]);

describe('token confusion: a token of ours opens nothing but what it names', () => {
  let served: Served;
  before(async () => {
    const { registry } = createImages();
    const gate = openGate({ tokens: true, names: { hosts, defaultHost: 'docker.io' as Host } });
    served = await serve(registry, { gate, isConfiguredHost: (host) => hosts.has(host) });
  });

  const statusOf = async (path: string, scopes: readonly string[], headers = {}): Promise<number> =>
    (await served.ask('GET', path, { authorization: await bearer(...scopes), ...headers })).status;

  const opensNothing = [
    'repository:team/other:pull',
    'repository:team/ap:pull',
    'repository:team/app2:pull',
    'repository:team:pull',
    'repository:team/:pull',
    'repository:team/app/:pull',
    'repository:/team/app:pull',
    'repository:team//app:pull',
    'repository:team/other/../app:pull',
    'repository:./team/app:pull',
    'repository:team%2Fapp:pull',
    'repository:Team/App:pull',
    'repository:TEAM/APP:pull',
    'repository: team/app:pull',
    'repository:team/app\u0000:pull',
    'repository:team/app\n:pull',
    'repository:team\\app:pull',
    'repository:team/app,team/other:pull',
    'repository:team/*:pull',
    'repository:**:pull',
    'repository:*:pull',
    'repository:.*:pull',
    'repository::pull',
    'repository:quay.io/team/app:pull',
    'repository:evil.test/team/app:pull',
    'repository:127.0.0.1:5001/team/app:pull',
    'repository:docker.io:443/team/other:pull',
    'repository:team/app:push',
    'repository:team/app:PULL',
    'repository:team/app:pull*',
    'repository:team/app:',
    'Repository:team/app:pull',
    'repository(plugin):team/app:pull',
    'registry:team/app:pull',
    'registry:catalog:*',
    'registry:*:*',
  ];
  for (const scope of opensNothing) {
    test(`${JSON.stringify(scope)} is not for team/app`, async () => assert.equal(await statusOf(APP, [scope]), 401));
  }

  test('of several entries each counts for itself: what one names and another allows is not put together', async () => {
    assert.equal(await statusOf(APP, ['repository:team/app:push', 'repository:team/other:pull']), 401);
    assert.equal(await statusOf(APP, ['repository:team/app:push', 'repository:team/app:pull']), 200);
    assert.equal(await statusOf(APP, ['repository:team/app:pull', 'repository:team/app:']), 200);
  });

  test('a token for one host is none for another, whichever way that is said', async () => {
    const quay = ['repository:quay.io/team/app:pull'];
    const hub = ['repository:team/app:pull'];
    for (const ns of ['quay.io', 'QUAY.IO', 'quay.io:443']) {
      assert.equal(await statusOf(`${APP}?ns=${ns}`, hub), 401, ns);
      assert.equal(await statusOf(`${APP}?ns=${ns}`, quay), 404, `${ns}: let in, and nothing lies there`);
      assert.equal(await statusOf(APP, hub, { 'x-registry': ns }), 401, `X-Registry: ${ns}`);
      assert.equal(await statusOf(APP, quay, { 'x-registry': ns }), 404, `X-Registry: ${ns}`);
    }
    assert.equal(await statusOf('/v2/quay.io/team/app/tags/list', hub), 401);
    assert.equal(await statusOf('/v2/127.0.0.1:5001/team/app/tags/list', [...hub, ...quay]), 401);
    assert.equal(await statusOf(`${APP}?ns=docker.io`, quay), 401);
    assert.equal(await statusOf(`${APP}?ns=127.0.0.1:5001`, ['repository:127.0.0.1/team/app:pull']), 401);
  });

  test('a host that nobody has opens nothing, though it is no secret that it is not here', async () => {
    for (const ns of ['evil.test', '127.0.0.1', 'docker.io.', 'quay.io@docker.io']) {
      const status = await statusOf(`${APP}?ns=${encodeURIComponent(ns)}`, ['repository:evil.test/team/app:pull']);
      assert.ok(status === 400 || status === 404, `${ns}: ${status}`);
    }
  });

  test('one repository is not the list of all, nor that any repository', async () => {
    assert.equal(await statusOf('/v2/_catalog', ['repository:catalog:*', 'registry:catalog:pull']), 401);
    assert.equal(await statusOf('/v2/_catalog', ['registry:Catalog:*', 'registry:*:*']), 401);
    assert.equal(await statusOf(APP, ['registry:catalog:*']), 401);
  });
});
