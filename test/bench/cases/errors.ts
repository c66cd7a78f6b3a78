import type { FaultyProxy } from '../../support/upstream/faulty-proxy.ts';
import { BROKEN, tooManyRequests } from '../../support/upstream/faults.ts';
import type { Case } from './case.ts';
import { describeReply, type Reply } from './reply.ts';

/** How long a request waits for an upstream at most. */
const WAIT_LIMIT_MS = 10_000;
/** What is asked of an upstream beside its /v2/. */
const CONTENT = { path: /\/(?:manifests|blobs)\// };

/** A manifest that is not here, from an upstream that does not give it. */
const error = (what: string, status: number, happens: (upstream: FaultyProxy) => void): Case => ({
  name: `manifest that is not here, upstream ${what}`,
  wanted: `${status} with the envelope, quickly`,
  async run(stage) {
    happens(stage.upstream);
    const reply = await stage.askByTag();
    const isEnvelope = hasEnvelope(reply);
    return {
      told: describeReply(reply) + (isEnvelope ? '' : ', no envelope'),
      isMet: reply.status === status && isEnvelope && reply.ms <= WAIT_LIMIT_MS,
    };
  },
});

function hasEnvelope({ body }: Reply): boolean {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: readonly { code?: unknown }[] };
    return typeof errors?.[0]?.code === 'string';
  } catch {
    return false;
  }
}

/** What is said of an upstream's mistakes. */
export const errorCases: readonly Case[] = [
  error('says 500', 502, (upstream) => upstream.when(CONTENT, BROKEN)),
  error('says 429', 503, (upstream) => upstream.when(CONTENT, tooManyRequests(60))),
  error('refuses connections', 502, (upstream) => upstream.refuse(true)),
  error('says 404', 404, (upstream) => upstream.when(CONTENT, { answer: { status: 404 } })),
];
