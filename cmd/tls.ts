import type { TlsIdentity } from '../api/http/tls.ts';
import type { Log } from '../api/log.ts';
import { identityOf } from './changing-file.ts';
import type { NamedFile, TlsConfig } from './config/tls.ts';
import { describe, Problems } from './failure.ts';
import { assertPair, readCertificates, readKey } from './pem.ts';

/** How often it is looked whether the files have changed, in milliseconds. Watching misses what the links of a mounted secret do. */
const LOOK_EVERY_MS = 2_000;

/** What the files have, checked. */
export interface ReadTls {
  readonly identity: TlsIdentity;
  /** What is odd about it, though it can be used. */
  readonly warnings: readonly string[];
}

/** Reads certificate, key and authority of clients. Throws {@link Problems} with all that is wrong, each naming setting and file. */
export async function readTls({ cert, key, clientCa, clientAuth }: TlsConfig, now = Date.now()): Promise<ReadTls> {
  const problems: string[] = [];
  const attempt = async <T>({ by }: NamedFile, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (err) {
      problems.push(`${by}: ${describe(err)}`);
      return undefined;
    }
  };
  const certificates = await attempt(cert, () => readCertificates(cert.path));
  const privateKey = await attempt(key, () => readKey(key.path));
  const authorities = clientCa && (await attempt(clientCa, () => readCertificates(clientCa.path)));
  if (certificates && privateKey) await attempt(key, () => assertPair(certificates, privateKey));
  if (problems.length > 0 || !certificates || !privateKey) throw new Problems(problems);
  const { validFromDate, validToDate } = certificates.value[0]!;
  const warnings = [
    ...(validToDate.getTime() < now ? [`it expired at ${validToDate.toISOString()}`] : []),
    ...(validFromDate.getTime() > now ? [`it is not valid before ${validFromDate.toISOString()}`] : []),
  ].map((what) => `${cert.by}: ${cert.path}: ${what}`);
  const identity = { cert: certificates.text, key: privateKey.text, clientAuth };
  return { identity: { ...identity, ...(authorities && { clientCa: authorities.text }) }, warnings };
}

export interface TlsFilesOptions {
  /** Takes what the files have now into use. Throws for what it cannot. */
  readonly use: (identity: TlsIdentity | undefined) => void;
  readonly log: Log;
  readonly lookEveryMs?: number;
}

/** The files of a certificate while it is served. When they change the new certificate is checked, and taken into use if it is good:
 *  files that are only half written, or only one of the two, change nothing. */
export class TlsFiles implements Disposable {
  readonly #options: TlsFilesOptions;
  readonly #timer: NodeJS.Timeout;
  #config: TlsConfig | undefined;
  #inUse: TlsIdentity | undefined;
  /** What the files were when they were last looked at. */
  #seen: string | undefined;
  #isLooking = false;

  /** `inUse` is what was read of them before. */
  constructor(config: TlsConfig | undefined, inUse: TlsIdentity | undefined, options: TlsFilesOptions) {
    this.#options = options;
    this.#config = config;
    this.#inUse = inUse;
    const { lookEveryMs = LOOK_EVERY_MS } = options;
    this.#timer = setInterval(() => void this.#look(), lookEveryMs).unref();
  }

  get inUse(): TlsIdentity | undefined {
    return this.#inUse;
  }

  /** Other files, and what was read of them. Throws what `use` throws, and then nothing changes. */
  replace(config: TlsConfig | undefined, identity: TlsIdentity | undefined): void {
    this.#options.use(identity);
    this.#config = config;
    this.#inUse = identity;
    this.#seen = undefined;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const config = this.#config;
    if (config === undefined || this.#isLooking) return;
    this.#isLooking = true;
    try {
      // Before they are read: what is written in between is read once more.
      const files = [config.cert, config.key, ...(config.clientCa ? [config.clientCa] : [])];
      const seen = (await Promise.all(files.map(({ path }) => identityOf(path).catch(describe)))).join(' ');
      if (seen !== this.#seen) await this.#take(config, seen);
    } finally {
      this.#isLooking = false;
    }
  }

  async #take(config: TlsConfig, seen: string): Promise<void> {
    const { use, log } = this.#options;
    try {
      const { identity, warnings } = await readTls(config);
      // Somebody has replaced the whole configuration meanwhile.
      if (config !== this.#config) return;
      this.#seen = seen;
      if (isSame(identity, this.#inUse)) return;
      use(identity);
      this.#inUse = identity;
      log.info(`the certificate in ${config.cert.path} has changed, and is in use now`);
      for (const warning of warnings) log.warn(warning);
    } catch (err) {
      if (config !== this.#config) return;
      this.#seen = seen;
      for (const problem of err instanceof Problems ? err.problems : [describe(err)]) {
        log.warn(`the certificate has changed and cannot be used, the one before stays: ${problem}`);
      }
    }
  }
}

/** Whether two show and ask the same. */
export function isSame(a: TlsIdentity | undefined, b: TlsIdentity | undefined): boolean {
  return (['cert', 'key', 'clientCa', 'clientAuth'] as const).every((part) => a?.[part] === b?.[part]);
}
