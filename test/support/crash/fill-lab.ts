import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { prune } from '../../../api/prune/prune.ts';
import { Store } from '../../../api/store/store.ts';
import { runProgram, startServe, type Running } from '../../cmd/program.ts';
import { eventually } from '../clients/eventually.ts';
import { tempFolder } from '../temp-folder.ts';
import { Watch, type Moment } from './moments.ts';
import { CutOff, pullImage, type Published } from './reader.ts';
import type { Seeded } from './seeded.ts';
import { UPSTREAM } from './sources.ts';
import { inspectFolder } from './whole-folder.ts';

const env = { NODE_COMPILE_CACHE: tempFolder() };
const READERS = 20;
const LONG_MS = 24 * 60 * 60 * 1000;

/** How it went with a registry that may have been killed. */
export interface Served {
  readonly wasKilled: boolean;
  /** How many readers had an answer cut off. */
  readonly cutOff: number;
}

/** An images folder that registries fill from an upstream, one after the other, each for twenty readers and until it is killed. */
export class FillLab implements AsyncDisposable {
  readonly random: Seeded;
  readonly root = tempFolder();
  /** The folder of the registry that is pulled through. */
  readonly upstreamRoot: string;
  kills = 0;
  pulls = 0;
  readonly #upstream: Running & AsyncDisposable;
  readonly #published: Published[] = [];

  static async start(random: Seeded): Promise<FillLab> {
    const upstreamRoot = tempFolder();
    const upstream = await startServe(['--images', upstreamRoot, '--log-level', 'error'], { env });
    return new FillLab(random, upstreamRoot, upstream);
  }

  private constructor(random: Seeded, upstreamRoot: string, upstream: Running & AsyncDisposable) {
    this.random = random;
    this.upstreamRoot = upstreamRoot;
    this.#upstream = upstream;
  }

  /** Serves images to all readers at once, up to a moment. */
  async serve(images: readonly Published[], moment: Moment): Promise<Served> {
    await using server = await this.#start();
    const watch = new Watch(
      this.root,
      images.map(({ name }) => name),
    );
    let isRead = false as boolean;
    const reading = this.#readAll(server, images).finally(() => (isRead = true));
    // Without a pause: what is to be seen may be over in a moment.
    while (!isRead && !watch.sees(moment.sight)) await setImmediate();
    if (moment.afterMs > 0) await Promise.race([reading, delay(moment.afterMs)]);
    const wasKilled = !isRead;
    server.child.kill('SIGKILL');
    const cutOff = await reading;
    assert.ok(cutOff === 0 || wasKilled, `${cutOff} readers were cut off by a registry that nobody had killed`);
    this.kills++;
    return { wasKilled, cutOff };
  }

  /** Serves images to all readers to their end, and keeps them. */
  async finish(images: readonly Published[]): Promise<void> {
    await using server = await this.#start();
    const before = await this.#works();
    assert.equal(await this.#readAll(server, images), 0, server.stderr());
    const isKept = async (): Promise<boolean> => (await this.#works()).every((work) => before.includes(work));
    await eventually('all is kept', isKept);
    this.#published.push(...images);
    assert.doesNotMatch(server.stderr(), /"level":"(?:error|warn)"/);
  }

  /** That all that is visible is right, and all that was kept is whole. Nobody may write meanwhile. */
  async check(after: string): Promise<void> {
    const { damage, awaited } = await inspectFolder(this.root);
    assert.deepEqual(damage, [], after);
    const incomplete = this.#published.filter(({ name }) => awaited.some((path) => path.startsWith(`${name}/`)));
    assert.deepEqual(incomplete, [], after);
  }

  /** That what was kept is served without the upstream, before and after all that the dead have left is swept away. */
  async checkAll(): Promise<void> {
    await this.check('in the end');
    await this.#readWithoutUpstream();
    using store = new Store(this.root);
    const usage = { lastUsed: () => undefined };
    const report = await prune(store, { unreferenced: true }, { dryRun: false, usage, now: Date.now() + LONG_MS });
    assert.deepEqual(report.problems, []);
    assert.deepEqual(await this.#works(), []);
    await this.check('after the sweep');
    await this.#readWithoutUpstream();
    const { status, stderr } = await runProgram(['verify', '--quiet', '--images', this.root], { env });
    assert.equal(status, 0, stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upstream[Symbol.asyncDispose]();
    for (const folder of [this.root, this.upstreamRoot]) await rm(folder, { recursive: true, force: true });
  }

  #start(...flags: readonly string[]): Promise<Running & AsyncDisposable> {
    const upstream = ['--upstream', `${UPSTREAM}=${this.#upstream.url}`];
    const log = ['--log-format', 'json', '--log-level', 'warn'];
    return startServe(['--images', this.root, ...upstream, ...log, ...flags], { env });
  }

  async #readWithoutUpstream(): Promise<void> {
    await using server = await this.#start('--air-gapped');
    assert.equal(await this.#readAll(server, this.#published), 0);
  }

  /** Gives how many were cut off. */
  async #readAll(server: Running, images: readonly Published[]): Promise<number> {
    const reading = Array.from({ length: READERS }, async (_, i) => {
      try {
        await pullImage(this.random, server.url, images[i % images.length]!);
        this.pulls++;
        return 0;
      } catch (err) {
        if (err instanceof CutOff) return 1;
        throw err;
      }
    });
    const results = await Promise.allSettled(reading);
    let cutOff = 0;
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
      cutOff += result.value;
    }
    return cutOff;
  }

  async #works(): Promise<string[]> {
    return readdir(join(this.root, '_fills')).catch(() => []);
  }
}
