import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digestOf, isDigest, parseDigest } from '../../../api/oci/digest.ts';
import { RegistryError } from '../../../api/oci/errors.ts';
import { parseReference } from '../../../api/oci/reference.ts';
import { isRepositoryName, parseHost, parseRepositoryName } from '../../../api/oci/repository.ts';

const hex64 = 'a'.repeat(64);

describe('repository names', () => {
  test('G1 good ones pass', () => {
    for (const name of [
      'a',
      'library/ubuntu',
      'a--b/c__d',
      'docker.io/library/x',
      'manifests',
      'a/tags/list',
      '0',
      'a/b/c/d/e/f',
    ]) {
      assert.equal(parseRepositoryName(name), name);
    }
  });

  test('G1 G2 bad ones are NAME_INVALID', () => {
    const bad = [
      'A',
      'a_',
      '-a',
      'a..b',
      'a___b',
      'a//b',
      'a/',
      '/a',
      '',
      '_catalog',
      '.',
      '..',
      'a/../b',
      'a b',
      'ä',
      'a\0b',
      'a'.repeat(256),
    ];
    for (const name of bad) {
      assert.throws(
        () => parseRepositoryName(name),
        (err) => err instanceof RegistryError && err.code === 'NAME_INVALID',
        name,
      );
    }
  });

  test('what passes is a path that stays below its start and never hides', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'Z', '0', '.', '_', '-', '/', '\\', '%', '\0', 'é') }),
        (text) => {
          if (!isRepositoryName(text)) return;
          for (const part of text.split('/')) assert.match(part, /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/);
        },
      ),
    );
  });
});

describe('hosts', () => {
  test('N5 compare without case and default port, and Docker Hub is one', () => {
    assert.equal(parseHost('QUAY.io:443'), 'quay.io');
    assert.equal(parseHost('quay.io:8443'), 'quay.io:8443');
    for (const alias of ['docker.io', 'index.docker.io', 'Registry-1.docker.io:443'])
      assert.equal(parseHost(alias), 'docker.io');
    assert.equal(parseHost('[::1]:5000'), '[::1]:5000');
  });

  test('what is no host is unknown', () => {
    for (const text of [
      '',
      ' ',
      'a b',
      'http://a',
      'a/b',
      '..',
      'a:b',
      '-a',
      'a'.repeat(300),
      '127.0.0.1:22/x',
      'a\r\nb',
    ]) {
      assert.throws(() => parseHost(text), RegistryError, text);
    }
  });
});

describe('digests', () => {
  test('G5 G6 registered algorithms are checked strictly', () => {
    for (const good of [`sha256:${hex64}`, `sha512:${hex64}${hex64}`, `blake3:${hex64}`, 'md5+b64u:Abc_-='])
      assert.ok(isDigest(good), good);
    for (const bad of [
      '',
      'sha256',
      'sha256:',
      `sha256:${hex64.toUpperCase()}`,
      `sha256:${hex64}0`,
      `SHA256:${hex64}`,
      `sha512:${hex64}`,
      'a b:c',
      'a:b/c',
      'a:..',
      `:${hex64}`,
    ]) {
      assert.throws(
        () => parseDigest(bad),
        (err) => err instanceof RegistryError && err.code === 'DIGEST_INVALID',
        bad,
      );
    }
  });

  test('the digest of bytes is a digest', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('sha256' as const, 'sha512' as const), (bytes, algorithm) =>
        isDigest(digestOf(bytes, algorithm)),
      ),
    );
  });
});

describe('references', () => {
  test('G3 G4 with a colon it is a digest, without one a tag', () => {
    for (const tag of ['latest', 'V1.0-RC1', '_', 'a'.repeat(128), '3.10', 'sha256-abc.sig'])
      assert.equal(parseReference(tag), tag);
    const code = (text: string): string => {
      try {
        parseReference(text);
        return 'fine';
      } catch (err) {
        return (err as RegistryError).code;
      }
    };
    for (const tag of ['.INVALID_MANIFEST_NAME', '-a', 'a'.repeat(129), 'a b', '', 'a/b'])
      assert.equal(code(tag), 'MANIFEST_UNKNOWN');
    for (const digest of ['sha256:baddigeststring', 'a:', ':']) assert.equal(code(digest), 'DIGEST_INVALID');
  });
});
