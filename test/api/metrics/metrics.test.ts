import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Answered } from '../../../api/http/access-log.ts';
import { createApp } from '../../../api/http/app.ts';
import { MemoryRegistry } from '../../../api/memory-registry.ts';
import { MeteredRegistry } from '../../../api/metrics/metered-registry.ts';
import { Metrics } from '../../../api/metrics/metrics.ts';
import { StoreSize } from '../../../api/metrics/store-size.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import { parseHost } from '../../../api/oci/repository.ts';
import { eventually } from '../../support/clients/eventually.ts';
import { serveApp } from '../../support/http-client.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { pullThrough } from '../../support/pull/pull-through.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage } from '../../support/tiny-image.ts';
import { FakeUpstream, blobReply, manifestReply } from '../../support/upstream/fake-upstream.ts';
import { registryOver } from '../../support/upstream/registry-over.ts';

const up = parseHost('up.example');

/** One that looks nothing up. */
function createMetrics(): Metrics {
  const metrics = new Metrics();
  metrics.observe({
    store: () => Promise.resolve({ blobs: 3, bytes: 1234 }),
    fillsInProgress: () => 2,
    rateLimits: () => [[up, 76]],
  });
  return metrics;
}

/** The lines of ours, without comments. */
async function ours(metrics: Metrics): Promise<string[]> {
  const { text } = await metrics.expose(undefined);
  return text.split('\n').filter((line) => line.startsWith('ociregistry_'));
}

/** Names and labels, without values. */
const seriesOf = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ \S+$/, '')).sort();

const answered = (change: Partial<Answered>): Answered => ({
  requestId: 'x',
  started: 0,
  method: 'GET',
  path: '/v2/',
  client: '127.0.0.1',
  bytes: 2,
  status: 200,
  durationMs: 3,
  aborted: false,
  ...change,
});

describe('the metrics', () => {
  test('have the names and labels that dashboards lean on', async () => {
    const metrics = createMetrics();
    metrics.answered(answered({ operation: 'getManifest', bytes: 500 }));
    metrics.cacheUsed(up, 'manifest', 'stale');
    const traffic = metrics.trafficOf(up);
    traffic.answered(200);
    traffic.answered(undefined);
    traffic.received(700);
    metrics.pruned(50);
    const lines = (await ours(metrics)).filter((line) => !line.includes('_bucket') && !line.includes('_sum'));
    assert.deepEqual(lines, [
      'ociregistry_http_requests_total{operation="getManifest",status="200"} 1',
      'ociregistry_http_request_duration_seconds_count{operation="getManifest"} 1',
      'ociregistry_http_response_bytes_total{operation="getManifest"} 500',
      'ociregistry_cache_requests_total{upstream="up.example",kind="manifest",result="stale"} 1',
      'ociregistry_upstream_requests_total{upstream="up.example",status="200"} 1',
      'ociregistry_upstream_requests_total{upstream="up.example",status="none"} 1',
      'ociregistry_upstream_bytes_total{upstream="up.example"} 700',
      'ociregistry_pruned_bytes_total 50',
      'ociregistry_store_bytes 1234',
      'ociregistry_store_blobs 3',
      'ociregistry_fills_in_progress 2',
      'ociregistry_upstream_ratelimit_remaining{upstream="up.example"} 76',
    ]);
    const { text } = await metrics.expose(undefined);
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
      assert.match(text, new RegExp(`^${name} `, 'm'));
    }
  });

  test('10,000 invented repositories, hosts, tags, digests and methods make no new series', async () => {
    const metrics = createMetrics();
    const { log } = keepingLog();
    const memory = new MemoryRegistry();
    const app = await createApp({
      registry: memory,
      lister: memory,
      log,
      accessLog: false,
      onAnswered: metrics.answered,
    });
    const served = await serveApp(app);
    const requestOf = (i: number): string => {
      const kinds: readonly [method: string, path: string, header?: string][] = [
        ['GET', `/v2/invented-${i}/manifests/tag-${i}`],
        ['GET', `/v2/invented-${i}/manifests/v1?ns=host-${i}.example`],
        ['HEAD', `/v2/a/blobs/${digestOf(Buffer.from(`blob ${i}`))}`, `X-Registry: host-${i}.example`],
        ['GET', `/v2/a${i}/tags/list?n=${i}`],
        ['GET', `/nothing-${i}`],
        ['PUT', `/v2/a${i}/manifests/v${i}`],
        ['GET', `/v2/%FF${i}/manifests/v1`],
        ['PROPFIND', `/v2/a${i}/tags/list`],
        ['GET', `/metrics?invented=${i}`],
      ];
      const [method, path, header = 'Accept: */*'] = kinds[i % kinds.length]!;
      return `${method} ${path} HTTP/1.1\r\nHost: h\r\n${header}\r\n\r\n`;
    };
    /** All on one connection, whose last one closes it. */
    const askAll = async (from: number, to: number): Promise<void> => {
      const requests = Array.from({ length: to - from }, (_, i) => requestOf(from + i));
      const last = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
      const answers = await served.raw(`${requests.join('')}${last}`);
      assert.equal(answers.match(/HTTP\/1\.1 \d{3} /g)?.length, requests.length + 1);
    };
    await askAll(0, 64);
    const before = seriesOf(await ours(metrics));
    for (let i = 64; i < 10_064; i += 50) await askAll(i, i + 50);
    assert.deepEqual(seriesOf(await ours(metrics)), before);
    assert.ok(
      before.every((series) => !series.includes('invented') && !series.includes('host-')),
      before.join('\n'),
    );
  });

  test('whatever status an upstream makes up, it is one that HTTP knows, its class, or "other"', async () => {
    const metrics = createMetrics();
    const traffic = metrics.trafficOf(up);
    for (let status = 0; status < 10_000; status++) traffic.answered(status);
    const statuses = (await ours(metrics))
      .filter((line) => line.startsWith('ociregistry_upstream_requests_total'))
      .map((line) => /status="(.+?)"/.exec(line)![1]!);
    assert.ok(statuses.length < 80, String(statuses.length));
    assert.deepEqual(statuses.filter((status) => !/^\d{3}$/.test(status)).sort(), [
      '1xx',
      '2xx',
      '3xx',
      '4xx',
      '5xx',
      'other',
    ]);
  });

  test('are OpenMetrics where that is asked for, and the text format again for who comes next', async () => {
    const metrics = createMetrics();
    metrics.answered(answered({ operation: 'getBase' }));
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
    const all = await Promise.all([accept, undefined, accept, 'text/plain', '*/*'].map((one) => metrics.expose(one)));
    for (const { type, text } of [all[0]!, all[2]!]) {
      assert.equal(type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
      assert.match(text, /^# TYPE ociregistry_http_requests counter$/m);
      assert.match(text, /^ociregistry_http_requests_total\{operation="getBase",status="200"\} 1$/m);
      assert.ok(text.endsWith('\n# EOF\n'));
    }
    for (const { type, text } of [all[1]!, all[3]!, all[4]!]) {
      assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8');
      assert.match(text, /^# TYPE ociregistry_http_requests_total counter$/m);
      assert.match(text, /^ociregistry_http_requests_total\{operation="getBase",status="200"\} 1$/m);
    }
    const weighed = await metrics.expose('application/openmetrics-text;version=1.0.0;q=0.1,text/plain;q=0.9');
    assert.match(weighed.type, /^text\/plain/);
  });
});

describe('what is counted of a pull-through', () => {
  test('is by upstream, kind and result; what the upstream does not have was a miss', async () => {
    const image = tinyImage();
    const layer = image.layers[0]!;
    const upstream = await FakeUpstream.start();
    upstream.on('GET /v2/team/app/manifests/v1', manifestReply(image.manifest));
    upstream.on(`GET /v2/team/app/blobs/${layer.digest}`, blobReply(layer.bytes));
    const cache = await pullThrough({ upstreams: { 'up.example': upstream.origin } });
    const metrics = createMetrics();
    const upstreamOf = (): typeof up => up;
    const metered = new MeteredRegistry(cache.registry, upstreamOf, metrics.cacheUsed);
    const app = repo('team/app', 'up.example');
    await metered.getManifest(app, ref('v1'));
    await cache.idle();
    await metered.statManifest(app, ref('v1'));
    await readBody((await metered.openBlob(app, layer.digest)).body);
    await assert.rejects(metered.getManifest(app, ref('v2')), { code: 'MANIFEST_UNKNOWN' });
    assert.deepEqual((await metered.listTags(app)).entries, ['v1']);
    const lines = (await ours(metrics)).filter((line) => line.startsWith('ociregistry_cache_requests_total'));
    assert.deepEqual(lines, [
      'ociregistry_cache_requests_total{upstream="up.example",kind="manifest",result="miss"} 2',
      'ociregistry_cache_requests_total{upstream="up.example",kind="manifest",result="hit"} 1',
      'ociregistry_cache_requests_total{upstream="up.example",kind="blob",result="miss"} 1',
      'ociregistry_cache_requests_total{upstream="up.example",kind="list",result="miss"} 1',
    ]);
  });

  test('what no upstream has is counted for none', async () => {
    const counted: unknown[] = [];
    const metered = new MeteredRegistry(
      new MemoryRegistry(),
      () => undefined,
      (...use) => counted.push(use),
    );
    await assert.rejects(metered.getManifest(repo('team/app'), ref('v1')), { code: 'NAME_UNKNOWN' });
    assert.deepEqual(counted, []);
  });

  test('every request over the wire is told of: the redirect and where it led to, and that nobody answered', async () => {
    const image = tinyImage();
    const layer = image.layers[0]!;
    const storage = await FakeUpstream.start();
    storage.on('GET /blob', blobReply(layer.bytes));
    const upstream = await FakeUpstream.start();
    upstream.on(`GET /v2/team/app/blobs/${layer.digest}`, {
      status: 307,
      headers: { location: `${storage.origin}/blob` },
    });
    const told: (number | undefined)[] = [];
    let bytes = 0;
    const traffic = { answered: (status?: number) => told.push(status), received: (n: number) => (bytes += n) };
    const { registry } = registryOver(upstream, { traffic });
    await readBody((await registry.openBlob(repo('team/app'), layer.digest)).body);
    assert.deepEqual(told, [307, 200]);
    assert.equal(bytes, layer.bytes.length);

    await upstream[Symbol.asyncDispose]();
    await assert.rejects(registry.statBlob(repo('team/app'), layer.digest, { once: true }));
    assert.deepEqual(told, [307, 200, undefined]);
  });
});

describe('the size of the store', () => {
  test('is counted when it has changed, and not more often than every 15 s', async () => {
    let now = 0;
    const pool = join(tempFolder(), 'pool');
    const size = new StoreSize(pool, () => now);
    assert.deepEqual(await size.get(), { blobs: 0, bytes: 0 });
    const put = async (content: string): Promise<string> => {
      const [algorithm = '', hex = ''] = digestOf(Buffer.from(content)).split(':');
      await mkdir(join(pool, algorithm), { recursive: true });
      await writeFile(join(pool, algorithm, hex), content);
      return join(pool, algorithm, hex);
    };
    const first = await put('one');
    await put('three');
    assert.deepEqual(await size.get(), { blobs: 0, bytes: 0 });
    now = 15_000;
    assert.deepEqual(await size.get(), { blobs: 0, bytes: 0 }, 'only the first count is waited for');
    await eventually('it is counted', async () => (await size.get()).bytes === 8);
    await rm(first);
    assert.deepEqual(await size.get(), { blobs: 2, bytes: 8 });
  });
});
