import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Descriptor } from '../../../api/oci/descriptor.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../api/oci/media-types.ts';
import { byCodePoint, type Tag } from '../../../api/oci/reference.ts';
import type { Lister, Registry } from '../../../api/registry.ts';
import { codeOf, type Served } from '../../support/http-client.ts';
import { createImages, serve } from '../../support/http-images.ts';

/** A registry of lists alone. */
function listing(lists: { tags?: string[]; repositories?: string[]; referrers?: Descriptor[] }): Registry & Lister {
  const lister: Lister = {
    listTags: () => Promise.resolve({ entries: (lists.tags ?? []) as Tag[] }),
    listRepositories: () => Promise.resolve(lists.repositories ?? []),
    listReferrers: () => Promise.resolve({ entries: lists.referrers ?? [] }),
  };
  return lister as Registry & Lister;
}

const tags = ['A', 'B', 'Z', '_x', 'a', 'b', 'sha256-abc.sig'];
const subject = digestOf(Buffer.from('subject'));

async function list(served: Served, path: string): Promise<{ entries: string[]; link: string | null }> {
  const { status, headers, body } = await served.ask('GET', path);
  assert.equal(status, 200, body.toString());
  const json = JSON.parse(body.toString()) as { tags?: string[]; repositories?: string[]; manifests?: Descriptor[] };
  const entries = json.tags ?? json.repositories ?? json.manifests!.map(({ digest }) => digest);
  return { entries, link: headers.get('link') };
}

const follow = (link: string): string => /^<([^>;]+)>; rel="next"$/.exec(link)![1]!;

/** Every page of a list. */
async function walk(served: Served, path: string): Promise<string[]> {
  const all: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { entries, link } = await list(served, next);
    all.push(...entries);
    next = link === null ? undefined : follow(link);
  }
  return all;
}

describe('tags', () => {
  let served: Served;
  before(async () => {
    served = await serve(listing({ tags }));
  });

  const rows: { query: string; entries: string[]; link?: string }[] = [
    { query: '', entries: tags },
    { query: '?n=', entries: tags },
    { query: '?n=0', entries: [] },
    { query: '?n=2', entries: ['A', 'B'], link: '</v2/a/b/tags/list?n=2&last=B>; rel="next"' },
    { query: '?n=2&n=2', entries: ['A', 'B'], link: '</v2/a/b/tags/list?n=2&last=B>; rel="next"' },
    { query: '?n=7', entries: tags },
    { query: '?n=100000000000000000000', entries: tags },
    { query: '?last=Z', entries: tags.slice(3) },
    { query: '?last=M', entries: tags.slice(2) },
    { query: '?last=', entries: tags },
    { query: '?last=zzz', entries: [] },
    { query: '?last=a/b', entries: tags.slice(5) },
    {
      query: '?last=A&n=1&ns=docker.io&x=%3B%22%3E',
      entries: ['B'],
      link: '</v2/a/b/tags/list?n=1&last=B&ns=docker.io&x=%3B%22%3E>; rel="next"',
    },
  ];
  for (const { query, entries, link } of rows) {
    test(`A3 A4 A5 A6 A8 tags/list${query}`, async () => {
      assert.deepEqual(await list(served, `/v2/a/b/tags/list${query}`), { entries, link: link ?? null });
    });
  }

  for (const n of ['abc', '-1', '1.5', '1e3', '0x10', '+5', '%205', '1&n=2', '1&n=', 'true']) {
    test(`A8 n=${n} is 400`, async () => {
      const answer = await served.ask('GET', `/v2/a/tags/list?n=${n}`);
      assert.equal(answer.status, 400);
      assert.equal(codeOf(answer), 'UNSUPPORTED');
      assert.match(answer.body.toString(), /"detail":\{"parameter":"n"\}/);
    });
  }

  test('A1 no tags are an empty list', async () => {
    const { body } = await (await serve(listing({}))).ask('GET', '/v2/a/tags/list');
    assert.equal(body.toString(), '{"name":"a","tags":[]}');
  });

  test('A1 the name is the one that was asked for', async () => {
    const { body } = await served.ask('GET', '/v2/docker.io%2Flibrary/alpine/tags/list?n=0');
    assert.equal(body.toString(), '{"name":"docker.io/library/alpine","tags":[]}');
  });

  test('A7 n is cut to 1000; without it there are up to 10 000', async () => {
    const many = Array.from({ length: 10_050 }, (_, i) => `t${String(i).padStart(6, '0')}`);
    const served = await serve(listing({ tags: many }));
    const asked = await list(served, '/v2/a/tags/list?n=5000');
    assert.equal(asked.entries.length, 1000);
    assert.ok(asked.link);
    const whole = await list(served, '/v2/a/tags/list');
    assert.equal(whole.entries.length, 10_000);
    assert.deepEqual(await walk(served, '/v2/a/tags/list'), many);
  });

  test('A6 following Link gives everything exactly once', async () => {
    const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/);
    const lists: { tags: string[] } = { tags: [] };
    const served = await serve(listing(lists));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tag, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (some, n) => {
        lists.tags = some.sort(byCodePoint);
        assert.deepEqual(await walk(served, `/v2/a/tags/list?n=${n}`), lists.tags);
      }),
      { numRuns: 50 },
    );
  });

  test('H1 H3 a list has a strong ETag, and 304 to whom has it', async () => {
    const { headers } = await served.ask('GET', '/v2/a/tags/list');
    const etag = headers.get('etag')!;
    assert.match(etag, /^"sha256:/);
    assert.equal(headers.get('cache-control'), 'no-cache');
    const again = await served.ask('GET', '/v2/a/tags/list', { 'If-None-Match': etag });
    assert.equal(again.status, 304);
    assert.equal((await served.ask('GET', '/v2/a/tags/list?n=1', { 'If-None-Match': etag })).status, 200);
  });
});

describe('catalog', () => {
  test('C2 repositories, page by page', async () => {
    const repositories = ['a', 'a/b', 'docker.io/library/x', 'z'];
    const served = await serve(listing({ repositories }));
    assert.deepEqual((await list(served, '/v2/_catalog')).entries, repositories);
    assert.deepEqual(await list(served, '/v2/_catalog?n=3'), {
      entries: repositories.slice(0, 3),
      link: '</v2/_catalog?n=3&last=docker.io%2Flibrary%2Fx>; rel="next"',
    });
    assert.deepEqual(await walk(served, '/v2/_catalog?n=1'), repositories);
    assert.equal((await served.ask('GET', '/v2/_catalog?n=x')).status, 400);
  });

  test('C3 it can be switched off', async () => {
    const answer = await (await serve(listing({}), { catalog: false })).ask('GET', '/v2/_catalog');
    assert.equal(answer.status, 404);
    assert.equal(codeOf(answer), 'UNSUPPORTED');
  });
});

describe('referrers', () => {
  const referrer = (artifactType: string | undefined, i = 0): Descriptor => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(`${artifactType} ${i}`)),
    size: 10,
    ...(artifactType !== undefined && { artifactType }),
    annotations: { a: 'b' },
  });
  const all = [referrer('application/spdx+json'), referrer('sig/x'), referrer(undefined)].sort((a, b) =>
    byCodePoint(a.digest, b.digest),
  );
  const ofType = (...types: string[]): string[] =>
    all.filter(({ artifactType }) => types.includes(artifactType!)).map(({ digest }) => digest);

  test('R1 R2 an index, exactly so', async () => {
    const { headers, body } = await (await serve(listing({ referrers: all }))).ask('GET', `/v2/a/referrers/${subject}`);
    assert.equal(headers.get('content-type'), OCI_INDEX);
    assert.equal(headers.get('oci-filters-applied'), null);
    assert.equal(
      body.toString(),
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: all }),
      'R13 R14',
    );
  });

  test('R3 R4 none is an empty list, of an unknown repository too', async () => {
    const served = await serve(createImages().registry);
    assert.deepEqual((await list(served, `/v2/nobody/referrers/${subject}`)).entries, []);
    assert.deepEqual((await list(served, `/v2/team/app/referrers/${subject}?n=5`)).entries, []);
  });

  const filters: [query: string, types: string[]][] = [
    ['?artifactType=sig/x', ['sig/x']],
    ['?artifactType=sig%2Fx', ['sig/x']],
    ['?artifactType=application/spdx+json', ['application/spdx+json']],
    ['?artifactType=application/spdx%2Bjson&artifactType=sig/x', ['application/spdx+json', 'sig/x']],
    ['?artifactType=none/such', []],
  ];
  for (const [query, types] of filters) {
    test(`R8 ${query}`, async () => {
      const served = await serve(listing({ referrers: all }));
      const { headers } = await served.ask('GET', `/v2/a/referrers/${subject}${query}`);
      assert.equal(headers.get('oci-filters-applied'), 'artifactType');
      assert.deepEqual((await list(served, `/v2/a/referrers/${subject}${query}`)).entries, ofType(...types));
    });
  }

  test('R8 an empty type is no filter', async () => {
    const served = await serve(listing({ referrers: all }));
    const { headers } = await served.ask('GET', `/v2/a/referrers/${subject}?artifactType=`);
    assert.equal(headers.get('oci-filters-applied'), null);
  });

  test('R9 a list that clients could not read whole is cut, and Link leads on', async () => {
    const annotations = { text: 'x'.repeat(1000) };
    const many = Array.from({ length: 9000 }, (_, i) => ({ ...referrer('sig/x', i), annotations }));
    many.sort((a, b) => byCodePoint(a.digest, b.digest));
    const served = await serve(listing({ referrers: many }));
    const first = await served.ask('GET', `/v2/a/referrers/${subject}?artifactType=sig/x`);
    assert.ok(first.body.length < 3.6 * 1024 * 1024);
    const digests = await walk(served, `/v2/a/referrers/${subject}?artifactType=sig/x`);
    assert.deepEqual(
      digests,
      many.map(({ digest }) => digest),
    );
  });
});
