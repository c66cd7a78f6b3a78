import { setTimeout as delay } from 'node:timers/promises';
import { TAG_TTL_MS } from '../peers/peer.ts';
import { runProgram } from '../run-program.ts';
import { crane } from '../tools.ts';
import type { Case, Finding, Stage } from './case.ts';
import { describeWhole, isRight, seconds } from './reply.ts';

/** How much longer than an answer that asks nobody one may take that is not to wait. */
const AT_ONCE_MS = 50;
/** What a stored answer waits for an upstream, and something for the answer itself. */
const BUDGET_MS = 2_000 + 500;

const pull = ({ reference }: Stage): Promise<string> => runProgram(crane.program!, ['pull', reference, '/dev/null']);

/** Lets a cache have a whole image, whose tag is to be looked up again by then. */
async function pullAndOutlive(stage: Stage): Promise<void> {
  await pull(stage);
  await delay(TAG_TTL_MS + 200);
}

/** What tags are answered that a cache has. */
export const tagCases: readonly Case[] = [
  {
    name: '`crane pull` by tag again, inside its TTL: requests asked of the upstream',
    wanted: '0',
    async run(stage: Stage): Promise<Finding> {
      await pull(stage);
      const before = stage.upstream.lines.length;
      await pull(stage);
      const asked = stage.upstream.lines.length - before;
      return { told: String(asked), isMet: asked === 0 };
    },
  },
  {
    name: 'upstream down, tag that is kept',
    wanted: 'as fast as by digest',
    patience: 'little',
    async run(stage: Stage): Promise<Finding> {
      await pullAndOutlive(stage);
      stage.upstream.refuse(true);
      const byDigest = await stage.askByDigest();
      const byTag = await stage.askByTag();
      return {
        told: `${describeWhole(byTag, stage.image.manifest)} (by digest ${seconds(byDigest.ms)})`,
        isMet: isRight(byTag, stage.image.manifest) && byTag.ms <= byDigest.ms + AT_ONCE_MS,
      };
    },
  },
  {
    name: 'upstream answers 20 s late, tag that is kept',
    wanted: 'kept answer after about 2 s',
    patience: 'little',
    async run(stage: Stage): Promise<Finding> {
      await pullAndOutlive(stage);
      stage.upstream.when({}, { delayHeadersMs: 20_000 });
      const reply = await stage.askByTag();
      return {
        told: describeWhole(reply, stage.image.manifest),
        isMet: isRight(reply, stage.image.manifest) && reply.ms <= BUDGET_MS,
      };
    },
  },
];
