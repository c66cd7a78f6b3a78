import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { codeOf, type Served } from '../../support/http-client.ts';
import { createImages, index, ODD_NAMES, serve } from '../../support/http-images.ts';

const D = index.manifest.digest;
const HEX = 'a'.repeat(64);

interface Row {
  readonly name: string;
  readonly path: string;
  readonly status: number;
  readonly code?: string;
}

const rows: Row[] = [
  { name: 'V1 the base answers', path: '/v2/', status: 200 },
  { name: 'B12 /v2 answers as /v2/', path: '/v2', status: 200 },
  { name: 'B12 /v2 with a query', path: '/v2?x=1', status: 200 },
  { name: 'B7 unknown parameters are ignored', path: '/v2/?n=abc&foo[bar]=%zz', status: 200 },
  { name: 'B7 on a manifest', path: '/v2/team/app/manifests/latest?n=x&n=y&__proto__=1', status: 200 },
  { name: 'V4 a host is ignored on the base', path: '/v2/?ns=&ns=a', status: 200 },
  { name: 'B12 case counts', path: '/V2/', status: 404, code: 'UNSUPPORTED' },
  { name: 'B12 case counts in keywords', path: '/v2/team/app/Manifests/latest', status: 404, code: 'UNSUPPORTED' },
  { name: 'B12 an extra slash', path: '/v2/team/app/manifests/latest/', status: 404, code: 'UNSUPPORTED' },
  { name: 'B12 an extra slash behind tags', path: '/v2/team/app/tags/list/', status: 404, code: 'UNSUPPORTED' },
  { name: 'B13 // is an empty name part', path: '/v2/team//app/manifests/latest', status: 400, code: 'NAME_INVALID' },
  { name: 'B13 // at the front', path: '/v2//manifests/latest', status: 400, code: 'NAME_INVALID' },
  { name: 'B13 // alone', path: '/v2//', status: 400, code: 'NAME_INVALID' },
  { name: 'B13 // at the end of the name', path: '/v2/team/app//tags/list', status: 400, code: 'NAME_INVALID' },
  { name: 'B13 a digest may be encoded', path: `/v2/team/app/manifests/${D.replace(':', '%3A')}`, status: 200 },
  { name: 'B13 %2F in the name', path: '/v2/team%2Fapp/manifests/latest', status: 200 },
  { name: 'B13 decoded once only', path: '/v2/team%252Fapp/manifests/latest', status: 400, code: 'NAME_INVALID' },
  { name: 'B13 %2F in a tag', path: '/v2/team/app/manifests/x%2Fy', status: 404, code: 'MANIFEST_UNKNOWN' },
  { name: 'B13 %2F in a digest', path: '/v2/team/app/blobs/x%2Fy', status: 400, code: 'DIGEST_INVALID' },
  {
    name: 'B13 %2F does not make a keyword',
    path: '/v2/team/app%2Fmanifests%2Flatest',
    status: 404,
    code: 'UNSUPPORTED',
  },
  { name: 'B13 NUL in a name', path: '/v2/te%00am/manifests/latest', status: 400, code: 'NAME_INVALID' },
  { name: 'B13 NUL in a tag', path: '/v2/team/app/manifests/la%00test', status: 404, code: 'MANIFEST_UNKNOWN' },
  {
    name: 'B13 a control character in a digest',
    path: '/v2/team/app/blobs/sha256:%0a',
    status: 400,
    code: 'DIGEST_INVALID',
  },
  { name: 'J7 malformed encoding', path: '/v2/team/app/manifests/%zz', status: 400, code: 'UNSUPPORTED' },
  { name: 'J7 no UTF-8', path: '/v2/%ff/manifests/latest', status: 400, code: 'UNSUPPORTED' },
  { name: 'a dot segment is no name', path: '/v2/../etc/manifests/latest', status: 400, code: 'NAME_INVALID' },
  { name: 'an encoded dot segment is none either', path: '/v2/%2e%2e/x/blobs/' + D, status: 400, code: 'NAME_INVALID' },
  { name: 'G1 capitals', path: '/v2/Team/tags/list', status: 400, code: 'NAME_INVALID' },
  { name: 'G1 _catalog is no name', path: '/v2/_catalog/tags/list', status: 400, code: 'NAME_INVALID' },
  { name: 'G2 255 characters', path: `/v2/${'a'.repeat(255)}/tags/list`, status: 404, code: 'NAME_UNKNOWN' },
  { name: 'G2 256 characters', path: `/v2/${'a'.repeat(256)}/tags/list`, status: 400, code: 'NAME_INVALID' },
  {
    name: 'G3 128 characters',
    path: `/v2/team/app/manifests/${'t'.repeat(128)}`,
    status: 404,
    code: 'MANIFEST_UNKNOWN',
  },
  {
    name: 'G3 129 characters',
    path: `/v2/team/app/manifests/${'t'.repeat(129)}`,
    status: 404,
    code: 'MANIFEST_UNKNOWN',
  },
  { name: 'G8 an unknown algorithm is 404', path: '/v2/team/app/blobs/md9+x:abc=', status: 404, code: 'BLOB_UNKNOWN' },
  { name: 'G8 blake3', path: `/v2/team/app/manifests/blake3:${HEX}`, status: 404, code: 'MANIFEST_UNKNOWN' },
  {
    name: 'G6 upper case hex',
    path: `/v2/team/app/blobs/sha256:${HEX.toUpperCase()}`,
    status: 400,
    code: 'DIGEST_INVALID',
  },
  { name: 'G6 too short', path: '/v2/team/app/blobs/sha256:abc', status: 400, code: 'DIGEST_INVALID' },
  {
    name: 'G9 what is no tag is 404',
    path: '/v2/team/app/manifests/.INVALID_MANIFEST_NAME',
    status: 404,
    code: 'MANIFEST_UNKNOWN',
  },
  {
    name: 'G9 a bad digest as reference',
    path: '/v2/team/app/manifests/sha256:baddigeststring',
    status: 400,
    code: 'DIGEST_INVALID',
  },
  {
    name: 'G9 sha256:totallywrong',
    path: '/v2/team/app/manifests/sha256:totallywrong',
    status: 400,
    code: 'DIGEST_INVALID',
  },
  { name: 'G9 a bad blob digest', path: '/v2/team/app/blobs/latest', status: 400, code: 'DIGEST_INVALID' },
  {
    name: 'G9 R5 a bad referrers digest',
    path: '/v2/team/app/referrers/sha256:x',
    status: 400,
    code: 'DIGEST_INVALID',
  },
  { name: 'G9 R5 referrers of a tag', path: '/v2/team/app/referrers/latest', status: 400, code: 'DIGEST_INVALID' },
  { name: 'C4 no extensions', path: '/v2/_oci/ext/discover', status: 404, code: 'UNSUPPORTED' },
  { name: 'E4 an unknown route', path: '/v2/team/app', status: 404, code: 'UNSUPPORTED' },
  { name: 'an unknown page', path: '/nothing', status: 404, code: 'UNSUPPORTED' },
  {
    name: 'W3 an upload is unknown',
    path: '/v2/team/app/blobs/uploads/some-id',
    status: 404,
    code: 'BLOB_UPLOAD_UNKNOWN',
  },
  { name: 'W3 uploads cannot be listed', path: '/v2/team/app/blobs/uploads/', status: 404, code: 'UNSUPPORTED' },
  { name: 'M4 an unknown repository', path: '/v2/nobody/manifests/latest', status: 404 },
  { name: 'M4 an unknown tag', path: '/v2/team/app/manifests/nope', status: 404, code: 'MANIFEST_UNKNOWN' },
  { name: 'L3 an unknown blob', path: `/v2/team/app/blobs/sha256:${HEX}`, status: 404, code: 'BLOB_UNKNOWN' },
  { name: 'A1 an unknown repository', path: '/v2/nobody/tags/list', status: 404, code: 'NAME_UNKNOWN' },
  ...ODD_NAMES.flatMap((name): Row[] => [
    { name: `G10 ${name} is a repository`, path: `/v2/${name}/manifests/latest`, status: 200 },
    { name: `G10 ${name} has tags`, path: `/v2/${name}/tags/list`, status: 200 },
    { name: `G10 ${name} has referrers`, path: `/v2/${name}/referrers/${D}`, status: 200 },
    { name: `G10 ${name} has uploads`, path: `/v2/${name}/blobs/uploads/x`, status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
  ]),
];

const WRITES = ['PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const PATHS = [
  '/v2/',
  '/v2',
  '/v2/team/app/manifests/latest',
  `/v2/team/app/blobs/${D}`,
  '/v2/team/app/blobs/uploads/',
  '/v2/team/app/blobs/uploads/?mount=x&from=y&digest=z',
  '/v2/team/app/blobs/uploads/id',
  '/v2/team/app/tags/list',
  `/v2/team/app/referrers/${D}`,
  '/v2/_catalog',
  '/v2/NOT_A_NAME/manifests/.bad',
  '/docs/',
];

describe('paths', () => {
  let served: Served;
  before(async () => {
    served = await serve(createImages().registry);
  });

  for (const { name, path, status, code } of rows) {
    test(`${name}: ${path.slice(0, 80)} is ${status}`, async () => {
      const answer = await served.ask('GET', path);
      assert.equal(answer.status, status, answer.body.toString());
      if (code !== undefined) assert.equal(codeOf(answer), code);
      if (status >= 400) {
        assert.equal(answer.headers.get('content-type'), 'application/json');
        assert.equal(answer.headers.get('cache-control'), 'no-store');
      }
      const version = /^\/v2(\/|$|\?)/.test(path) ? 'registry/2.0' : null;
      assert.equal(answer.headers.get('docker-distribution-api-version'), version);

      const head = await served.ask('HEAD', path);
      assert.equal(head.status, status, 'B14 HEAD as GET');
      assert.equal(head.body.length, 0);
      for (const [field, value] of answer.headers) {
        if (!['date', 'x-request-id'].includes(field)) assert.equal(head.headers.get(field), value, `B14 ${field}`);
      }
    });
  }

  for (const method of WRITES) {
    test(`W1 W2 W4 ${method} is 405 everywhere, before anything else is looked at`, async () => {
      for (const path of PATHS) {
        const answer = await served.ask(method, path);
        assert.equal(answer.status, 405, path);
        assert.equal(answer.headers.get('allow'), 'GET, HEAD');
        assert.equal(codeOf(answer), 'UNSUPPORTED');
      }
    });
  }

  test('B8 a GET with a Content-Type or a body is served as if without', async () => {
    const typed = await served.ask('GET', '/v2/team/app/manifests/latest', { 'Content-Type': 'multipart/form-data' });
    assert.equal(typed.status, 200);
    const odd = await served.ask('GET', '/v2/team/app/manifests/latest', {
      'Content-Type': 'application/json; charset=x',
    });
    assert.equal(odd.status, 200);
    const text = await served.raw(
      'GET /v2/team/app/manifests/latest HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nabc',
    );
    assert.match(text, /^HTTP\/1.1 200 /);
    assert.match(text, /\r\nConnection: close\r\n/);
  });

  test('the URL may be a whole one', async () => {
    const text = await served.raw(
      'GET http://u:p@example.org/v2 HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n',
    );
    assert.match(text, /^HTTP\/1.1 200 /);
  });

  test('B10 nosniff, and no word of what we are made of', async () => {
    const { headers } = await served.ask('GET', '/v2/');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-powered-by'), null);
  });
});
