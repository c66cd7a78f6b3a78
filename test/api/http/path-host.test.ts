import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { digestOf } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import type { Tag } from '../../../api/oci/reference.ts';
import type { Repository } from '../../../api/oci/repository.ts';
import type { Lister, Registry } from '../../../api/registry.ts';
import { codeOf, type Served } from '../../support/http-client.ts';
import { serve } from '../../support/http-images.ts';

const digest = digestOf(Buffer.from('{}'));
const tags = ['v1', 'v2', 'v3'] as Tag[];

describe('a host with a port at the front of a path', () => {
  let served: Served;
  let asked: Repository[] = [];
  const fail = (repo: Repository): Promise<never> => {
    asked.push(repo);
    return Promise.reject(new RegistryError('MANIFEST_UNKNOWN', 'not here'));
  };
  const registry: Registry & Lister = {
    statManifest: fail,
    getManifest: fail,
    statBlob: fail,
    openBlob: fail,
    listTags: (repo) => {
      asked.push(repo);
      return Promise.resolve({ entries: tags });
    },
    listReferrers: (repo) => {
      asked.push(repo);
      return Promise.resolve({ entries: [] });
    },
    listRepositories: () => Promise.resolve(['secret']),
  };
  const configured = ['127.0.0.1:5001', '[::1]:5001', 'quay.io', 'docker.io'];
  before(async () => {
    served = await serve(registry, { isConfiguredHost: (host) => configured.includes(host) });
  });
  beforeEach(() => {
    asked = [];
  });

  const taken: [front: string, host: string, echo: string][] = [
    ['127.0.0.1:5001/', '127.0.0.1:5001', '127.0.0.1:5001'],
    ['127.0.0.1%3A5001/', '127.0.0.1:5001', '127.0.0.1:5001'],
    ['127.0.0.1%3a5001%2f', '127.0.0.1:5001', '127.0.0.1:5001'],
    ['[::1]:5001/', '[::1]:5001', '[::1]:5001'],
    ['%5B::1%5D:5001/', '[::1]:5001', '[::1]:5001'],
    ['Quay.io:443/', 'quay.io', 'Quay.io:443'],
    ['index.docker.io:443/', 'docker.io', 'index.docker.io:443'],
  ];
  for (const [front, host, echo] of taken) {
    test(`N4 ${front} is the host ${host}`, async () => {
      const keywords = ['manifests/v1', `manifests/${digest}`, `blobs/${digest}`, 'tags/list', `referrers/${digest}`];
      for (const rest of keywords) {
        for (const method of ['GET', 'HEAD']) {
          const answer = await served.ask(method, `/v2/${front}library/x/${rest}`);
          assert.deepEqual(asked.pop(), { host, name: 'library/x' }, rest);
          assert.equal(answer.headers.get('oci-namespace'), echo);
        }
      }
    });
  }

  test('N4 a name of one component, and one that is a keyword', async () => {
    await served.ask('GET', '/v2/127.0.0.1:5001/x/manifests/v1');
    await served.ask('GET', '/v2/127.0.0.1:5001/a/manifests/b/tags/list');
    assert.deepEqual(
      asked.map(({ name }) => name),
      ['x', 'a/manifests/b'],
    );
  });

  test('A1 name and Link are as they were asked, and the link leads on', async () => {
    const first = await served.ask('GET', '/v2/127.0.0.1:5001/library/x/tags/list?n=2');
    assert.deepEqual(JSON.parse(first.body.toString()), { name: '127.0.0.1:5001/library/x', tags: ['v1', 'v2'] });
    const link = first.headers.get('link');
    assert.equal(link, '</v2/127.0.0.1:5001/library/x/tags/list?n=2&last=v2>; rel="next"');
    const second = await served.ask('GET', link.slice(1, link.indexOf('>')));
    assert.deepEqual(JSON.parse(second.body.toString()), { name: '127.0.0.1:5001/library/x', tags: ['v3'] });
  });

  test('A1 the brackets of an address are encoded in a Link', async () => {
    const { headers } = await served.ask('GET', '/v2/[::1]:5001/x/tags/list?n=1');
    assert.equal(headers.get('link'), '</v2/%5B::1%5D:5001/x/tags/list?n=1&last=v1>; rel="next"');
  });

  const left: [name: string, path: string, headers?: Record<string, string>][] = [
    ['not configured', '/v2/127.0.0.1:5002/library/x/manifests/v1'],
    ['no host', '/v2/-:5001/library/x/manifests/v1'],
    ['with ns', '/v2/127.0.0.1:5001/library/x/manifests/v1?ns=docker.io'],
    ['with the header', '/v2/127.0.0.1:5001/library/x/manifests/v1', { 'X-Registry': 'docker.io' }],
    ['nothing but the host', '/v2/127.0.0.1:5001/tags/list'],
    ['not at the front', '/v2/x/127.0.0.1:5001/y/manifests/v1'],
    ['another after it', '/v2/127.0.0.1:5001/127.0.0.1:5001/x/manifests/v1'],
  ];
  for (const [name, path, headers = {}] of left) {
    test(`N4 ${name}: 400 NAME_INVALID, nobody is asked`, async () => {
      const answer = await served.ask('GET', path, headers);
      assert.equal(answer.status, 400);
      assert.equal(codeOf(answer), 'NAME_INVALID');
      assert.deepEqual(asked, []);
    });
  }

  test('a host without a port stays part of the name', async () => {
    const { headers } = await served.ask('GET', '/v2/quay.io/library/x/manifests/v1');
    assert.deepEqual(asked, [{ name: 'quay.io/library/x' }]);
    assert.equal(headers.get('oci-namespace'), null);
  });

  test('it does not lead to what is no repository', async () => {
    for (const path of ['/v2/127.0.0.1:5001/_catalog', '/v2/127.0.0.1:5001/', '/v2/127.0.0.1:5001/a/b/c']) {
      const answer = await served.ask('GET', path);
      assert.equal(answer.status, 404, path);
      assert.equal(codeOf(answer), 'UNSUPPORTED');
      assert.match(answer.body.toString(), /127\.0\.0\.1:5001/);
    }
  });

  test('W1 a write is refused as elsewhere', async () => {
    const answer = await served.ask('DELETE', '/v2/127.0.0.1:5001/library/x/manifests/v1');
    assert.equal(answer.status, 405);
  });

  test('N4 without an upstream there is no such host', async () => {
    const plain = await serve(registry);
    const answer = await plain.ask('GET', '/v2/127.0.0.1:5001/library/x/manifests/v1');
    assert.equal(codeOf(answer), 'NAME_INVALID');
  });
});
