import { parseAs, type Naming } from '../api/load/target-name.ts';
import { formatPlatform, type Platform } from '../api/oci/descriptor.ts';
import { parsePlatform } from '../api/oci/platform.ts';
import { isRepositoryName } from '../api/oci/repository.ts';
import type { Call } from './command.ts';
import { UsageError } from './failure.ts';

/** How registries are talked to that the configuration does not name. */
export interface FetchOptions {
  readonly plainHttp: boolean;
  /** Takes any certificate. */
  readonly insecure: boolean;
  /** Paths of files. */
  readonly ca: string | undefined;
  readonly dockerConfig: string | undefined;
}

/** What `load` was asked for. */
export interface LoadRequest {
  readonly sources: readonly string[];
  readonly naming: Naming;
  readonly platforms: readonly Platform[];
  readonly refresh: boolean;
  readonly pruneTags: boolean;
  readonly continueAfter: boolean;
  readonly dryRun: boolean;
  readonly quiet: boolean;
  readonly concurrency: number;
  readonly fetch: FetchOptions;
}

/** Reads the options of `load`. Throws {@link UsageError}. */
export function readLoadRequest({ args, options }: Pick<Call, 'args' | 'options'>): LoadRequest {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const is = (name: string): boolean => options[name] === true;
  return {
    sources: args,
    naming: readNaming(text('as'), text('prefix')),
    platforms: ((options['platform'] ?? []) as readonly string[]).map(readPlatform),
    refresh: is('refresh'),
    pruneTags: is('pruneTags'),
    continueAfter: is('continue'),
    dryRun: is('dryRun'),
    quiet: is('quiet'),
    concurrency: readConcurrency(text('concurrency') ?? '4'),
    fetch: {
      plainHttp: is('plainHttp'),
      insecure: is('insecure'),
      ca: text('ca'),
      dockerConfig: text('dockerConfig'),
    },
  };
}

function readNaming(as: string | undefined, prefix: string | undefined): Naming {
  const parsed = as === undefined ? undefined : parseAs(as);
  if (as !== undefined && parsed === undefined) {
    throw new UsageError(`--as ${JSON.stringify(as)}: allowed: NAME[:TAG], like team/app:v1, the name in lower case`);
  }
  const clean = prefix?.replace(/^\/+|\/+$/g, '');
  if (clean !== undefined && !isRepositoryName(clean)) {
    throw new UsageError(
      `--prefix ${JSON.stringify(prefix)}: allowed: a path like team/app: lower case, digits, single separators`,
    );
  }
  return { ...(parsed && { as: parsed }), ...(clean !== undefined && { prefix: clean }) };
}

function readPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform) return platform;
  const example = formatPlatform({ os: 'linux', architecture: 'arm64', variant: 'v8' });
  throw new UsageError(`--platform ${JSON.stringify(text)}: allowed: os/architecture[/variant], like ${example}`);
}

function readConcurrency(text: string): number {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count > 0) return count;
  throw new UsageError(`--concurrency ${JSON.stringify(text)}: allowed: 1 to 999`);
}
