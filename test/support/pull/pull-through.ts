import { after } from 'node:test';
import { openFolder as openFiles } from '../../../api/folder/folder.ts';
import { FolderRegistry } from '../../../api/folder/folder-registry.ts';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { NamedRegistry } from '../../../api/named-registry.ts';
import { parseHost, type Host } from '../../../api/oci/repository.ts';
import { openPullThrough, type PullThrough } from '../../../api/pull/open-pull-through.ts';
import type { Remote } from '../../../api/pull/remote.ts';
import { Routes } from '../../../api/pull/routes.ts';
import { createTtlOf, type TagPolicy } from '../../../api/pull/tag-policies.ts';
import { NotedTimes } from '../../../api/store/noted-times.ts';
import { Store } from '../../../api/store/store.ts';
import type { EndpointOptions } from '../../../api/upstream/endpoint-options.ts';
import type { Timeouts } from '../../../api/upstream/agent.ts';
import { systemClock } from '../../../api/clock.ts';
import { UpstreamRegistry } from '../../../api/upstream/upstream-registry.ts';
import { keepingLog } from '../keeping-log.ts';
import { tempFolder } from '../temp-folder.ts';

interface Options {
  readonly root?: string;
  /** Of an upstream called so; `up.example` when it is one origin alone. */
  readonly upstreams: Readonly<Record<string, string | readonly EndpointOptions[]>>;
  readonly defaultHost?: string;
  readonly tags?: readonly TagPolicy[];
  readonly staleIfError?: boolean;
  readonly repositories?: (name: string) => boolean;
  readonly timeouts?: Partial<Timeouts>;
}

export interface OpenedPullThrough extends PullThrough {
  readonly root: string;
  readonly store: Store;
  /** What was logged. */
  readonly lines: string[];
  /** What was pulled. */
  readonly pulled: string[];
  /** Time passes by so much for what looks at the age of things. */
  readonly advance: (ms: number) => void;
}

const open = new Set<AsyncDisposable>();
after(() => Promise.all([...open].map((one) => one[Symbol.asyncDispose]())));

/** A pull-through as the program wires it, over a folder of its own; it is closed at the end of the test file. */
export async function pullThrough(options: Options): Promise<OpenedPullThrough> {
  const { root = tempFolder(), tags = [], staleIfError = true, repositories: allows = () => true } = options;
  const { log, lines } = keepingLog();
  const known = await KnownDigests.open(undefined, log);
  const store = new Store(root);
  const folder = openFiles({ root, known });
  let elapsed = 0;
  const now = (): number => Date.now() + elapsed;

  const remotes = new Map<Host, Remote>();
  for (const [name, where] of Object.entries(options.upstreams)) {
    const host = parseHost(name);
    const endpoints = typeof where === 'string' ? [{ url: where }] : where;
    const registry = new UpstreamRegistry({
      host,
      endpoints,
      log,
      userAgent: 'ociregistry/test',
      clock: { ...systemClock, now },
      ...(options.timeouts && { timeouts: options.timeouts }),
    });
    remotes.set(host, { registry, allows, ttlOf: createTtlOf(tags), staleIfError });
  }
  const defaultHost = options.defaultHost === undefined ? undefined : parseHost(options.defaultHost);
  const hasFolder = (host: Host): boolean => images.hasHost(host);
  const routes = new Routes({ hosts: new Set(remotes.keys()), defaultHost, hasFolder });
  const images: FolderRegistry = new FolderRegistry({
    folder,
    log,
    withoutCached: (repo) => routes.of(repo) !== undefined,
  });
  const local = new NamedRegistry(images, (repo) => routes.namesOf(repo));
  const checks = await NotedTimes.open(root, { name: '_checked', what: 'looked up tags' }, log);
  const pulled: string[] = [];
  const opened = openPullThrough({
    routes,
    remotes,
    store,
    dirs: folder.dirs,
    known,
    images,
    local,
    checks,
    log,
    now,
    onPulled: (repo, reference) => pulled.push(`${repo.host}/${repo.name} ${reference}`),
    onKept: () => undefined,
  });
  open.add(opened);
  const advance = (ms: number): void => void (elapsed += ms);
  return { ...opened, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](), root, store, lines, pulled, advance };
}
