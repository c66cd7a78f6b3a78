import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { parseLayoutIndex, tagOf } from '../../api/folder/layout-index.ts';
import { NotServed } from '../../api/folder/not-served.ts';
import { parseRange, resolveRange } from '../../api/oci/byte-range.ts';
import { isDigest, parseDigest } from '../../api/oci/digest.ts';
import { RegistryError } from '../../api/oci/errors.ts';
import { InvalidManifest, MAX_MANIFEST_BYTES, parseManifest } from '../../api/oci/manifest.ts';
import { InvalidPullReference, parsePullReference } from '../../api/oci/pull-reference.ts';
import { formatImage, isTag, parseReference } from '../../api/oci/reference.ts';
import { isRepositoryName, parseHost, parseRepositoryName } from '../../api/oci/repository.ts';
import { parseChallenges } from '../../api/upstream/challenge.ts';
import { parseNextLink } from '../../api/upstream/link.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { startAttacked, type Attacked } from './support-served.ts';
import { assertRefusal, exchange, parseAnswers } from './support-wire.ts';

/** Enough to notice what breaks at once. */
const NUM_RUNS = 300;
/** `npm run fuzz` gives each property so many seconds instead. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 0);
const runs: fc.Parameters<unknown> =
  SECONDS > 0 ? { numRuns: 1e9, plugins: [fc.interruptAfterTimeLimit(SECONDS * 1000)] } : { numRuns: NUM_RUNS };

const image = tinyImage();
const DIGEST = image.manifest.digest;

/** Texts of pieces that mean something to a reader, and of others that do not. */
const mixed = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...pieces) },
        fc.string({ maxLength: 6, unit: 'binary-ascii' }),
        fc.string({ maxLength: 4, unit: 'grapheme' }),
      ),
      { maxLength: 14 },
    )
    .map((all) => all.join(''));

/** What of it may stand in a line of a request. */
const inHeader = (text: string): string => text.replace(/[^\x20-\x7e\x80-\xff]/g, '');

/** JSON that has been cut, or has had a byte changed. */
const damaged = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"{}[],:0-\\nu')))),
      {
        maxLength: 5,
      },
    )
    .chain((changes) =>
      fc.nat(bytes.length).map((length) => {
        const copy = Buffer.from(bytes);
        for (const [at, byte] of changes) copy[at] = byte;
        return length % 3 === 0 ? copy.subarray(0, length) : copy;
      }),
    );

const words = mixed('library/', 'alpine', 'docker.io', 'localhost:5000/', ':', '@', '/', 'v1', DIGEST, '..', '-', '__');

describe('whatever a text is,', () => {
  test('a reader of names gives what it would read again, or refuses by its own error', () => {
    fc.assert(
      fc.property(words, (text) => {
        for (const read of [parseRepositoryName, parseReference, parseDigest]) {
          const found = settle<string>(() => read(text), RegistryError);
          if (found !== undefined) assert.equal(found, text);
        }
        const host = settle<string>(() => parseHost(text), RegistryError);
        if (host !== undefined) assert.equal(parseHost(host), host);
      }),
      runs,
    );
  });

  test('what is read after docker pull is read again as itself, and is safe in a path', () => {
    fc.assert(
      fc.property(words, (text) => {
        const found = settle(() => parsePullReference(text, { defaultTag: 'latest' }), InvalidPullReference);
        if (found === undefined) return;
        assert.deepEqual(parsePullReference(formatImage(found)), found);
        assert.ok(isRepositoryName(found.repo.name) && (isTag(found.reference) || isDigest(found.reference)));
        assert.ok(!`/${found.repo.host}/${found.repo.name}/`.includes('/../'));
      }),
      runs,
    );
  });

  test('L5 a range lies within the blob', () => {
    fc.assert(
      fc.property(mixed('bytes=', '0', '9', '-', ',', ' ', '99999999999', 'BYTES='), fc.nat(), (text, size) => {
        const range = parseRange(text);
        const span = range && resolveRange(range, size);
        if (span === undefined || span === 'unsatisfiable') return;
        assert.ok(span.start >= 0 && span.start <= span.end && span.end < size);
      }),
      runs,
    );
  });

  test('a challenge is read to its end, in lower case, and one that we know is not lost behind it', () => {
    const pieces = [
      'Bearer ',
      'Basic ',
      'realm=',
      '"',
      '\\',
      ',',
      ' ',
      '=',
      'service="x"',
      'a',
      'Negotiate',
      'TlRMTQ==',
    ];
    fc.assert(
      fc.property(mixed(...pieces), (text) => {
        const challenges = parseChallenges([text, 'Bearer realm="https://auth.example/token"']);
        for (const { scheme, params } of challenges) {
          assert.equal(scheme, scheme.toLowerCase());
          for (const name of params.keys()) assert.equal(name, name.toLowerCase());
        }
        assert.equal(challenges.at(-1)?.params.get('realm'), 'https://auth.example/token');
      }),
      runs,
    );
  });

  test('a link to the next page is a part of the header', () => {
    fc.assert(
      fc.property(mixed('<', '>', ';', ' ', 'rel=', '"', 'next', '/v2/_catalog?last=a', ',', '\\'), (text) => {
        const target = parseNextLink(text);
        if (target !== undefined) assert.ok(text.includes(`<${target}>`) && text.toLowerCase().includes('next'));
      }),
      runs,
    );
  });
});

describe('whatever a file holds,', () => {
  test('a manifest is read or is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          damaged(image.manifest.bytes),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const found = settle(() => parseManifest(bytes), InvalidManifest);
          for (const { digest, size } of found?.layers ?? []) assert.ok(isDigest(digest) && size >= 0);
          assert.ok(bytes.length <= MAX_MANIFEST_BYTES);
        },
      ),
      runs,
    );
  });

  test('a layout’s index is read, in part if need be, or is none', () => {
    const { manifest } = image;
    const entry = { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length };
    const annotations = { 'org.opencontainers.image.ref.name': 'docker.io/library/app:v1' };
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ ...entry, annotations }, entry] }));
    fc.assert(
      fc.property(
        fc.oneof(
          damaged(index),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const problems: string[] = [];
          for (const descriptor of settle(() => parseLayoutIndex('index.json', bytes, problems), NotServed) ?? []) {
            const tag = tagOf(descriptor, problems);
            assert.ok(isDigest(descriptor.digest) && (tag === undefined || isTag(tag)));
          }
        },
      ),
      runs,
    );
  });
});

describe('whatever a request is,', () => {
  let attacked: Attacked;
  before(async () => {
    attacked = await startAttacked();
  });
  after(() => attacked[Symbol.asyncDispose]());

  const HEADERS = [
    'Accept',
    'Range',
    'If-Range',
    'If-None-Match',
    'Authorization',
    'X-Registry',
    'X-Forwarded-For',
    'Via',
  ];
  const value = mixed('*/*', ';q=', 'bytes=', '0-', ',', '"', 'W/', DIGEST, 'Basic ', 'application/json', '127.0.0.1');
  const path = mixed(
    '/',
    'v2/',
    'app',
    'manifests/',
    'blobs/',
    'v1',
    DIGEST,
    '%2F',
    '%00',
    '?ns=',
    'docker.io',
    '..',
    '%',
  );

  test('E1 J4 it is answered once, by an envelope when it is refused, and never by a failure of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        path.map((text) => inHeader(text).replaceAll(' ', '')),
        fc.array(fc.tuple(fc.constantFrom(...HEADERS), value.map(inHeader)), { maxLength: 4 }),
        async (target, headers) => {
          const lines = headers.map(([name, text]) => `${name}: ${text}\r\n`).join('');
          const request = `GET /${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`;
          const answers = parseAnswers(await exchange(attacked.url, request));
          assert.equal(answers.length, 1);
          const [answer] = answers;
          assert.ok(answer!.status < 500, `${answer!.status}`);
          if (answer!.status >= 400 && answer!.status !== 416) assertRefusal(answer!, target);
        },
      ),
      runs,
    );
  });
});

/** What is read, or undefined when it is refused by the error that is meant for it; others are a mistake of ours. */
function settle<T>(read: () => T, refusal: new (...args: never[]) => Error): T | undefined {
  try {
    return read();
  } catch (err) {
    if (err instanceof refusal) return undefined;
    throw err;
  }
}
