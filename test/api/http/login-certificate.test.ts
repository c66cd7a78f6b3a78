import assert from 'node:assert/strict';
import https from 'node:https';
import { before, describe, test } from 'node:test';
import { createApp } from '../../../api/http/app.ts';
import { serveApp, type Served } from '../../support/http-client.ts';
import { createImages, silentLog } from '../../support/http-images.ts';
import { missing } from '../../support/clients/requires.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { Authority, type Pair } from '../../support/upstream/certificates.ts';
import { basic, openGate } from './login-gate.ts';

const { registry } = createImages();

describe("a client's certificate", { skip: missing('openssl') }, () => {
  let served: Served;
  let ours: Authority;
  let pairs: Readonly<Record<'alice' | 'bob' | 'stranger', Pair>>;
  before(async () => {
    ours = await Authority.create(tempFolder());
    const theirs = await Authority.create(tempFolder());
    const server = await ours.server('server');
    pairs = {
      alice: await ours.client('alice'),
      bob: await ours.client('bob'),
      stranger: await theirs.client('alice'),
    };
    const gate = openGate({
      users: { carol: 'secret' },
      certificate: 'commonName',
      rules: [{ users: ['alice', 'carol'], repositories: ['team/**'] }],
    });
    const app = await createApp({ registry, lister: registry, log: silentLog, gate });
    served = await serveApp(app, {
      tls: { cert: server.cert, key: server.key, clientCa: ours.ca, clientAuth: 'request' },
    });
  });

  const statusOf = (pair: Pair | undefined, authorization?: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = https.get(`https://127.0.0.1:${served.port}/v2/team/app/tags/list`, {
        ca: ours.ca,
        agent: false,
        ...(pair && { cert: pair.cert, key: pair.key }),
        headers: authorization === undefined ? {} : { authorization },
      });
      request.once('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.once('error', reject);
    });

  test('says who the user is', async () => {
    assert.equal(await statusOf(pairs.alice), 200);
    assert.equal(await statusOf(pairs.bob), 403);
    assert.equal(await statusOf(undefined), 401);
  });

  test('says nothing when somebody else has signed it', async () => {
    assert.equal(await statusOf(pairs.stranger), 401);
  });

  test('counts where the request says nothing else; an empty login is nothing', async () => {
    assert.equal(await statusOf(pairs.alice, 'Basic Og=='), 200);
    assert.equal(await statusOf(pairs.bob, basic('carol', 'secret')), 200);
    assert.equal(await statusOf(pairs.alice, basic('carol', 'wrong')), 401);
  });
});
