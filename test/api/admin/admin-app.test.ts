import assert from 'node:assert/strict';
import http from 'node:http';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { adminPaths } from '../../../generated/admin-routes.ts';
import { document } from '../../../generated/spec.ts';
import { createAdminApp, type AdminAppOptions } from '../../../api/admin/admin-app.ts';
import type { Pruned, PruneRequest } from '../../../api/admin/admin-parts.ts';
import { createApp } from '../../../api/http/app.ts';
import { HttpError } from '../../../api/http/http-error.ts';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import { codeOf, serveApp, type Served } from '../../support/http-client.ts';
import { keepingLog } from '../../support/keeping-log.ts';

const NOTHING_PRUNED: Pruned = { dryRun: true, images: [], files: [], freedBytes: 0, heldBytes: 0, problems: [] };
const DIGEST = `sha256:${'a'.repeat(64)}`;

interface Opened extends Served {
  /** Sends JSON, or what is said to be. */
  readonly post: (path: string, body?: string, headers?: Record<string, string>) => Promise<Posted>;
  /** What was asked to be pruned. */
  readonly pruned: PruneRequest[];
  readonly lines: string[];
}

interface Posted {
  readonly status: number;
  readonly text: string;
}

async function openAdmin(change: Partial<AdminAppOptions> = {}): Promise<Opened> {
  const { log, lines } = keepingLog();
  const pruned: PruneRequest[] = [];
  const app = await createAdminApp({
    log,
    host: '127.0.0.1',
    readiness: () => Promise.resolve([]),
    metrics: () => Promise.resolve({ type: 'text/plain; version=0.0.4; charset=utf-8', text: 'a 1\n' }),
    reload: () => Promise.resolve({ changed: [], message: 'nothing changed' }),
    images: (patterns) => Promise.resolve({ images: [], problems: [{ path: patterns.join(' '), reason: 'asked' }] }),
    prune: (request) => {
      pruned.push(request);
      return Promise.resolve(NOTHING_PRUNED);
    },
    fills: () => [{ digest: DIGEST, repositories: ['up.example/app'], received: 5, size: 9, readers: 2 }],
    upstreams: () => [{ host: 'up.example', endpoints: [{ origin: 'https://up', breaker: 'closed', pausedMs: 0 }] }],
    ...change,
  });
  const served = await serveApp(app);
  const post: Opened['post'] = async (path, body, headers = { 'content-type': 'application/json' }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Posted>();
    const request = http.request(`${served.origin}${path}`, { method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', reject).end(body);
    return promise;
  };
  return { ...served, post, pruned, lines };
}

interface Response {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'ociregistry', ...document });

/** Holds an answer against the document: the body of one of its status, and what all have. */
function assertDocumented(method: string, path: string, status: number, headers: Headers, body: string): void {
  const item = document.paths[path] as Record<string, { responses: Record<string, { $ref: string }> }>;
  const { responses } = item[method.toLowerCase()]!;
  const { $ref } = (responses[String(status)] ?? responses[`${Math.trunc(status / 100)}XX`])!;
  const name = $ref.slice($ref.lastIndexOf('/') + 1);
  const components = document['components'] as { responses: Record<string, Response> };
  const { content } = components.responses[name]!;
  const type = headers.get('content-type')!;
  assert.ok(type in content, `${type} is not documented`);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.match(headers.get('x-request-id') ?? '', /^[\w.-]+$/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  if (!type.endsWith('json')) return;
  const { $ref: schema } = content[type]!.schema as { $ref: string };
  assert.ok(ajv.validate({ $ref: `ociregistry${schema}` }, JSON.parse(body)), ajv.errorsText());
}

describe('the admin listener', () => {
  for (const [path, expected] of [
    ['/livez', { alive: true }],
    ['/readyz', { ready: true, reasons: [] }],
    ['/images', { images: [], problems: [{ path: '', reason: 'asked' }] }],
    ['/images?pattern=a/**:v*&pattern=b', { images: [], problems: [{ path: 'a/**:v* b', reason: 'asked' }] }],
    ['/fills', { fills: [{ digest: DIGEST, repositories: ['up.example/app'], received: 5, size: 9, readers: 2 }] }],
    [
      '/upstreams',
      { upstreams: [{ host: 'up.example', endpoints: [{ origin: 'https://up', breaker: 'closed', pausedMs: 0 }] }] },
    ],
  ] as const) {
    test(`GET ${path} answers as the document says, HEAD the same without the body`, async () => {
      const admin = await openAdmin();
      const { status, headers, body } = await admin.ask('GET', path);
      assert.equal(status, 200);
      assert.deepEqual(JSON.parse(body.toString()), expected);
      assertDocumented('GET', path.replace(/\?.*/, ''), status, headers, body.toString());
      const head = await admin.ask('HEAD', path);
      assert.equal(head.status, 200);
      assert.equal(head.body.length, 0);
      assert.equal(head.headers.get('content-length'), headers.get('content-length'));
    });
  }

  test('/readyz is 503 with the reasons', async () => {
    const reasons = [{ code: 'FOLDER_UNREADABLE', message: 'EIO' } as const];
    const admin = await openAdmin({ readiness: () => Promise.resolve(reasons) });
    const { status, headers, body } = await admin.ask('GET', '/readyz');
    assert.equal(status, 503);
    assert.deepEqual(JSON.parse(body.toString()), { ready: false, reasons });
    assertDocumented('GET', '/readyz', status, headers, body.toString());
  });

  test('/metrics has the type of what it sends', async () => {
    const { status, headers, body } = await (await openAdmin()).ask('GET', '/metrics');
    assert.deepEqual([status, body.toString()], [200, 'a 1\n']);
    assertDocumented('GET', '/metrics', status, headers, '');
  });

  test('what went wrong here is 500, told as "internal error", and logged whole', async () => {
    const admin = await openAdmin({ images: () => Promise.reject(new Error('EIO in /secret')) });
    const { status, headers, body } = await admin.ask('GET', '/images');
    assert.equal(status, 500);
    assert.doesNotMatch(body.toString(), /secret/);
    assertDocumented('GET', '/images', status, headers, body.toString());
    assert.ok(admin.lines.includes('error: request failed'));
  });

  test('an unknown path is 404, and a query that is not documented 400', async () => {
    const admin = await openAdmin();
    for (const path of ['/', '/metrics/', '/Metrics', '/docs/', '/openapi.yaml', '/livez/..']) {
      const answer = await admin.ask('GET', path);
      assert.equal(answer.status, 404, path);
      assert.equal(codeOf(answer), 'UNSUPPORTED');
    }
    assert.equal((await fetch(`${admin.origin}/v2/`)).status, 404);
    assert.equal((await admin.ask('GET', '/images?patern=a')).status, 400);
    assert.equal((await admin.ask('GET', `/images?pattern=${'a'.repeat(1001)}`)).status, 400);
  });

  test('what changes something is no GET, and a method that is not documented is 405 with what may be done', async () => {
    const admin = await openAdmin();
    for (const { path } of adminPaths) {
      const posts = path === '/reload' || path === '/prune';
      for (const method of posts ? ['GET', 'HEAD', 'PUT', 'DELETE'] : ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const { status, headers } = await admin.ask(method, path);
        assert.deepEqual([status, headers.get('allow')], [405, posts ? 'POST' : 'GET, HEAD'], `${method} ${path}`);
      }
    }
    assert.deepEqual(admin.pruned, []);
  });

  test('a change is logged, that somebody looks is not at the usual level', async () => {
    const admin = await openAdmin();
    await admin.ask('GET', '/metrics');
    await admin.post('/reload');
    assert.deepEqual(admin.lines, ['debug: admin request', 'info: admin request']);
  });
});

describe('POST /prune', () => {
  test('is a dry run unless said', async () => {
    const admin = await openAdmin();
    assert.equal((await admin.post('/prune', '{"keep":3,"pattern":["a/**"]}')).status, 200);
    assert.equal((await admin.post('/prune', '{"unusedFor":"30d","dryRun":false}')).status, 200);
    assert.deepEqual(admin.pruned, [
      { keep: 3, pattern: ['a/**'], dryRun: true },
      { unusedFor: '30d', dryRun: false },
    ]);
  });

  const refused: readonly [title: string, status: number, body: string, headers?: Record<string, string>][] = [
    ['a key that is not documented', 400, '{"keep":3,"dry":false}'],
    ['a text for a number', 400, '{"keep":"3"}'],
    ['nothing for a value', 400, '{"pattern":null}'],
    ['a text for yes or no', 400, '{"keep":1,"dryRun":"false"}'],
    ['a list', 400, '[]'],
    ['a text', 400, '"keep"'],
    ['no JSON', 400, '{'],
    ['no body', 415, '', {}],
    ['a form, as any page may send', 415, 'keep=1', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['JSON that says to be text', 415, '{"keep":1}', { 'content-type': 'text/plain' }],
    ['a compressed body', 415, 'x', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['more than a few lines', 413, JSON.stringify({ pattern: ['a'.repeat(20_000)] })],
    ['a hundred patterns and one', 400, JSON.stringify({ pattern: Array.from({ length: 101 }, () => 'a') })],
    ['the prototype', 400, '{"__proto__":{"keep":1},"constructor":1}'],
  ];
  for (const [title, status, body, headers] of refused) {
    test(`refuses ${title}`, async () => {
      const admin = await openAdmin();
      const answer = await admin.post('/prune', body, headers);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, /^\{"errors":\[\{"code":"UNSUPPORTED","message":"/);
      assert.deepEqual(admin.pruned, []);
    });
  }

  test('is 409 while another one runs', async () => {
    const begun = Promise.withResolvers<undefined>();
    const over = Promise.withResolvers<Pruned>();
    const prune = (): Promise<Pruned> => {
      begun.resolve(undefined);
      return over.promise;
    };
    const admin = await openAdmin({ prune });
    const first = admin.post('/prune', '{"keep":1}');
    await begun.promise;
    assert.equal((await admin.post('/prune', '{"keep":1}')).status, 409);
    over.resolve(NOTHING_PRUNED);
    assert.equal((await first).status, 200);
    assert.equal((await admin.post('/prune', '{"keep":1}')).status, 200);
  });
});

describe('POST /reload', () => {
  test('says what is wrong, and reads no body', async () => {
    const reload = (): never => {
      throw new HttpError('UNSUPPORTED', 'a.yaml:3: port: allowed: 0 to 65535', { status: 422 });
    };
    const admin = await openAdmin({ reload });
    const { status, text } = await admin.post('/reload', 'not { JSON');
    assert.equal(status, 422);
    assert.match(text, /a\.yaml:3: port/);
  });
});

describe('a web page', () => {
  const hosts: readonly [title: string, bound: string | undefined, host: string, status: number][] = [
    ['of a name that its own name server leads here', '127.0.0.1', 'rebound.example:5001', 403],
    ['of a name that only begins like ours', '127.0.0.1', 'localhost.evil.example', 403],
    ['of another address', '127.0.0.1', '192.0.2.1', 403],
    ['of what is no host', '127.0.0.1', 'a b', 403],
    ['by the loopback name', '127.0.0.1', 'localhost:5001', 200],
    ['by the loopback address', '127.0.0.1', '127.0.0.1', 200],
    ['by the IPv6 loopback address', '127.0.0.1', '[::1]:5001', 200],
    ['by the name that is listened on', 'admin.example', 'Admin.Example:5001', 200],
    ['by the address that it came in by', '0.0.0.0', '127.0.0.1:5001', 200],
    ['by any name on a socket of the file system', undefined, 'whatever', 200],
  ];
  for (const [title, bound, host, status] of hosts) {
    test(`may ${status === 200 ? '' : 'not '}change something ${title}`, async () => {
      const admin = await openAdmin({ host: bound });
      assert.equal((await admin.post('/reload', undefined, { host })).status, status);
      assert.equal((await admin.ask('GET', '/livez', { host })).status, 200);
    });
  }

  test('may not change something from another site, though it may send a form there', async () => {
    const admin = await openAdmin();
    const own = { host: '127.0.0.1:5001' };
    for (const origin of ['http://evil.example', 'null', 'https://127.0.0.1:5001', 'http://127.0.0.1:8080']) {
      assert.equal((await admin.post('/reload', undefined, { ...own, origin })).status, 403, origin);
    }
    assert.equal((await admin.post('/reload', undefined, { ...own, origin: 'http://127.0.0.1:5001' })).status, 200);
  });
});

test('the public listener answers 404 for every path of the admin listener, whatever the method', async () => {
  const memory = new MemoryRegistry();
  const app = await createApp({ registry: memory, lister: memory, log: keepingLog().log });
  const { ask } = await serveApp(app);
  for (const { path } of adminPaths) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
      for (const spelled of [path, `${path}?x=1`]) {
        assert.equal((await ask(method, spelled)).status, 404, `${method} ${spelled}`);
      }
    }
    for (const spelled of [`/v2${path}`, `/docs${path}`, `//${path}`, `${path}/`, path.toUpperCase()]) {
      assert.ok([400, 404].includes((await ask('GET', spelled)).status), spelled);
    }
  }
});
