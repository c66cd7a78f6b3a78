import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { isDigest } from '../../../api/oci/digest.ts';
import { isTag } from '../../../api/oci/reference.ts';
import { isRepositoryName } from '../../../api/oci/repository.ts';
import { document } from '../../../generated/spec.ts';
import type { Served } from '../../support/http-client.ts';
import { createImages, index, ODD_NAMES, serve } from '../../support/http-images.ts';

const words = [
  'v2',
  'team',
  'app',
  'manifests',
  'blobs',
  'uploads',
  'tags',
  'list',
  'referrers',
  '_catalog',
  'latest',
  'docs',
];
const odd = [
  '',
  '.',
  '..',
  '%2F',
  '%2f',
  '%00',
  '%zz',
  '%',
  '%C3%A9',
  'A',
  ';',
  '@',
  '[',
  ']',
  '\\',
  '{name}',
  '*',
  '?',
  '#',
  '__proto__',
];
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words, index.manifest.digest) },
  fc.constantFrom(...odd),
  fc.stringMatching(/^[!-~]{0,12}$/),
);
const anyPath = fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`);
const query = fc.oneof(
  fc.constant(''),
  fc
    .array(
      fc.tuple(
        fc.constantFrom('n', 'last', 'ns', 'artifactType', 'a[b]', 'constructor'),
        fc.stringMatching(/^[!-~]{0,8}$/),
      ),
      {
        maxLength: 3,
      },
    )
    .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value.replaceAll('#', '')}`).join('&')}`),
);
const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'MKCOL');

describe('whatever is asked', () => {
  let served: Served;
  before(async () => {
    served = await serve(createImages().registry);
  });

  test('E1 J4 every refusal is an envelope, and none is ours to blame', async () => {
    await fc.assert(
      fc.asyncProperty(method, anyPath, query, async (verb, path, query) => {
        const { status, headers, body } = await served.ask(verb, path.replaceAll('#', '') + query);
        assert.ok(status < 500, `${status}`);
        if (status < 400) return;
        assert.equal(headers.get('content-type'), 'application/json');
        if (verb !== 'HEAD') assert.match(body.toString(), /^\{"errors":\[\{"code":"[A-Z_]+","message":"/);
      }),
      { numRuns: 1500 },
    );
  });

  test('B13 a name is the same with its slashes raw or as %2F', async () => {
    const ends = [
      'manifests/latest',
      'tags/list',
      `referrers/${index.manifest.digest}`,
      `blobs/${index.children[0]!.config.digest}`,
    ];
    const name = fc.oneof(
      fc.constantFrom('team/app', ...ODD_NAMES),
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }).map((all) => all.join('/')),
    );
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.constantFrom(...ends),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        async (name, end, encode) => {
          let i = 0;
          const mixed = name.replaceAll('/', () => (encode[i++] ? '%2F' : '/'));
          const [raw, encoded] = [
            await served.ask('GET', `/v2/${name}/${end}`),
            await served.ask('GET', `/v2/${mixed}/${end}`),
          ];
          assert.equal(encoded.status, raw.status);
          assert.deepEqual(encoded.body, raw.body);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the document and the code agree on what is', () => {
  const { schemas, parameters } = document['components'] as {
    schemas: Record<string, { pattern: string; maxLength: number }>;
    parameters: Record<string, { schema: { pattern: string; maxLength: number } }>;
  };
  const accepts = ({ pattern, maxLength }: { pattern: string; maxLength: number }) => {
    const regexp = new RegExp(pattern, 'u');
    return (text: string): boolean => text.length <= maxLength && regexp.test(text);
  };
  const grammars: [name: string, inDocument: (text: string) => boolean, inCode: (text: string) => boolean][] = [
    ['a repository name', accepts(schemas['RepositoryName']!), isRepositoryName],
    ['a digest', accepts(schemas['Digest']!), isDigest],
    ['a reference', accepts(parameters['reference']!.schema), (text) => isTag(text) || isDigest(text)],
  ];
  const text = fc.oneof(
    fc.stringMatching(/^[aZ09._\-/+:=]{0,8}$/),
    fc.stringMatching(/^(sha256|sha512|blake3|sha1|a\+b):([a-f0-9]{64}|[a-f0-9]{128}|[A-F0-9]{64}|[a-z0-9=_-]{0,5})$/),
    fc.stringMatching(/^[ -~]{0,300}$/),
  );
  for (const [name, inDocument, inCode] of grammars) {
    test(name, () => {
      fc.assert(
        fc.property(text, (text) => inDocument(text) === inCode(text)),
        { numRuns: 3000 },
      );
    });
  }
});
