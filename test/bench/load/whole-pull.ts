import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ACCEPT } from '../accept.ts';
import type { Server } from '../server.ts';

const ASK_AGAIN_MS = 5;
const LIMIT_MS = 60_000;

interface Document {
  readonly config: { readonly digest: string; readonly size: number };
  readonly layers: readonly Document['config'][];
}

/** Pulls an image, its manifest by tag and then one blob after the other; gives the milliseconds that it took. As long as a server
 *  says that there is no such manifest, it is asked again. */
export async function pull(server: Server, repository: string): Promise<number> {
  const started = performance.now();
  const { config, layers } = JSON.parse((await manifest(server, repository)).toString()) as Document;
  for (const { digest, size } of [config, ...layers]) {
    const path = `/v2/${repository}/blobs/${digest}`;
    const response = await get(server, path);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    if (response.statusCode !== 200 || bytes !== size) {
      throw new Error(`${path}: ${response.statusCode}, ${bytes} bytes, expected 200 and ${size}`);
    }
  }
  return performance.now() - started;
}

async function manifest(server: Server, repository: string): Promise<Buffer> {
  const path = `/v2/${repository}/manifests/latest`;
  const signal = AbortSignal.timeout(LIMIT_MS);
  for (;;) {
    const response = await get(server, path);
    const bytes = Buffer.concat(await response.toArray());
    if (response.statusCode === 200) return bytes;
    if (response.statusCode !== 404) throw new Error(`${path}: ${response.statusCode}: ${bytes.toString()}`);
    await delay(ASK_AGAIN_MS, undefined, { signal });
  }
}

async function get(server: Server, path: string): Promise<IncomingMessage> {
  const request = http.get(server.url(path), { agent: false, headers: { accept: ACCEPT } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}
