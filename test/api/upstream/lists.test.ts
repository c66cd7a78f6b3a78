import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../../../api/oci/digest.ts';
import { OCI_INDEX } from '../../../api/oci/media-types.ts';
import { envelope, FakeUpstream, silence, type Answer, type Reply } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { repo } from '../../support/repository.ts';
import { descriptorOf, tinyImage, type Piece } from '../../support/tiny-image.ts';

const TAGS = 'GET /v2/a/tags/list';
const page = (tags: unknown, link?: string): Answer => ({
  headers: { 'content-type': 'application/json', ...(link !== undefined && { link }) },
  body: JSON.stringify({ name: 'a', tags }),
});

async function upstreamWith(
  line: string,
  ...replies: readonly Reply[]
): Promise<{ up: FakeUpstream; under: UnderTest }> {
  const up = await FakeUpstream.start();
  up.on(line, ...replies);
  return { up, under: registryOver(up) };
}

const tagsOf = ({ registry }: UnderTest): Promise<readonly string[]> => registry.listTags(repo('a'));

describe('tags', () => {
  test('UP22 A2 come from all pages, each once, by code point', async () => {
    const { up, under } = await upstreamWith(TAGS);
    up.on(`${TAGS}?n=1000`, page(['b', 'B'], '</v2/a/tags/list?n=1000&last=B>; rel="next"'));
    up.on(`${TAGS}?n=1000&last=B`, page(['a', 'b'], `<${up.origin}/v2/a/tags/list?n=1000&last=b>; rel=next`));
    up.on(`${TAGS}?n=1000&last=b`, page(['_']));
    assert.deepEqual(await tagsOf(under), ['B', '_', 'a', 'b']);
    assert.equal(up.asked.length, 3);
  });

  const pages: readonly [what: string, reply: Reply, tags: readonly string[]][] = [
    ['null', page(null), []],
    ['an empty list', page([]), []],
    ['what is no tag', page(['ok', '', '../x', 'a b', 7, null, 'x'.repeat(129)]), ['ok']],
  ];
  for (const [what, reply, tags] of pages) {
    test(`UP22 of ${what} are ${tags.length}`, async () => {
      const { under } = await upstreamWith(TAGS, reply);
      assert.deepEqual(await tagsOf(under), tags);
    });
  }

  const wrong: readonly [what: string, reply: Reply, message: RegExp][] = [
    ['no JSON', { body: '<html>' }, /not a list: /],
    ['no object', { body: '[]' }, /not a list: not a JSON object$/],
    ['no tags', { body: '{}' }, /not a list: "tags" is not a list$/],
    [
      'a link to another host',
      page([], '<https://evil.example/v2/a/tags/list>; rel="next"'),
      /it links to https:\/\/evil.example$/,
    ],
    [
      'a link to another port',
      page([], '<http://127.0.0.1:1/v2/a/tags/list>; rel="next"'),
      /it links to http:\/\/127.0.0.1:1$/,
    ],
    ['a link to no URL', page([], '<http://[>; rel="next"'), /it links to what is no URL$/],
    ['a link to itself', page(['x'], '</v2/a/tags/list?n=1000&last=x>; rel="next"'), /: a list without end$/],
    [
      '16 MiB and more',
      page(Array.from({ length: 140_000 }, (_, i) => `${'x'.repeat(118)}${i}`)),
      /more than 16777216 bytes$/,
    ],
  ];
  for (const [what, reply, message] of wrong) {
    test(`UP22 of ${what} are refused`, async () => {
      const { under } = await upstreamWith(TAGS, reply);
      await fails(tagsOf(under), 'invalid', message);
    });
  }

  test('UP22 end after a thousand pages', async () => {
    const { up, under } = await upstreamWith(TAGS, (request, response) => {
      const last = Number(new URL(request.url!, 'http://x').searchParams.get('last') ?? 0) + 1;
      response.writeHead(200, { link: `</v2/a/tags/list?n=1000&last=${last}>; rel="next"` });
      response.end(JSON.stringify({ tags: [`t${last}`] }));
    });
    await fails(tagsOf(under), 'invalid', /: a list without end$/);
    assert.equal(up.asked.length, 1001);
  });

  test('UP15 a page that failed is asked for again, not the whole', async () => {
    const { up, under } = await upstreamWith(TAGS, page(['a'], '</v2/a/tags/list?last=a>; rel="next"'));
    up.on(`${TAGS}?last=a`, { status: 503 }, page(['b']));
    assert.deepEqual(await tagsOf(under), ['a', 'b']);
    assert.deepEqual(up.lines, [`${TAGS}?n=1000`, `${TAGS}?last=a`, `${TAGS}?last=a`]);
  });

  test('UP22 go on at the endpoint that gave the first page', async () => {
    const { up: first } = await upstreamWith(TAGS, { status: 404 });
    const { up: second } = await upstreamWith(TAGS, page(['a'], '</v2/a/tags/list?last=a>; rel="next"'));
    second.on(`${TAGS}?last=a`, page(['b']));
    assert.deepEqual(await tagsOf(registryOver([first, second])), ['a', 'b']);
    assert.equal(first.asked.length, 1);
  });

  test('A1 of what is not there are an unknown name', async () => {
    const { under } = await upstreamWith(TAGS, { status: 404 });
    await assert.rejects(tagsOf(under), { code: 'NAME_UNKNOWN', message: 'up.example: GET a tags: 404 not found' });
  });

  test('UP24 are not waited for longer than the caller does', async () => {
    const { up, under } = await upstreamWith(TAGS, page(['a'], '</v2/a/tags/list?last=a>; rel="next"'));
    up.on(`${TAGS}?last=a`, silence);
    await fails(under.registry.listTags(repo('a'), { budgetMs: 50 }), 'timeout', /a tags: no answer within 50 ms$/);
  });
});

describe('referrers', () => {
  const subject = digestOf(Buffer.from('subject'));
  const API = `GET /v2/a/referrers/${subject}`;
  const TAG = `GET /v2/a/manifests/${subject.replace(':', '-')}`;
  const [one, two] = ['one', 'two']
    .map((seed) => tinyImage({ seed }).manifest)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1)) as [Piece, Piece];
  const signature = { ...descriptorOf(two), artifactType: 'application/x-sig', annotations: { who: 'me' } };
  const index = (...manifests: readonly object[]): Answer => ({
    headers: { 'content-type': OCI_INDEX },
    body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
  });
  const list = ({ registry }: UnderTest): Promise<unknown> => registry.listReferrers(repo('a'), subject);

  test('R6 come from the API with type and annotations, by digest, over all pages', async () => {
    const { up, under } = await upstreamWith(API);
    const first = index(signature);
    up.on(API, { ...first, headers: { ...first.headers, link: `<${API.slice(4)}?x=1>; rel="next"` } });
    up.on(`${API}?x=1`, index(descriptorOf(one), signature));
    assert.deepEqual(await list(under), [descriptorOf(one), signature]);
    assert.equal(up.asked[0]!.headers.accept, OCI_INDEX);
  });

  test('R3 may be none', async () => {
    const { up, under } = await upstreamWith(API, index());
    assert.deepEqual(await list(under), []);
    assert.deepEqual(up.lines, [API]);
  });

  const noApi: readonly [what: string, reply: Reply][] = [
    ['404', { status: 404 }],
    ['404 with NAME_UNKNOWN', envelope(404, 'NAME_UNKNOWN', 'x')],
    ['400', { status: 400 }],
    ['405', { status: 405 }],
    ['406', { status: 406 }],
    ['200 of another type', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ];
  for (const [what, reply] of noApi) {
    test(`R12 come from the tag where the API answers ${what}`, async () => {
      const { up, under } = await upstreamWith(API, reply);
      up.on(TAG, index(signature));
      assert.deepEqual(await list(under), [signature]);
      assert.deepEqual(up.lines, [API, TAG]);
    });
  }

  test('R12 are none where neither is there, nor the repository', async () => {
    const { up, under } = await upstreamWith(API);
    assert.deepEqual(await list(under), []);
    assert.deepEqual(up.lines, [API, TAG]);
  });

  test('R12 are none where the tag is no index', async () => {
    const { up, under } = await upstreamWith(API);
    up.on(TAG, { headers: { 'content-type': one.mediaType }, body: one.bytes });
    assert.deepEqual(await list(under), []);
  });

  test('R11 of a sha512 come from the tag that is cut to 64 characters', async () => {
    const long = digestOf(Buffer.from('subject'), 'sha512');
    const up = await FakeUpstream.start();
    up.on(`GET /v2/a/manifests/${long.replace(':', '-').slice(0, 'sha512-'.length + 64)}`, index(signature));
    assert.deepEqual(await registryOver(up).registry.listReferrers(repo('a'), long), [signature]);
  });

  test('of a broken upstream are an error, not none', async () => {
    for (const [reply, kind] of [
      [{ status: 500 }, 'failed'],
      [{ status: 403 }, 'denied'],
      [{ headers: { 'content-type': OCI_INDEX }, body: '{"manifests":[{}]}' }, 'invalid'],
    ] as const) {
      const { under } = await upstreamWith(API, reply);
      await fails(list(under), kind);
    }
    const { up, under } = await upstreamWith(API, { status: 404 });
    up.on(TAG, { status: 500 });
    await fails(list(under), 'failed');
  });
});
