import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { digestOf } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import { formatRepository, type Repository } from '../../../api/oci/repository.ts';
import type { Lister, Registry } from '../../../api/registry.ts';
import { codeOf, type Served } from '../../support/http-client.ts';
import { serve } from '../../support/http-images.ts';

const digest = digestOf(Buffer.from('{}'));

describe('ns and X-Registry', () => {
  let served: Served;
  let asked: string[] = [];
  /** Has nothing, and knows no host but docker.io and quay.io:8443. */
  const fail = (repo: Repository): Promise<never> => {
    asked.push(formatRepository(repo));
    const known = repo.host === undefined || ['docker.io', 'quay.io:8443'].includes(repo.host);
    return Promise.reject(new RegistryError(known ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN', 'not here'));
  };
  const registry: Registry & Lister = {
    statManifest: fail,
    getManifest: fail,
    statBlob: fail,
    openBlob: fail,
    listTags: fail,
    listReferrers: fail,
    listRepositories: () => Promise.resolve([]),
  };
  before(async () => {
    served = await serve(registry);
  });
  beforeEach(() => {
    asked = [];
  });

  const path = '/v2/library/x/manifests/latest';
  const rows: { name: string; query?: string; header?: string | string[]; repository: string; echo: string | null }[] =
    [
      { name: 'none', repository: 'library/x', echo: null },
      { name: 'ns', query: '?ns=docker.io', repository: 'docker.io/library/x', echo: 'docker.io' },
      { name: 'the header', header: 'docker.io', repository: 'docker.io/library/x', echo: 'docker.io' },
      {
        name: 'both alike',
        query: '?ns=docker.io',
        header: 'docker.io',
        repository: 'docker.io/library/x',
        echo: 'docker.io',
      },
      {
        name: 'N5 aliases are alike',
        query: '?ns=registry-1.docker.io',
        header: 'Docker.io',
        repository: 'docker.io/library/x',
        echo: 'registry-1.docker.io',
      },
      {
        name: 'N5 the default port',
        query: '?ns=docker.io:443',
        repository: 'docker.io/library/x',
        echo: 'docker.io:443',
      },
      { name: 'a port', query: '?x=1&ns=quay.io:8443', repository: 'quay.io:8443/library/x', echo: 'quay.io:8443' },
      {
        name: 'an encoded port',
        query: '?ns=quay.io%3A8443',
        repository: 'quay.io:8443/library/x',
        echo: 'quay.io:8443',
      },
      { name: 'another parameter that ends so', query: '?columns=a', repository: 'library/x', echo: null },
    ];
  for (const { name, query = '', header, repository, echo } of rows) {
    test(`N2 N4 ${name}`, async () => {
      for (const method of ['GET', 'HEAD']) {
        const answer = await served.ask(method, path + query, header === undefined ? {} : { 'X-Registry': header });
        assert.equal(answer.status, 404);
        assert.equal(asked.at(-1), repository);
        assert.equal(answer.headers.get('oci-namespace'), echo);
      }
    });
  }

  const refused: { name: string; query?: string; header?: string | string[] }[] = [
    { name: 'different', query: '?ns=docker.io', header: 'quay.io' },
    { name: 'an empty ns', query: '?ns=' },
    { name: 'two of ns', query: '?ns=a&ns=b' },
    { name: 'two of ns alike', query: '?ns=a&ns=a' },
    { name: 'an empty header', header: '' },
    { name: 'two headers', header: ['docker.io', 'quay.io'] },
  ];
  for (const { name, query = '', header } of refused) {
    test(`N4 N5 ${name}: 400, nobody is asked`, async () => {
      const paths = [path, `/v2/x/blobs/${digest}`, '/v2/x/tags/list', `/v2/x/referrers/${digest}`];
      for (const one of paths) {
        const headers = header === undefined ? {} : { 'X-Registry': header };
        const answer = await served.ask('GET', one + query, headers);
        assert.equal(answer.status, 400, one);
        assert.equal(codeOf(answer), 'UNSUPPORTED');
        assert.equal((await served.ask('HEAD', one + query, headers)).status, 400, one);
      }
      assert.deepEqual(asked, []);
    });
  }

  test('N5 an unknown host is 404 NAME_UNKNOWN, and so is what is no host', async () => {
    for (const ns of ['nowhere.example', 'no host', '..', 'a/b', '%00', 'http://x']) {
      for (const one of [path, `/v2/x/referrers/${digest}`]) {
        const answer = await served.ask('GET', `${one}?ns=${encodeURIComponent(ns)}`);
        assert.equal(answer.status, 404, ns);
        assert.equal(codeOf(answer), 'NAME_UNKNOWN');
      }
    }
  });

  test('N4 N5 hosts that differ are ignored on the base', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await served.ask(method, '/v2/?ns=docker.io', { 'X-Registry': 'quay.io' });
      assert.equal(answer.status, 200);
    }
  });

  test('V4 ignored on the base and the catalog', async () => {
    for (const one of ['/v2/?ns=&ns=b', '/v2/_catalog?ns=&ns=b']) {
      const answer = await served.ask('GET', one, { 'X-Registry': '' });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('oci-namespace'), null);
    }
  });

  test('N2 sent back with refusals too', async () => {
    const bad = await served.ask('GET', '/v2/NO/manifests/x?ns=docker.io');
    assert.equal(bad.status, 400);
    assert.equal(bad.headers.get('oci-namespace'), 'docker.io');
    const write = await served.ask('DELETE', `${path}?ns=docker.io`);
    assert.equal(write.status, 405);
    assert.equal(write.headers.get('oci-namespace'), 'docker.io');
  });

  test('a host that could not be a header is not sent back', async () => {
    const answer = await served.ask('GET', `${path}?ns=a%0d%0aSet-Cookie:x`);
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get('oci-namespace'), null);
    assert.equal(answer.headers.get('set-cookie'), null);
  });
});
