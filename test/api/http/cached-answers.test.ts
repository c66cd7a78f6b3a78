import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { before, beforeEach, describe, test } from 'node:test';
import type { Answered } from '../../../api/http/access-log.ts';
import type { Log } from '../../../api/log.ts';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import { RegistryError, UpstreamError, type UpstreamErrorKind } from '../../../api/oci/errors.ts';
import type { Body, CacheUse, Lister, Registry } from '../../../api/registry.ts';
import { codeOf, type Served } from '../../support/http-client.ts';
import { put, serve } from '../../support/http-images.ts';
import { tinyImage } from '../../support/tiny-image.ts';

const image = tinyImage();
const { digest } = image.config;
const content = {
  tag: '/v2/team/app/manifests/latest',
  digest: `/v2/team/app/manifests/${image.manifest.digest}`,
  blob: `/v2/team/app/blobs/${digest}`,
} as const;
const lists = ['/v2/team/app/tags/list', `/v2/team/app/referrers/${digest}`];

/** What a cache in front of an upstream would give: everything as `use` says, or `failure` throughout. */
class Outcomes implements Registry, Lister {
  use: CacheUse | undefined;
  failure: Error | undefined;
  readonly #images = new MemoryRegistry();

  constructor() {
    put(this.#images, 'team/app', image, 'latest');
  }

  statManifest: Registry['statManifest'] = async (...asked) => this.#mark(await this.#images.statManifest(...asked));
  getManifest: Registry['getManifest'] = async (...asked) => this.#mark(await this.#images.getManifest(...asked));
  statBlob: Registry['statBlob'] = async (...asked) => this.#mark(await this.#images.statBlob(...asked));
  openBlob: Registry['openBlob'] = async (...asked) => this.#mark(await this.#images.openBlob(...asked));
  listTags: Lister['listTags'] = async (...asked) => this.#mark(await this.#images.listTags(...asked));
  listReferrers: Lister['listReferrers'] = async (...asked) => this.#mark(await this.#images.listReferrers(...asked));
  listRepositories: Lister['listRepositories'] = () => this.#images.listRepositories();

  #mark<T extends object>(found: T): T {
    if (this.failure) throw this.failure;
    return { ...found, ...(this.use && { cache: this.use }) };
  }
}

describe('answers from behind a cache', () => {
  const registry = new Outcomes();
  let served: Served;
  let told: { level: string; message: string; fields: unknown }[] = [];
  let answered: Answered[] = [];
  const tell =
    (level: string) =>
    (message: string, fields?: unknown): unknown =>
      told.push({ level, message, fields });
  const log = { error: tell('error'), warn: tell('warn'), info() {}, debug: tell('debug') } as unknown as Log;
  before(async () => {
    served = await serve(registry, { log, onAnswered: (one) => answered.push(one) });
  });
  beforeEach(() => {
    registry.use = undefined;
    registry.failure = undefined;
    told = [];
    answered = [];
  });

  const uses: { use: CacheUse | undefined; status: string; field: string }[] = [
    { use: undefined, status: 'ociregistry; hit', field: 'hit' },
    { use: { result: 'hit' }, status: 'ociregistry; hit', field: 'hit' },
    { use: { result: 'miss' }, status: 'ociregistry; fwd=miss', field: 'miss' },
    { use: { result: 'miss', collapsed: true }, status: 'ociregistry; fwd=miss; collapsed', field: 'miss' },
    { use: { result: 'hit', revalidated: true }, status: 'ociregistry; fwd=stale; detail=revalidated', field: 'hit' },
    {
      use: { result: 'stale', ageSeconds: 90, reason: 'docker.io is out of reach' },
      status: 'ociregistry; hit; ttl=-90; detail="docker.io is out of reach"',
      field: 'stale',
    },
    {
      use: { result: 'stale', reason: 'docker.io is out of reach' },
      status: 'ociregistry; hit; detail="docker.io is out of reach"',
      field: 'stale',
    },
  ];
  for (const { use, status, field } of uses) {
    test(`${JSON.stringify(use)} is "${status}" on every answer about content, and on lists`, async () => {
      registry.use = use;
      for (const path of [...Object.values(content), ...lists]) {
        for (const method of ['GET', 'HEAD']) {
          for (const headers of [{}, { 'If-None-Match': '*' }, { Range: 'bytes=0-0' }]) {
            const answer = await served.ask(method, path, headers);
            assert.ok([200, 206, 304].includes(answer.status), path);
            assert.equal(answer.headers.get('cache-status'), status);
            const { cache } = answered.at(-1)!;
            assert.equal(cache, field);
            const isStale = field === 'stale';
            assert.equal(answer.headers.get('age'), isStale ? String(use?.ageSeconds ?? 0) : null);
            const warning = '299 - "from the store, not looked up again: docker.io is out of reach"';
            assert.equal(answer.headers.get('warning'), isStale ? warning : null, 'X1');
          }
        }
      }
    });
  }

  test('C2 a catalog is always from here', async () => {
    registry.use = { result: 'miss' };
    const { headers } = await served.ask('GET', '/v2/_catalog');
    assert.equal(headers.get('cache-status'), 'ociregistry; hit');
  });

  type Failure = [
    kind: UpstreamErrorKind,
    options: { status?: number; retryAfterMs?: number },
    status: number,
    code: string,
    cacheStatus: string,
    retryAfter?: string,
  ];
  const limited = 'fwd=miss; fwd-status=429; detail=rate-limited';
  const failures: Failure[] = [
    ['denied', { status: 401 }, 403, 'DENIED', 'fwd=miss; fwd-status=401; detail=denied'],
    ['rate-limited', { status: 429, retryAfterMs: 30_001 }, 503, 'UNAVAILABLE', limited, '31'],
    ['rate-limited', { status: 429, retryAfterMs: 0 }, 503, 'UNAVAILABLE', limited, '1'],
    ['unavailable', {}, 503, 'UNAVAILABLE', 'detail=unavailable', '5'],
    ['timeout', {}, 504, 'UNKNOWN', 'fwd=miss; detail=timeout'],
    ['unreachable', {}, 502, 'UNKNOWN', 'fwd=miss; detail=unreachable'],
    // Of a token service: the upstream has not said that it does not have it.
    ['failed', { status: 404 }, 502, 'UNKNOWN', 'fwd=miss; fwd-status=404; detail=failed'],
    ['failed', { status: 503, retryAfterMs: 9000 }, 502, 'UNKNOWN', 'fwd=miss; fwd-status=503; detail=failed'],
    ['invalid', { status: 200 }, 502, 'UNKNOWN', 'fwd=miss; fwd-status=200; detail=invalid'],
  ];
  for (const [kind, options, status, code, cacheStatus, retryAfter] of failures) {
    test(`E6 N9 ${kind} ${JSON.stringify(options)} is ${status} ${code}`, async () => {
      const message = `docker.io: HEAD team/app: ${kind}`;
      for (const path of [...Object.values(content), ...lists]) {
        for (const method of ['GET', 'HEAD']) {
          registry.failure = new UpstreamError(kind, message, options);
          told = [];
          const answer = await served.ask(method, path, { 'X-Request-Id': 'my-id', 'If-None-Match': '*' });
          assert.equal(answer.status, status, path);
          assert.equal(answer.headers.get('cache-status'), `ociregistry; ${cacheStatus}`);
          assert.equal(answer.headers.get('retry-after'), retryAfter ?? null);
          assert.equal(answer.headers.get('cache-control'), 'no-store');
          if (method === 'GET') assert.deepEqual(JSON.parse(answer.body.toString()), { errors: [{ code, message }] });
          const level = kind === 'denied' ? 'debug' : 'warn';
          assert.deepEqual(told, [{ level, message, fields: { requestId: 'my-id', kind } }]);
          assert.equal(answered.at(-1)?.cache, 'miss');
        }
      }
    });
  }

  test('E4 what nobody has is told apart from a failure', async () => {
    for (const code of ['NAME_UNKNOWN', 'MANIFEST_UNKNOWN', 'BLOB_UNKNOWN'] as const) {
      registry.failure = new RegistryError(code, 'not here');
      for (const method of ['GET', 'HEAD']) {
        const answer = await served.ask(method, content.tag);
        assert.equal(answer.status, 404);
        assert.equal(answer.headers.get('cache-status'), `ociregistry; detail=${code}`);
        assert.equal(answered.at(-1)?.cache, undefined);
      }
    }
    assert.deepEqual(told, []);
  });

  test('what goes wrong here is 500 and in the log with its stack', async () => {
    registry.failure = new Error('the disk is gone');
    const answer = await served.ask('GET', content.blob);
    assert.equal(answer.status, 500);
    assert.equal(codeOf(answer), 'UNKNOWN');
    assert.equal(answer.headers.get('cache-status'), 'ociregistry; detail=UNKNOWN');
    assert.doesNotMatch(answer.body.toString(), /disk/);
    assert.deepEqual(
      told.map(({ level }) => level),
      ['error'],
    );
  });

  test('refusals of what was asked say so', async () => {
    const refused: [path: string, status: string][] = [
      ['/v2/NO/manifests/v1', 'NAME_INVALID'],
      ['/v2/team/app/blobs/sha256:1', 'DIGEST_INVALID'],
      [`${content.tag}?ns=`, 'UNSUPPORTED'],
      ['/v2/nothing', 'UNSUPPORTED'],
    ];
    for (const [path, detail] of refused) {
      const { headers } = await served.ask('GET', path);
      assert.equal(headers.get('cache-status'), `ociregistry; detail=${detail}`);
    }
    const beyond = await served.ask('GET', content.blob, { Range: 'bytes=999999-' });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get('cache-status'), 'ociregistry; detail=RANGE_NOT_SATISFIABLE');
  });

  test('N7 an upstream that fails in the middle of a body cuts the connection', async () => {
    const begun = Promise.withResolvers<undefined>();
    const failing = await serve(cutShort(begun.promise), { log });
    const request = http.get({ host: '127.0.0.1', port: failing.port, path: content.blob });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.equal(response.statusCode, 200);
    response.once('data', () => begun.resolve(undefined));
    await assert.rejects(once(response, 'end'), { code: 'ECONNRESET' });
    assert.equal(response.complete, false);
    assert.deepEqual(
      told.map(({ level, message }) => `${level}: ${message}`),
      ['warn: docker.io: its content is another'],
    );
  });
});

/** Blobs of which the first byte comes, and once the client has it, nothing more. */
function cutShort(begun: Promise<undefined>): Registry & Lister {
  const registry = new MemoryRegistry();
  put(registry, 'team/app', image, 'latest');
  const openBlob = registry.openBlob.bind(registry);
  registry.openBlob = async (...asked) => {
    const blob = await openBlob(...asked);
    const { value: bytes = Buffer.alloc(0) } = await blob.body.next();
    let reads = 0;
    const body: Body = {
      next: async () => {
        if (reads++ === 0) return { done: false, value: bytes.subarray(0, 1) };
        await begun;
        throw new UpstreamError('invalid', 'docker.io: its content is another');
      },
      return: () => blob.body.return(),
      [Symbol.asyncIterator]: () => body,
    };
    return { ...blob, body };
  };
  return registry;
}
