import { createAdminApp } from '../api/admin/admin-app.ts';
import type { AdminParts, ImageList, Reloaded, RunningFill } from '../api/admin/admin-parts.ts';
import { Readiness } from '../api/admin/readiness.ts';
import { HttpError } from '../api/http/http-error.ts';
import type { Log } from '../api/log.ts';
import type { Usage } from '../api/prune/prune-candidates.ts';
import type { Fill } from '../api/pull/fill.ts';
import { isLoopbackHost } from './config/safety.ts';
import { openListener, type Listener } from './admin-listener.ts';
import { pruneAsAsked } from './admin-prune.ts';
import type { Config } from './config.ts';
import type { AdminAddress } from './config/admin.ts';
import { describe, Problems } from './failure.ts';
import { formatListJson } from './list.ts';
import { listFolders } from './listing.ts';
import { parsePatterns } from './pattern.ts';
import type { Watch } from './watch.ts';

/** Reads the configuration again. Throws what is wrong with it; everything stays as it was then. */
type Reload = () => Promise<{ readonly changed: readonly string[] }>;

interface AdminOptions {
  readonly address: AdminAddress;
  /** The configuration in force. */
  readonly config: () => Config;
  readonly watch: Watch;
  /** When images were pulled. */
  readonly usage: Usage;
  readonly reload: Reload;
  readonly log: Log;
}

/** The admin listener while it is open. */
export interface Admin extends Listener {
  /** From now on it says that the server stops. */
  readonly stopping: () => void;
}

/** Opens the admin listener. Throws Error that says why it cannot. */
export async function openAdmin({ address, config, watch, usage, reload, log }: AdminOptions): Promise<Admin> {
  const readiness = new Readiness({
    folders: () => watch.current.folders.map(({ root }) => root),
    isDiskFull: () => watch.current.isDiskFull(),
    isIndexed: () => watch.isIndexed,
  });
  const parts: AdminParts = {
    readiness: () => readiness.reasons(),
    metrics: (accept) => watch.metrics.expose(accept),
    reload: () => toldWhatIsWrong(reload),
    images: async (patterns) => {
      const { images, problems } = await listFolders(watch.current);
      return JSON.parse(formatListJson({ images: images.filter(parsePatterns(patterns)), problems })) as ImageList;
    },
    prune: (request) =>
      pruneAsAsked(request, {
        config: config(),
        usage,
        mounts: watch.current.folders.slice(1).map(({ root }) => root),
        onPruned: watch.metrics.pruned,
      }),
    fills: () => watch.fills().map(describeFill),
    upstreams: () =>
      [...watch.current.remotes].map(([host, { registry }]) => ({ host, endpoints: [...registry.state] })),
  };
  const host = 'socket' in address ? undefined : address.host;
  const listener = await openListener(await createAdminApp({ ...parts, host, log }), address);
  log.info(`the admin listener is on ${listener.where}`);
  if (host !== undefined && !isLoopbackHost(host)) {
    log.warn(`whoever reaches ${listener.where} can list and prune: it has no login`);
  }
  return { ...listener, stopping: () => readiness.stopping() };
}

/** What is wrong with a configuration, or with what it names, is no failure of ours. */
async function toldWhatIsWrong(reload: Reload): Promise<Reloaded> {
  try {
    const { changed } = await reload();
    return { changed: [...changed], message: changed.length > 0 ? 'what changed is in force' : 'nothing changed' };
  } catch (err) {
    const problems = err instanceof Problems ? err.problems : [describe(err)];
    const message = `everything stays as it was: ${problems.join('; ')}`;
    throw new HttpError('UNSUPPORTED', message, { status: 422, detail: { problems }, cause: err });
  }
}

const describeFill = ({ blob: { digest, received, size, readers }, repos }: Fill): RunningFill => ({
  digest,
  repositories: [...repos.keys()],
  received,
  size,
  readers,
});
