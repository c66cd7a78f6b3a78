import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { resolveRange, type ByteRange } from '../../../api/oci/byte-range.ts';
import { digestOf } from '../../../api/oci/digest.ts';
import { blobPath } from '../../../api/store/paths.ts';
import { eventually } from '../../support/clients/eventually.ts';
import { fillDisk } from '../../support/pull/full-disk.ts';
import { OpenedBlobs } from '../../support/pull/opened-blobs.ts';
import { PacedReader } from '../../support/pull/paced-reader.ts';
import { ScriptedUpstream } from '../../support/pull/scripted-upstream.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const RUNS = 300;
/** Of one run, for all its readers to end. */
const WATCHDOG_MS = 20_000;
/** What may be in memory: what is not on disk yet, the chunk that made it too much, and the rest of a block. */
const MOST_HELD = 8 * MiB + 64 * KiB + 256 * KiB;

/** Bytes that lie elsewhere if they are moved by anything. */
const NOISE = createHash('shake256', { outputLength: 12 * MiB })
  .update('noise')
  .digest();

type Trouble =
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly at: number }
  | { readonly kind: 'dies'; readonly at: number }
  | { readonly kind: 'longer' };

type Step =
  | { readonly do: 'open'; readonly range: ByteRange | undefined; readonly chunks: number }
  | { readonly do: 'give'; readonly bytes: number }
  | { readonly do: 'permit'; readonly reader: number; readonly chunks: number }
  | { readonly do: 'leave'; readonly reader: number }
  | { readonly do: 'pause'; readonly turns: number };

interface Scenario {
  readonly size: number;
  readonly chunkBytes: number;
  readonly cuts: readonly number[];
  readonly trouble: Trouble;
  /** How many bytes of a file fit on the disk. */
  readonly diskBytes: number;
  readonly steps: readonly Step[];
}

const sizes = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 256 * KiB - 1, 256 * KiB, 256 * KiB + 1, 512 * KiB) },
  { weight: 5, arbitrary: fc.integer({ min: 2, max: MiB }) },
  { weight: 3, arbitrary: fc.integer({ min: MiB, max: 3 * MiB }) },
  { weight: 1, arbitrary: fc.integer({ min: 9 * MiB, max: 12 * MiB }) },
);

const scenarios: fc.Arbitrary<Scenario> = sizes.chain((size) => {
  const position = fc.nat(Math.max(0, size - 1));
  const range: fc.Arbitrary<ByteRange> = fc.oneof(
    fc.record({ first: position }),
    fc.tuple(position, fc.nat(size)).map(([first, length]) => ({ first, last: first + length })),
    fc.integer({ min: 1, max: size + 1 }).map((suffix) => ({ suffix })),
  );
  const chunks = fc.constantFrom(0, 1, 3, 50, Infinity);
  const reader = fc.nat(7);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('open'), range: fc.option(range, { nil: undefined }), chunks }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('give'), bytes: fc.nat(size) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('permit'), reader, chunks }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('leave'), reader }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pause'), turns: fc.nat(20) }) },
  );
  const trouble: fc.Arbitrary<Trouble> = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'none' } as const) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wrong' as const), at: position }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('dies' as const), at: position }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'longer' }) },
  );
  return fc.record({
    size: fc.constant(size),
    chunkBytes: fc.constantFrom(777, 16 * KiB, 64 * KiB),
    cuts: fc.array(position, { maxLength: 3 }),
    trouble,
    diskBytes: fc.oneof({ weight: 2, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(size) }),
    steps: fc.array(step, { minLength: 1, maxLength: 30 }),
  });
});

/** What is really sent of a blob that is called otherwise. */
function contentsOf({ size, trouble }: Scenario): { readonly right: Buffer; readonly sent: Buffer } {
  const right = NOISE.subarray(0, size);
  if (trouble.kind === 'longer') return { right, sent: Buffer.concat([right, Buffer.from('more')]) };
  if (trouble.kind !== 'wrong') return { right, sent: right };
  // Of nothing there is nothing that could be wrong but its name.
  if (size === 0) return { right: Buffer.from('something else'), sent: right };
  const sent = Buffer.from(right);
  sent[trouble.at]! ^= 1;
  return { right, sent };
}

/** What must come of it. */
type Outcome = 'right' | 'wrong' | 'either';

function outcomeOf({ size, trouble }: Scenario): Outcome {
  if (trouble.kind === 'none') return 'right';
  // Nothing is the same whatever comes after it.
  if (size === 0) return trouble.kind === 'wrong' ? 'wrong' : 'right';
  // What comes too much is not looked at when all that should come is here before.
  return trouble.kind === 'longer' ? 'either' : 'wrong';
}

/** A reader with what it is to get. */
interface Reading {
  readonly reader: PacedReader;
  readonly start: number;
  readonly end: number;
}

class Run {
  readonly readings: Reading[] = [];
  readonly #opened: OpenedBlobs;
  readonly #upstream: ScriptedUpstream;
  readonly #opening: Promise<void>[] = [];
  mostHeld = 0;

  constructor(opened: OpenedBlobs, upstream: ScriptedUpstream) {
    this.#opened = opened;
    this.#upstream = upstream;
  }

  async do(step: Step): Promise<void> {
    if (step.do === 'open') this.#opening.push(this.#open(step.range, step.chunks));
    if (step.do === 'give') this.#upstream.give(step.bytes);
    if (step.do === 'permit') this.readings[step.reader]?.reader.permit(step.chunks);
    if (step.do === 'leave') await this.readings[step.reader]?.reader.leave();
    if (step.do === 'pause') for (let i = 0; i < step.turns; i++) await setImmediate();
    await this.#look();
  }

  /** Everything goes on to its end. */
  async finish(): Promise<void> {
    this.#upstream.give();
    const looking = setInterval(() => void this.#look(), 1);
    for (const opening of this.#opening) {
      for (const { reader } of this.readings) reader.permit();
      await opening;
    }
    for (const { reader } of this.readings) reader.permit();
    for (const { reader } of this.readings) await reader.ended;
    await this.#opened.blobs.idle();
    clearInterval(looking);
  }

  async #open(range: ByteRange | undefined, chunks: number): Promise<void> {
    const blob = await this.#opened.get(range).catch((err: unknown) => err as Error);
    if (blob instanceof Error) return;
    const reader = new PacedReader(blob);
    const span = range && resolveRange(range, this.#upstream.size);
    assert.notEqual(span, 'unsatisfiable');
    assert.deepEqual(blob.span, span);
    const { start, end } = span instanceof Object ? span : { start: 0, end: this.#upstream.size - 1 };
    this.readings.push({ reader, start, end: end + 1 });
    reader.permit(chunks);
  }

  async #look(): Promise<void> {
    for await (const { blob } of this.#opened.blobs.fills()) this.mostHeld = Math.max(this.mostHeld, blob.held);
  }
}

async function tryOut(scenario: Scenario): Promise<void> {
  const { size, trouble, diskBytes, chunkBytes, cuts, steps } = scenario;
  const { right, sent } = contentsOf(scenario);
  const upstream = new ScriptedUpstream({
    bytes: sent,
    digest: digestOf(right),
    size,
    chunkBytes,
    cuts,
    ...(trouble.kind === 'dies' && { diesAt: trouble.at }),
  });
  const outcome = outcomeOf(scenario);
  using disk = await fillDisk(diskBytes);
  const root = tempFolder();
  const opened = await OpenedBlobs.open(upstream, root);
  try {
    const run = new Run(opened, upstream);
    for (const step of steps) await run.do(step);
    await run.finish();

    for (const { reader, start, end } of run.readings) {
      const ended = await reader.ended;
      const { received } = reader;
      assert.ok(!reader.isSpoilt, 'a chunk stays as it is until the second one after it is asked for');
      assert.ok(received.length <= end - start);
      assert.ok(
        received.equals(sent.subarray(start, start + received.length)),
        'every byte is right, and in its place',
      );
      if (ended === 'whole') assert.equal(received.length, end - start);
      if (outcome === 'right') assert.notEqual(ended, 'cut', String(reader.error));
      if (outcome === 'wrong' && end === size)
        assert.notEqual(ended, 'whole', 'nobody has the last byte of what is wrong');
    }
    assert.ok(run.mostHeld <= MOST_HELD, `${run.mostHeld} bytes were in memory`);
    assert.deepEqual(await opened.leftovers(), []);
    await eventually('no file is open', async () => (await opened.openFiles()).length === 0);
    await requireKept(opened, upstream, { outcome, isRefused: disk.refused() > 0, right });
  } finally {
    await opened.end();
    await rm(root, { recursive: true });
  }
}

/** Either it is there as it should be, or nothing of it is. */
async function requireKept(
  opened: OpenedBlobs,
  upstream: ScriptedUpstream,
  { outcome, isRefused, right }: { readonly outcome: Outcome; readonly isRefused: boolean; readonly right: Buffer },
): Promise<void> {
  const kept = await readFile(blobPath(opened.store.pool, upstream.digest)).catch(() => undefined);
  if (kept) assert.ok(kept.equals(right), 'what is kept is right');
  assert.deepEqual(opened.keptBytes, kept ? [right.length] : []);
  if (upstream.downloads === 0 || outcome === 'wrong') assert.equal(kept, undefined);
  if (upstream.downloads === 0 || outcome !== 'right' || isRefused) return;
  assert.ok(kept, 'it is kept');
  assert.equal(upstream.downloads, 1);
}

test('UP17 UP19 UP20 UP21 whatever readers, upstream and disk do, every reader ends with the right bytes, and what is kept is right', async () => {
  await fc.assert(fc.asyncProperty(scenarios, tryOut), { numRuns: RUNS, timeout: WATCHDOG_MS, endOnFailure: true });
});
