import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsePlatform } from '../../../api/oci/platform.ts';
import {
  InvalidPullReference,
  parsePullReference,
  parsePullRepository,
  parseTagOrDigest,
} from '../../../api/oci/pull-reference.ts';
import { formatImage } from '../../../api/oci/reference.ts';

const hex = 'b'.repeat(64);
const sha = `sha256:${hex}`;

describe('what is typed after docker pull', () => {
  const cases: readonly [text: string, host: string, name: string, reference: string][] = [
    ['nginx:1.27', 'docker.io', 'library/nginx', '1.27'],
    ['library/nginx:1', 'docker.io', 'library/nginx', '1'],
    ['prom/prometheus:v2', 'docker.io', 'prom/prometheus', 'v2'],
    ['a/b/c/d:v', 'docker.io', 'a/b/c/d', 'v'],
    ['docker.io/nginx:1', 'docker.io', 'library/nginx', '1'],
    ['index.docker.io/library/nginx:1', 'docker.io', 'library/nginx', '1'],
    [`quay.io/coreos/flannel@${sha}`, 'quay.io', 'coreos/flannel', sha],
    [`quay.io/coreos/flannel:v1@${sha}`, 'quay.io', 'coreos/flannel', sha],
    [`nginx@${sha}`, 'docker.io', 'library/nginx', sha],
    [`nginx@sha512:${hex}${hex}`, 'docker.io', 'library/nginx', `sha512:${hex}${hex}`],
    ['localhost/x:v1', 'localhost', 'x', 'v1'],
    ['localhost:5000/x:v1', 'localhost:5000', 'x', 'v1'],
    ['registry:5000/a/b:v1', 'registry:5000', 'a/b', 'v1'],
    ['QUAY.io/a/b:V1', 'quay.io', 'a/b', 'V1'],
    ['quay.io:443/a:v1', 'quay.io', 'a', 'v1'],
    ['[::1]:5000/a:v1', '[::1]:5000', 'a', 'v1'],
    ['10.0.0.1/a:v1', '10.0.0.1', 'a', 'v1'],
    ['k8s.gcr.io/pause:3.1', 'k8s.gcr.io', 'pause', '3.1'],
    // Without a slash there is no host, whatever it looks like.
    ['localhost:5000', 'docker.io', 'library/localhost', '5000'],
  ];
  for (const [text, host, name, reference] of cases) {
    test(`${text.slice(0, 50)} is ${name} at ${host}`, () => {
      const parsed = parsePullReference(text);
      assert.deepEqual(parsed, { repo: { host, name }, reference });
      assert.deepEqual(parsePullReference(formatImage(parsed)), parsed);
    });
  }

  test('a tag may be left out where there is a default for it', () => {
    assert.equal(formatImage(parsePullReference('nginx', { defaultTag: 'latest' })), 'docker.io/library/nginx:latest');
    assert.equal(parsePullReference(`nginx@${sha}`, { defaultTag: 'latest' }).reference, sha);
    assert.equal(parsePullReference('nginx:1', { defaultTag: 'latest' }).reference, '1');
  });

  const wrong: readonly [text: string, message: RegExp][] = [
    ['', /^"" is empty/],
    [' ', /is empty/],
    ['nginx', /^"nginx" has no tag: write "nginx:latest"/],
    ['localhost:5000/x', /has no tag: write "localhost:5000\/x:latest"/],
    ['Nginx:1', /^"Nginx:1" has upper case in "Nginx": write "nginx"$/],
    ['a.b/A:1', /upper case in "A": write "a"/],
    ['docker://nginx:1', /begins with "docker:\/\/": leave that out/],
    ['https://quay.io/a:1', /begins with "https:\/\/": leave that out/],
    ['nginx 1', /has a space in it/],
    ['nginx:1\n', /has a space in it/],
    ['nginx:', /ends in a colon without a tag/],
    ['nginx:.1', /has a tag that cannot be one/],
    [`nginx:${'a'.repeat(129)}`, /128 at most/],
    ['nginx@', /has a digest that cannot be one: sha256: and 64/],
    ['nginx@sha256:abc', /has a digest that cannot be one/],
    [`nginx@sha256:${hex.toUpperCase()}`, /lower case/],
    [`nginx@md5:${'a'.repeat(32)}`, /has a digest that cannot be one/],
    [`nginx:.@${sha}`, /has a tag that cannot be one/],
    [`nginx@${sha}@${sha}`, /has a digest that cannot be one/],
    [sha, /is a digest alone/],
    [hex, /is a digest alone/],
    [`@${sha}`, /has no name/],
    ['quay.io/:1', /has no name/],
    ['/nginx:1', /has a name that cannot be one/],
    ['a//b:1', /has a name that cannot be one/],
    ['-a:1', /has a name that cannot be one/],
    ['a.b:port/x:1', /has a host that cannot be one: "a.b:port"/],
    ['quay.io:65536/x:1', /has a host that cannot be one/],
    ['-.io/x:1', /has a host that cannot be one/],
    [`${'a'.repeat(250)}:1`, /has a name that cannot be one/],
  ];
  for (const [text, message] of wrong) {
    test(`${JSON.stringify(text.slice(0, 40))} is told to be none: ${message.source}`, () => {
      assert.throws(() => parsePullReference(text), { name: 'InvalidPullReference', message });
    });
  }

  test('a name alone carries neither tag nor digest', () => {
    assert.deepEqual(parsePullRepository('nginx'), { host: 'docker.io', name: 'library/nginx' });
    assert.deepEqual(parsePullRepository('registry:5000/a'), { host: 'registry:5000', name: 'a' });
    assert.throws(() => parsePullRepository('nginx:1'), { message: /carries a tag/ });
    assert.throws(() => parsePullRepository(`nginx:1@${sha}`), { message: /carries a digest/ });
  });

  test('a tag or digest stands alone', () => {
    assert.equal(parseTagOrDigest('1.0'), '1.0');
    assert.equal(parseTagOrDigest(sha), sha);
    for (const text of ['', '.', 'a b', 'sha256:', `md5:${hex}`])
      assert.throws(() => parseTagOrDigest(text), InvalidPullReference);
  });

  test('whatever is typed is an image, or is refused in one short line', () => {
    const typed = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[aA.:/@_[\]-]{0,30}$/),
      fc.string().map((s) => `a/${s}:1`),
    );
    fc.assert(
      fc.property(typed, (text) => {
        try {
          const parsed = parsePullReference(text);
          assert.deepEqual(parsePullReference(formatImage(parsed)), parsed);
        } catch (err) {
          assert.ok(err instanceof InvalidPullReference);
          assert.ok(!err.message.includes('\n') && err.message.length < 3000);
        }
      }),
    );
  });
});

describe('platforms as people write them', () => {
  test('good ones are read', () => {
    assert.deepEqual(parsePlatform('linux/amd64'), { os: 'linux', architecture: 'amd64' });
    assert.deepEqual(parsePlatform('linux/arm64/v8'), { os: 'linux', architecture: 'arm64', variant: 'v8' });
  });

  test('others are none', () => {
    for (const text of [
      '',
      'linux',
      'linux/',
      '/amd64',
      'linux/arm/v7/x',
      'Linux/amd64',
      'linux/ amd64',
      'linux//v8',
      '__proto__/x',
    ]) {
      assert.equal(parsePlatform(text), undefined, text);
    }
  });
});
