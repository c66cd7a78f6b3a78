import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Metrics } from '../../../api/metrics/metrics.ts';
import { parseHost } from '../../../api/oci/repository.ts';
import { missing, tool } from '../../support/clients/requires.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const docs = join(import.meta.dirname, '../../../docs/operations');
const rules = join(docs, 'alerts.yaml');
const skip = missing('promtool');

function promtool(args: readonly string[], input?: string): void {
  const { status, stdout, stderr } = spawnSync(tool('promtool'), args, { encoding: 'utf8', input });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.doesNotMatch(stderr, /\S/);
}

/** Of which every one has a value. */
function createMetrics(): Metrics {
  const metrics = new Metrics();
  const up = parseHost('up.example');
  metrics.observe({
    store: () => Promise.resolve({ blobs: 3, bytes: 1234 }),
    fillsInProgress: () => 2,
    rateLimits: () => [[up, 76]],
  });
  const traffic = metrics.trafficOf(up);
  traffic.answered(200);
  traffic.received(9);
  metrics.cacheUsed(up, 'blob', 'miss');
  metrics.answered({
    requestId: 'x',
    started: 0,
    method: 'GET',
    path: '/v2/',
    client: '127.0.0.1',
    bytes: 2,
    status: 200,
    durationMs: 3,
    aborted: false,
  });
  return metrics;
}

/** Every query of the dashboard, with Grafana's variables filled in. */
function dashboardQueries(): string[] {
  const text = readFileSync(join(docs, 'grafana-dashboard.json'), 'utf8');
  const { panels } = JSON.parse(text) as { panels: { targets: { expr: string }[] }[] };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')));
}

describe('what operators are given', () => {
  test('asks only for metrics that there are', async () => {
    const { text } = await createMetrics().expose(undefined);
    const series = new Set(Array.from(text.matchAll(/^([a-z_0-9]+)[ {]/gm), ([, name]) => name));
    const asked = [readFileSync(rules, 'utf8'), ...dashboardQueries()].join('\n');
    const names = new Set(asked.match(/\b(?:ociregistry|process|nodejs)_[a-z_0-9]+\b/g));
    assert.ok(names.size > 10);
    assert.deepEqual(
      [...names].filter((name) => !series.has(name)),
      [],
    );
  });

  test('the alert rules are well formed, and fire when they should', { skip }, () => {
    promtool(['check', 'rules', rules]);
    promtool(['test', 'rules', join(import.meta.dirname, 'alerts-test.yaml')]);
  });

  test('the queries of the dashboard are well formed', { skip }, () => {
    const file = join(tempFolder(), 'rules.yaml');
    const recorded = dashboardQueries().map((expr, i) => ({ record: `panel:${i}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    promtool(['check', 'rules', file]);
  });

  test('promtool finds nothing wrong with the metrics', { skip }, async () => {
    const { text } = await createMetrics().expose(undefined);
    promtool(['check', 'metrics'], text);
  });
});
