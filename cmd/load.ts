import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { openFolder } from '../api/folder/folder.ts';
import { KnownDigests } from '../api/folder/known-digests.ts';
import { Verifier } from '../api/folder/verifier.ts';
import { ImageLoader } from '../api/load/image-loader.ts';
import { IngestingHasher } from '../api/load/ingesting-hasher.ts';
import { Load } from '../api/load/load.ts';
import { runJobs } from '../api/load/run-jobs.ts';
import { StoredImages } from '../api/load/stored-images.ts';
import { KNOWN } from '../api/store/paths.ts';
import { Store } from '../api/store/store.ts';
import { Work } from '../api/store/work.ts';
import type { Call } from './command.ts';
import { makeImagesFolder } from './images-folder.ts';
import { LoadReport } from './load-report.ts';
import { readLoadRequest, type LoadRequest } from './load-request.ts';
import { planSource, type Plan, type SourceReaders } from './load-sources.ts';
import { createProgress } from './progress.ts';
import { stopSignal } from './shutdown.ts';

/** Brings images into the images folder, out of files, folders and other registries. */
export async function load(call: Call): Promise<void> {
  const { config, log } = call;
  const request = readLoadRequest(call);
  const { dryRun, concurrency, continueAfter } = request;
  const root = resolve(config.images);
  if (!dryRun) await makeImagesFolder(root);

  const stopping = new AbortController();
  void stopSignal(() => process.exit(1)).then((signal) => stopping.abort(new Error(`stopped by ${signal}`)));
  await using stack = new AsyncDisposableStack();
  const store = stack.use(new Store(root));
  const work = stack.use(await beginWork(store, dryRun, stopping.signal, stack));
  const known = await KnownDigests.open(dryRun ? undefined : join(root, KNOWN), log);
  stack.defer(() => known.flush());
  const upstreams = onDemand(async () => {
    const { openUpstreams } = await import('./upstreams.ts');
    return stack.use(await openUpstreams(config, request.fetch, process.env, log, stopping.signal));
  });
  const progress = createProgress({
    stream: process.stderr,
    quiet: request.quiet || dryRun,
    terminal: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    colour: config.log.colour,
  });
  stack.defer(() => progress.end());

  const loader = new ImageLoader({
    store,
    work,
    progress,
    inTurn: pLimit(concurrency),
    dryRun,
    now: () => new Date(),
    log,
  });
  const planner = new Load({
    loader,
    stored: new StoredImages(store, openFolder({ root, known }).dirs),
    registryOf: async (host) => (await upstreams()).registryOf(host),
    naming: request.naming,
    platforms: request.platforms,
    refresh: request.refresh,
  });
  const report = new LoadReport(call, request, progress);
  const hasherOver = (digests: KnownDigests) =>
    dryRun ? new Verifier(digests) : new IngestingHasher(work, digests, progress);
  const { signal } = stopping;
  const readers = {
    hasher: hasherOver(known),
    passingHasher: hasherOver(await KnownDigests.open(undefined, log)),
    unpacked: work.folder,
    unpackLimits: config.limits.unpack,
    folder: work.folder,
    stdin: process.stdin,
    signal,
  };

  const plans = await planAll(request, planner, readers, report);
  const jobs = plans.flatMap((plan) => plan.jobs);
  const stop = (): void => stopping.abort(new Error('another image failed'));
  await runJobs(jobs, { concurrency, continueAfter, stop, tell: (outcome) => report.tell(outcome) });
  if (request.pruneTags && !report.hasFailures) {
    const { pruneInventoryTags } = await import('./prune-inventory-tags.ts');
    report.pruned(await pruneInventoryTags(store, planner, plans, dryRun));
  }
  progress.end();
  report.end();
}

/** A dry run touches nothing, so its work is elsewhere. */
async function beginWork(
  store: Store,
  dryRun: boolean,
  signal: AbortSignal,
  stack: AsyncDisposableStack,
): Promise<Work> {
  if (!dryRun) return store.begin(signal);
  const folder = await mkdtemp(join(tmpdir(), 'ociregistry-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return Work.begin(folder, store.pool, signal);
}

async function planAll(
  { sources, continueAfter }: LoadRequest,
  planner: Load,
  readers: SourceReaders,
  report: LoadReport,
): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const source of sources) {
    try {
      plans.push(await planSource(source, planner, readers));
    } catch (failure) {
      if (!continueAfter) throw failure;
      report.tell({ name: '', failure });
    }
  }
  return plans;
}

/** Makes something when it is first wanted: a client of registries is large, and most archives need none. */
function onDemand<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
