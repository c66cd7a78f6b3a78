import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { ACCEPT } from '../accept.ts';
import type { StoredBytes } from '../images.ts';

/** How long a client waits at most. */
const PATIENCE_MS = 30_000;

/** What a client got. */
export interface Reply {
  /** Undefined when nothing came. */
  readonly status: number | undefined;
  /** Until its end, or until the client gave up. */
  readonly ms: number;
  readonly body: Buffer;
  /** Whether all came that was announced; or the connection ended before; or nothing more came until the client gave up. */
  readonly end: 'whole' | 'cut' | 'silent';
}

/** Gets a URL on a connection of its own. Never rejects. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const started = performance.now();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const chunks: Buffer[] = [];
  let status: number | undefined;
  const reply = (end: Reply['end']): Reply => ({
    status,
    ms: performance.now() - started,
    body: Buffer.concat(chunks),
    end,
  });
  try {
    const request = http.get(url, { agent: false, headers: { accept: ACCEPT, ...headers }, signal });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    status = response.statusCode;
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return reply('whole');
  } catch {
    return reply(signal.aborted ? 'silent' : 'cut');
  }
}

/** Whether it is all of these bytes. */
export const isRight = ({ status, end, body }: Reply, { digest }: StoredBytes): boolean =>
  status === 200 && end === 'whole' && `sha256:${createHash('sha256').update(body).digest('hex')}` === digest;

/** `502 after 0.01 s` */
export function describeReply({ status, end, ms, body }: Reply): string {
  if (status === undefined)
    return end === 'silent' ? `no answer in ${seconds(ms)}` : `connection cut after ${seconds(ms)}`;
  const how = { whole: '', cut: `, cut after ${body.length} bytes`, silent: `, silent after ${body.length} bytes` }[
    end
  ];
  return `${status}${how}, ${seconds(ms)}`;
}

/** The same of one that should be these bytes. */
export const describeWhole = (reply: Reply, bytes: StoredBytes): string =>
  describeReply(reply) +
  (reply.end !== 'whole' || reply.status !== 200 ? '' : isRight(reply, bytes) ? ', right' : ', **wrong**');

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 1000 ? 3 : 1)} s`;
