import { readFile } from 'node:fs/promises';
import type { Occasion } from '../../support/upstream/faulty-proxy.ts';
import { MIB } from '../bytes.ts';
import { IDLE_LIMIT_MS } from '../peers/peer.ts';
import type { Case, Finding, Stage } from './case.ts';
import { describeReply, describeWhole, isRight, seconds } from './reply.ts';

const RANGE = { start: 4 * MIB, end: 5 * MIB };
const RANGE_BYTES_PER_SECOND = 4 * MIB;
/** How much later than its last byte a range may be answered. */
const RANGE_LATE_MS = 500;

/** How long a body may take that breaks once, but for the silence. */
const RESUME_LIMIT_MS = 3_000;

/** What happens to the first answer with the layer. */
const firstBody = ({ layerPath }: Stage): Occasion => ({ method: 'GET', path: layerPath, nth: 1 });
const quarterOf = ({ layer }: Stage): number => Math.floor(layer.size / 4);

async function describeLayer(stage: Stage, limitMs = RESUME_LIMIT_MS): Promise<Finding> {
  const reply = await stage.askForLayer();
  return { told: describeWhole(reply, stage.layer), isMet: isRight(reply, stage.layer) && reply.ms <= limitMs };
}

/** What becomes of a blob that the upstream does not send as it is. */
export const bodyCases: readonly Case[] = [
  {
    name: 'wrong bytes of the right length',
    wanted: 'never whole, never kept',
    async run(stage: Stage): Promise<Finding> {
      stage.upstream.when({ method: 'GET', path: stage.layerPath }, { flipByteAt: quarterOf(stage) });
      const first = await stage.askForLayer();
      stage.upstream.reset();
      stage.upstream.refuse(true);
      const then = await stage.askForLayer();
      const isKept = then.status === 200 && then.end === 'whole';
      const isWhole = first.status === 200 && first.end === 'whole';
      return {
        told: `${describeWhole(first, stage.layer)}; ${isKept ? '**kept**' : 'not kept'}`,
        isMet: !isWhole && !isKept,
      };
    },
  },
  {
    name: 'cut at 25 %',
    wanted: 'whole and right',
    run(stage: Stage): Promise<Finding> {
      stage.upstream.when(firstBody(stage), { cutAfter: quarterOf(stage) });
      return describeLayer(stage);
    },
  },
  {
    name: 'silent at 25 %',
    wanted: 'whole and right, after the idle limit of 2 s',
    patience: 'little',
    run(stage: Stage): Promise<Finding> {
      stage.upstream.when(firstBody(stage), { stallAfter: quarterOf(stage) });
      return describeLayer(stage, IDLE_LIMIT_MS + RESUME_LIMIT_MS);
    },
  },
  {
    name: 'Range of a blob that is not here, at 4 MiB/s',
    wanted: '206 as soon as it is in, after 1.3 s',
    async run(stage: Stage): Promise<Finding> {
      stage.upstream.limitConnections(RANGE_BYTES_PER_SECOND);
      const reply = await stage.askForLayer(`bytes=${RANGE.start}-${RANGE.end - 1}`);
      const right = (await readFile(stage.layer.path)).subarray(RANGE.start, RANGE.end);
      const isRange = reply.status === 206 && reply.body.equals(right);
      const inMs = (RANGE.end / RANGE_BYTES_PER_SECOND) * 1000;
      return {
        told: `${describeReply(reply)}${isRange ? ', right' : ''} (the whole takes ${seconds((stage.layer.size / RANGE_BYTES_PER_SECOND) * 1000)})`,
        isMet: isRange && reply.ms <= inMs + RANGE_LATE_MS,
      };
    },
  },
];
