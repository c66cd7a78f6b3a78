import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyProxy } from '../../support/upstream/faulty-proxy.ts';
import { MIB } from '../bytes.ts';
import { ImageStore, type StoredImage } from '../images.ts';
import { distributionV3 } from '../peers/distribution.ts';
import type { PullThrough } from '../peers/peer.ts';
import { startEmpty } from '../pull/caches.ts';
import { Server } from '../server.ts';
import { subfolder } from '../tasks/writing.ts';
import { bodyCases } from './bodies.ts';
import { Stage, type Case, type Finding } from './case.ts';
import { errorCases } from './errors.ts';
import { tagCases } from './tags.ts';

/** What came of cases that are no matter of numbers. */
export interface CasesOutcome {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly {
    readonly name: string;
    readonly wanted: string;
    /** By the peer's name. */
    readonly findings: Readonly<Record<string, Finding>>;
  }[];
}

export const PULL_CASES = {
  name: 'pull-cases',
  title: 'caches, and what their upstream does',
  /** The programs that none of the cases can do without. */
  programs: ['crane', 'registry'],
} as const;

const LAYER_BYTES = 16 * MIB;
const all = [...tagCases, ...bodyCases, ...errorCases];

/** Puts each of the peers, which are installed, through all cases, each time with nothing in its cache. */
export async function runCases(
  peers: readonly PullThrough[],
  { temporary, tell }: { temporary: string; tell: (what: string) => void },
): Promise<CasesOutcome> {
  const { name, title } = PULL_CASES;
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(temporary, 'cases-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { images } = new ImageStore(join(folder, 'store')).makeUnrelated(1, LAYER_BYTES);
  const data = await subfolder(folder, 'upstream');
  distributionV3.fill({ images, format: 'oci-layout' }, data);
  const registry = stack.use(await Server.start(distributionV3, data, folder, '/v2/'));

  const cases: CasesOutcome['cases'][number][] = [];
  for (const one of all) {
    tell(`${name}: ${one.name}`);
    // At once, as some wait for what others do without: nothing here is that much work.
    const findings = await Promise.all(
      peers.map(async (peer) => [peer.name, await play(one, peer, { folder, image: images[0]!, registry })] as const),
    );
    cases.push({ name: one.name, wanted: one.wanted, findings: Object.fromEntries(findings) });
  }
  return { name, title, cases };
}

async function play(
  one: Case,
  peer: PullThrough,
  { folder, image, registry }: { folder: string; image: StoredImage; registry: Server },
): Promise<Finding> {
  await using upstream = await FaultyProxy.start(registry.origin);
  await using server = await startEmpty(peer, {
    folder,
    upstream: upstream.origin,
    patience: one.patience ?? 'default',
  });
  return await one.run(new Stage(upstream, image, server));
}
