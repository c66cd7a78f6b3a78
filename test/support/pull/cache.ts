import { readdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { POOL, WORK } from '../../../api/store/paths.ts';
import { startServe, type Running } from '../../cmd/program.ts';
import { sha256OfFile } from '../clients/stored.ts';
import { assertConforms, type Answer } from '../conforms.ts';
import { blobsIn } from '../stored-blobs.ts';
import { tempFolder } from '../temp-folder.ts';

/** An answer, and how it came. */
export interface Got extends Answer {
  /** False: the connection was cut. */
  readonly isWhole: boolean;
  /** From the question to its end. */
  readonly ms: number;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  /** Of a line about a request alone. */
  readonly method?: string;
}

interface AskOptions {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
}

/** The program as a cache in front of upstreams. */
export interface Cache extends AsyncDisposable {
  readonly child: Running['child'];
  readonly ended: Running['ended'];
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The images folder. */
  readonly images: string;
  /** Asks for a path, and holds what is whole against the document. */
  readonly ask: (path: string, options?: AskOptions) => Promise<Got>;
  /** What it has logged, without the lines about requests. */
  readonly told: () => readonly LogLine[];
  /** The digests of what is kept, each checked. */
  readonly kept: () => Promise<ReadonlySet<string>>;
  /** The folders of what is being fetched, or given to a repository. */
  readonly unfinished: () => Promise<readonly string[]>;
}

interface CacheOptions {
  /** As the configuration file has it. */
  readonly config?: object;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** One that somebody has begun to fill. */
  readonly images?: string;
}

export async function startCache({ config, flags = [], env = {}, images }: CacheOptions): Promise<Cache> {
  const folder = tempFolder();
  const file = join(folder, 'config.yaml');
  // YAML takes JSON.
  if (config) await writeFile(file, JSON.stringify(config));
  const root = images ?? join(folder, 'images');
  const args = ['--images', root, '--log-format', 'json', ...(config ? ['--config', file] : []), ...flags];
  const running = await startServe(args, { env });
  const { child, url, stderr, ended } = running;
  return {
    child,
    ended,
    url,
    host: new URL(url).host,
    images: root,
    ask: (path, options) => ask(url, path, options),
    told: () => linesOf(stderr()).filter(({ method }) => method === undefined),
    kept: () => keptIn(join(root, POOL)),
    unfinished: () => readdir(join(root, WORK)).catch(() => []),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function keptIn(pool: string): Promise<ReadonlySet<string>> {
  const digests = await blobsIn(pool);
  for (const digest of digests) {
    const actual = await sha256OfFile(join(pool, ...digest.split(':')));
    if (actual !== digest) throw new Error(`${digest} was kept, and is ${actual}`);
  }
  return new Set(digests);
}

async function ask(url: string, path: string, { method = 'GET', headers = {} }: AskOptions = {}): Promise<Got> {
  const started = performance.now();
  const got = await new Promise<Omit<Got, 'ms'>>((resolve, reject) => {
    const request = http.request(new URL(url), { method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      // That it was cut shows in `complete`.
      response.on('error', () => {});
      response.once('close', () => {
        const fields = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        const { statusCode: status = 0, complete: isWhole } = response;
        resolve({ status, headers: new Headers(fields), body: Buffer.concat(chunks), isWhole });
      });
    });
    request.on('error', reject);
    request.end();
  });
  if (got.isWhole) assertConforms(method, path, got);
  return { ...got, ms: performance.now() - started };
}

/** The last one may still be on its way. */
function linesOf(log: string): LogLine[] {
  const lines = log.slice(0, log.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine);
}
