import { join } from 'node:path';
import type { TokenService } from '../../support/upstream/token-service.ts';
import { findProgram } from '../find-program.ts';
import { hexOf, type ImageSet, type StoredBytes } from '../images.ts';
import { link, write } from './links.ts';
import type { Peer, PullThrough } from './peer.ts';

/** What it is for, as parts of its configuration. */
interface Role {
  readonly storage?: object;
  readonly auth?: object;
  readonly proxy?: object;
}

/** Configured as its own example is: descriptors cached in memory, access log on. */
const distribution = (name: string, program: string, roleIn: (work: string) => Role): Peer => ({
  name,
  program: findProgram(program),
  versionArgs: ['--version'],
  layout: 'distribution',
  fill,
  launch(data, work, port) {
    const file = join(work, 'config.yml');
    write(file, JSON.stringify(configuration(data, port, roleIn(work)))); // YAML takes JSON.
    // Version 3 otherwise looks for a collector on this machine.
    return { args: ['serve', file], env: { OTEL_TRACES_EXPORTER: 'none' } };
  },
});

const v3 = ['distribution 3', 'registry'] as const;
const debian = ['docker-registry 2.8', 'docker-registry'] as const;
const READ_ONLY: Role = { storage: { maintenance: { readonly: { enabled: true } } } };

/** The reference registry. */
export const distributionV3 = distribution(...v3, () => READ_ONLY);
export const dockerRegistry = distribution(...debian, () => READ_ONLY);

/** The reference registry for those who have a token. */
export const distributionBehind = ({ service, issuer, jwks }: TokenService, realm: string): Peer =>
  distribution(...v3, (work) => {
    const file = join(work, 'jwks.json');
    write(file, JSON.stringify(jwks));
    return { ...READ_ONLY, auth: { token: { realm, service, issuer, jwks: file } } };
  });

const proxying = (remoteurl: string): Role => ({ proxy: { remoteurl } });

/** Both as pull-through caches. */
export const distributionProxies: readonly PullThrough[] = [v3, debian].map(([name, program]) => ({
  ...distribution(name, program, () => READ_ONLY),
  over: (upstream) => distribution(name, program, () => proxying(upstream)),
}));

const configuration = (data: string, port: number, { storage, ...role }: Role): object => ({
  version: '0.1',
  log: { fields: { service: 'registry' } },
  storage: { cache: { blobdescriptor: 'inmemory' }, filesystem: { rootdirectory: data }, ...storage },
  http: { addr: `127.0.0.1:${port}`, headers: { 'X-Content-Type-Options': ['nosniff'] } },
  health: { storagedriver: { enabled: true, interval: '10s', threshold: 3 } },
  ...role,
});

/** As a push would leave it:
 *  https://github.com/distribution/distribution/blob/v3.1.2/registry/storage/paths.go */
function fill({ images }: ImageSet, data: string): void {
  const root = join(data, 'docker', 'registry', 'v2');
  const pointers = new Map<StoredBytes, string>();
  const point = (folder: string, bytes: StoredBytes): void => {
    const path = pointers.get(bytes) ?? join(data, 'pointers', hexOf(bytes));
    if (!pointers.has(bytes)) write(path, bytes.digest);
    pointers.set(bytes, path);
    link(path, join(folder, 'link'));
  };
  for (const { repository, tags, manifest, blobs } of images) {
    const folder = join(root, 'repositories', repository);
    for (const bytes of [manifest, ...blobs]) {
      link(bytes.path, join(root, 'blobs', 'sha256', hexOf(bytes).slice(0, 2), hexOf(bytes), 'data'));
    }
    for (const blob of blobs) point(join(folder, '_layers', 'sha256', hexOf(blob)), blob);
    point(join(folder, '_manifests', 'revisions', 'sha256', hexOf(manifest)), manifest);
    for (const tag of tags) point(join(folder, '_manifests', 'tags', tag, 'current'), manifest);
  }
}
