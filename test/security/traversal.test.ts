import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';
import { layerOf, tinyImage } from '../support/tiny-image.ts';
import { layoutBlobPath, write, writeOciLayout } from '../support/write-images.ts';
import { startAttacked, type Attacked } from './support-served.ts';
import { askRaw, assertRefusal, exchange, parseAnswers } from './support-wire.ts';

const SECRET = 'what lies outside of the folder';
/** An image beside the images folder, whole, which would be served if a path led to it. */
const outside = tinyImage({ seed: 'outside', layers: [layerOf(SECRET)], more: { annotations: { note: SECRET } } });

/** "..", and what has been taken for it. */
const UPS: readonly (readonly [what: string, up: string])[] = [
  ['plain', '..'],
  ['encoded', '%2e%2e'],
  ['encoded in capitals', '%2E%2E'],
  ['half encoded', '.%2e'],
  ['encoded twice', '%252e%252e'],
  ['encoded three times', '%25252e%25252e'],
  ['overlong UTF-8, two bytes', '%c0%ae%c0%ae'],
  ['overlong UTF-8, three bytes', '%e0%80%ae%e0%80%ae'],
  ['overlong UTF-8, four bytes', '%f0%80%80%ae%f0%80%80%ae'],
  ['UTF-7', '+AC4-+AC4-'],
  ['as IIS had it', '%u002e%u002e'],
  ['full-width dots', '%ef%bc%8e%ef%bc%8e'],
  ['with a parameter', '..;'],
  ['with a space', '..%20'],
  ['with a NUL', '..%00'],
  ['four dots', '....'],
];
const SLASHES: readonly (readonly [what: string, slash: string])[] = [
  ['a slash', '/'],
  ['%2f', '%2f'],
  ['%252f', '%252f'],
  ['a backslash', '\\'],
  ['%5c', '%5c'],
  ['an overlong slash', '%c0%af'],
  ['two slashes', '//'],
];
const TARGETS = ['secret', 'outside', 'etc/passwd'];

/** Where a path of the client's goes. */
const PLACES: readonly (readonly [what: string, target: (path: string) => string])[] = [
  ['a name', (path) => `/v2/${path}/manifests/v1`],
  ['the end of a name', (path) => `/v2/app/${path}/tags/list`],
  ['a tag', (path) => `/v2/app/manifests/${path}`],
  ['a digest', (path) => `/v2/app/blobs/sha256:${path}`],
  ['the algorithm of a digest', (path) => `/v2/app/blobs/${path}:${'a'.repeat(64)}`],
  ['the subject of referrers', (path) => `/v2/app/referrers/${path}`],
  ['the id of an upload', (path) => `/v2/app/blobs/uploads/${path}`],
  ['ns', (path) => `/v2/app/manifests/v1?ns=${path}`],
  ['docs', (path) => `/docs/${path}`],
  ['the root', (path) => `/${path}`],
  ['a URL that is whole', (path) => `http://x/v2/${path}/manifests/v1`],
  ['a URL of a file', (path) => `file:///${path}`],
];

describe('path traversal', () => {
  let attacked: Attacked;
  before(async () => {
    const base = tempFolder();
    const images = join(base, 'images');
    await write(join(base, 'secret'), SECRET);
    await writeOciLayout(join(base, 'outside'), [{ image: outside, tag: 'v1' }]);
    attacked = await startAttacked({ images });
    // An image whose blobs are links that lead out of the images folder.
    await writeOciLayout(join(images, 'links'), [{ image: tinyImage({ seed: 'links' }), tag: 'v1' }]);
    await symlink(join(base, 'secret'), layoutBlobPath(join(images, 'links'), outside.config.digest));
    await symlink('/etc/passwd', join(images, 'links', 'manifest.json'));
  });
  after(() => attacked[Symbol.asyncDispose]());

  for (const [place, target] of PLACES) {
    test(`B13 in ${place}, in every encoding: a refusal, and nothing from outside`, async () => {
      const { url } = attacked;
      for (const [up, slash, path] of spellings()) {
        const [answer, ...more] = parseAnswers(await exchange(url, requestFor(target(path))));
        const what = `${up}, ${slash}: ${target(path)}`;
        assert.ok(answer && more.length === 0, what);
        // Not a host: without it the request is one for what is served here.
        assertRefusal(answer, what);
        assertNothingOutside(answer.body, what);
      }
    });
  }

  test('B13 in X-Registry: a refusal', async () => {
    for (const [, , path] of spellings()) {
      assertRefusal(await askRaw(attacked.url, '/v2/app/manifests/v1', [`X-Registry: ${path}`]), path);
    }
  });

  test('a target that is no path is refused as it stands', async () => {
    for (const target of [
      '..',
      '../secret',
      '\\..\\secret',
      '*',
      'secret',
      '//secret',
      '/..',
      '/%',
      '/v2/\0/tags/list',
    ]) {
      assertRefusal(await askRaw(attacked.url, target), JSON.stringify(target));
    }
  });

  test('headers that name a path to proxies and frameworks lead nowhere', async () => {
    const plain = await askRaw(attacked.url, '/v2/');
    for (const name of ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Accel-Redirect', 'X-Sendfile']) {
      const { status, body } = await askRaw(attacked.url, '/v2/', [`${name}: /../secret`]);
      assert.deepEqual([status, body], [plain.status, plain.body], name);
    }
  });

  test('a link in the folder that leads out gives nothing, as its bytes have not the digest', async () => {
    for (const target of [
      `/v2/links/blobs/${outside.config.digest}`,
      `/v2/links/blobs/${outside.layers[0]!.digest}`,
      `/v2/links/manifests/${outside.manifest.digest}`,
    ]) {
      const answer = await askRaw(attacked.url, target);
      assert.ok(answer.status >= 400, target);
      assertNothingOutside(answer.body, target);
    }
  });

  test('what lies inside is served all the while', async () => {
    assert.equal((await askRaw(attacked.url, '/v2/app/manifests/v1')).status, 200);
    assert.equal((await askRaw(attacked.url, '/v2/links/manifests/v1')).status, 200);
  });
});

/** One to four steps up, in every spelling, to each target. */
function* spellings(): Generator<[up: string, slash: string, path: string]> {
  let i = 0;
  for (const [up, dots] of UPS) {
    for (const [slash, separator] of SLASHES) {
      const steps = 1 + (i % 4);
      yield [up, slash, (dots + separator).repeat(steps) + TARGETS[i++ % TARGETS.length]!];
    }
  }
}

const requestFor = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

function assertNothingOutside(body: string, what: string): void {
  assert.ok(!body.includes(SECRET) && !body.includes('root:'), what);
}
