import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Served } from '../../support/http-client.ts';
import { createImages, serve } from '../../support/http-images.ts';

describe('the pages for people', () => {
  let served: Served;
  before(async () => {
    served = await serve(createImages().registry);
  });

  test('the document is served as it was written, and as JSON', async () => {
    const file = await readFile(new URL('../../../ociregistry.yaml', import.meta.url), 'utf8');
    const yaml = await served.ask('GET', '/openapi.yaml');
    assert.equal(yaml.body.toString(), file);
    assert.equal(yaml.headers.get('content-type'), 'application/yaml');
    const json = await served.ask('GET', '/openapi.json');
    assert.deepEqual(JSON.parse(json.body.toString()), parse(file));
    assert.equal(json.headers.get('content-type'), 'application/json');
    const etag = json.headers.get('etag')!;
    assert.equal((await served.ask('GET', '/openapi.json', { 'If-None-Match': etag })).status, 304);
  });

  for (const path of ['/', '/docs']) {
    test(`${path} leads to /docs/`, async () => {
      const { status, headers } = await served.ask('GET', path);
      assert.equal(status, 302);
      assert.equal(headers.get('location'), '/docs/');
    });
  }

  test('everything the page loads is here, and the policy allows nothing else', async () => {
    const { status, headers, body } = await served.ask('GET', '/docs/');
    assert.equal(status, 200);
    const html = body.toString();
    const loads = Array.from(html.matchAll(/(?:src|href)=["']([^"']+)["']/g), ([, url]) => url!);
    assert.ok(loads.length >= 6);
    for (const url of loads) {
      assert.match(url, /^\.\//);
      assert.equal((await served.ask('GET', new URL(url, 'http://x/docs/').pathname)).status, 200, url);
    }
    const policy = headers.get('content-security-policy')!;
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(html, /<script>|<script [^>]*>[^<\s]|\sstyle=|\son\w+=/, 'nothing inline but style sheets');
    const init = (await served.ask('GET', '/docs/swagger-ui-init.js')).body.toString();
    assert.match(init, /"swaggerUrl": "\/openapi.yaml"/);
  });

  for (const path of [
    '/docs/package.json',
    '/docs/index.html',
    '/docs/swagger-ui.js.map',
    '/docs/..%2Fpackage.json',
    '/docs/__proto__',
  ]) {
    test(`${path} is not served`, async () => {
      assert.equal((await served.ask('GET', path)).status, 404);
    });
  }

  test('HEAD is GET without the body', async () => {
    const { status, headers, body } = await served.ask('HEAD', '/docs/');
    assert.equal(status, 200);
    assert.ok(Number(headers.get('content-length')) > 1000);
    assert.equal(body.length, 0);
  });
});
