import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { KnownDigests } from '../../../api/folder/known-digests.ts';
import { silentProgress } from '../../../api/progress.ts';
import { Store } from '../../../api/store/store.ts';
import { verify } from '../../../api/verify/verify.ts';
import { startProgram, startServe, type Running } from '../../cmd/program.ts';
import { keepingLog } from '../keeping-log.ts';
import { tempFolder } from '../temp-folder.ts';
import { showMoment, Watch, type Moment } from './moments.ts';
import type { Seeded } from './seeded.ts';
import { UPSTREAM, type Sources } from './sources.ts';
import { inspectFolder } from './whole-folder.ts';

/** Starting a hundred times takes half as long. */
const env = { NODE_COMPILE_CACHE: tempFolder() };

/** A run of the program that may have been killed. */
export interface Run {
  readonly wasKilled: boolean;
  readonly status: number | null;
  readonly stderr: string;
}

/** So that the client leaves some of the machine to the others. */
const BETWEEN_PULLS_MS = 20;
/** Pulled beside the newest, of all that are there. */
const OLDER_PULLS = 5;

/** An images folder that a registry serves all the time, a client that pulls from it all that it was told is there, and loads
 *  and prunes that are killed. */
export class CrashLab implements AsyncDisposable {
  readonly random: Seeded;
  readonly root: string;
  /** The folder of the registry that images are fetched from. */
  readonly upstreamRoot: string;
  kills = 0;
  pulls = 0;
  readonly #stack: AsyncDisposableStack;
  readonly #server: Running;
  readonly #upstream: Running;
  /** By name, the beginning of the digest that the program told. */
  readonly #acknowledged = new Map<string, string>();
  readonly #stopping = new AbortController();
  readonly #client: Promise<void>;

  static async start(random: Seeded): Promise<CrashLab> {
    const stack = new AsyncDisposableStack();
    try {
      const folders = { root: tempFolder(), upstream: tempFolder() };
      const server = stack.use(
        await startServe(['--images', folders.root, '--log-format', 'json', '--log-level', 'warn'], { env }),
      );
      const upstream = stack.use(await startServe(['--images', folders.upstream, '--log-level', 'error'], { env }));
      return new CrashLab(random, folders, { server, upstream }, stack);
    } catch (err) {
      await stack.disposeAsync();
      throw err;
    }
  }

  private constructor(
    random: Seeded,
    folders: { readonly root: string; readonly upstream: string },
    running: { readonly server: Running; readonly upstream: Running },
    stack: AsyncDisposableStack,
  ) {
    this.random = random;
    this.root = folders.root;
    this.upstreamRoot = folders.upstream;
    this.#server = running.server;
    this.#upstream = running.upstream;
    this.#stack = stack;
    this.#client = this.#pullOn();
    this.#client.catch(() => undefined); // Told by the next check.
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Whether the program told that an image is there. */
  hasAcknowledged(name: string): boolean {
    return this.#acknowledged.has(name);
  }

  /** Runs `load`, up to its end or a moment. */
  load(sources: Sources, moment?: Moment): Promise<Run> {
    const args = ['--upstream', `${UPSTREAM}=${this.#upstream.url}`, ...sources.args];
    return this.run(['load', ...args], sources.repositories, moment);
  }

  /** Runs the program on the folder, up to its end or a moment in what it does in some repositories. */
  async run(args: readonly string[], repositories: readonly string[], moment?: Moment): Promise<Run> {
    const watch = new Watch(this.root, repositories);
    const { child, ended, stderr } = startProgram([...args, '--images', this.root], { env });
    let acknowledged = 0;
    child.stderr.on('data', () => (acknowledged = this.#acknowledge(stderr(), acknowledged)));
    if (moment) {
      // Without a pause: what is to be seen may be over in a moment.
      while (isRunning(child) && !watch.sees(moment.sight)) await setImmediate();
      if (moment.afterMs > 0) await Promise.race([ended, delay(moment.afterMs)]);
      child.kill('SIGKILL');
    }
    const { status } = await ended;
    this.#acknowledge(`${stderr()}\n`, acknowledged);
    if (status === null) this.kills++;
    return { wasKilled: status === null, status, stderr: stderr() };
  }

  /** Takes names out of what has to be there: somebody is about to remove them. */
  forget(isMeant: (name: string) => boolean): void {
    for (const name of this.#acknowledged.keys()) if (isMeant(name)) this.#acknowledged.delete(name);
  }

  /** That all that is visible is whole, and all that was told is there and can be pulled. Nobody may write meanwhile. */
  async check(after: string): Promise<void> {
    const { damage, tags } = await inspectFolder(this.root);
    assert.deepEqual(damage, [], after);
    for (const [name, digest] of this.#acknowledged) {
      assert.ok(
        tags.get(name)?.startsWith(digest),
        `${after}: ${name} was told to be ${digest}, and is ${tags.get(name)}`,
      );
    }
    await this.#verify(after);
    await this.#checkClient(after);
    for (const name of this.#somePulls()) await this.#pull(name);
  }

  /** The same, of every image, and by the command. */
  async checkAll(): Promise<void> {
    await this.check('in the end');
    for (const name of this.#acknowledged.keys()) await this.#pull(name);
    const { status, stderr } = await this.run(['verify', '--quiet'], []);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(this.#server.stderr(), /"level":"error"/);
    assert.equal(this.#server.child.exitCode, null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#client.catch(() => undefined);
    await this.#stack.disposeAsync();
    for (const folder of [this.root, this.upstreamRoot]) await rm(folder, { recursive: true, force: true });
  }

  /** Takes in the lines that say that an image is there; gives where the next begins. */
  #acknowledge(stderr: string, from: number): number {
    const end = stderr.lastIndexOf('\n') + 1;
    for (const line of stderr.slice(from, end).split('\n')) {
      const [, name, digest] = /^(?:loaded|unchanged) +(\S+) +(sha256:[0-9a-f]{12})/.exec(line) ?? [];
      if (name !== undefined && digest !== undefined) this.#acknowledged.set(name, digest);
    }
    return Math.max(end, from);
  }

  async #verify(after: string): Promise<void> {
    const { log } = keepingLog();
    using store = new Store(this.root);
    const folder = {
      root: this.root,
      known: await KnownDigests.open(undefined, log),
      unpacked: join(this.root, '_unpacked'),
    };
    const { bad } = await verify(store, [folder], { quarantine: false, progress: silentProgress });
    assert.deepEqual(bad, [], after);
  }

  async #checkClient(after: string): Promise<void> {
    const goesOn = Symbol('goes on');
    const state = await Promise.race([this.#client, Promise.resolve(goesOn)]).catch((cause: unknown) => {
      throw new Error(`${after}: ${(cause as Error).message}`, { cause });
    });
    assert.equal(state, goesOn);
  }

  /** The newest, and some of the others. */
  #somePulls(): string[] {
    const names = [...this.#acknowledged.keys()];
    const newest = names.slice(-OLDER_PULLS);
    return names.length === 0 ? [] : [...newest, ...newest.map(() => this.random.pick(names))];
  }

  async #pullOn(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      for (const name of this.#somePulls()) {
        await delay(BETWEEN_PULLS_MS);
        if (this.#acknowledged.has(name)) await this.#pull(name);
      }
      await delay(BETWEEN_PULLS_MS);
    }
  }

  /** Pulls an image whole, each byte of it checked; unless it is to be removed meanwhile. */
  async #pull(name: string): Promise<void> {
    try {
      const colon = name.lastIndexOf(':');
      const digest = await this.#pullManifest(name.slice(0, colon), name.slice(colon + 1));
      const told = this.#acknowledged.get(name);
      if (told !== undefined) assert.ok(digest.startsWith(told), `it is ${digest}, and was told to be ${told}`);
      this.pulls++;
    } catch (cause) {
      if (!this.#acknowledged.has(name)) return;
      throw new Error(`${name} cannot be pulled any more: ${(cause as Error).message}`, { cause });
    }
  }

  async #pullManifest(repository: string, reference: string): Promise<string> {
    const bytes = await this.#get(`${repository}/manifests/${reference}`);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (reference.startsWith('sha256:')) assert.equal(digest, reference);
    interface Descriptor {
      readonly digest: string;
    }
    const document = JSON.parse(bytes.toString()) as {
      readonly config?: Descriptor;
      readonly layers?: readonly Descriptor[];
      readonly manifests?: readonly Descriptor[];
    };
    for (const blob of [...(document.config ? [document.config] : []), ...(document.layers ?? [])]) {
      const content = await this.#get(`${repository}/blobs/${blob.digest}`);
      assert.equal(`sha256:${createHash('sha256').update(content).digest('hex')}`, blob.digest);
    }
    for (const child of document.manifests ?? []) await this.#pullManifest(repository, child.digest);
    return digest;
  }

  async #get(path: string): Promise<Buffer> {
    const answer = await fetch(`${this.#server.url}/v2/${path}`);
    const body = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.status, 200, `${path}: ${answer.status} ${body.toString('utf8', 0, 500)}`);
    return body;
  }
}

const isRunning = ({ exitCode, signalCode }: Running['child']): boolean => exitCode === null && signalCode === null;

/** What to say of a run that was, or was to be, killed. */
export const showRun = (what: string, { wasKilled }: Run, moment: Moment): string =>
  `${what} ${wasKilled ? 'was killed' : 'ended before it was to be killed'} ${showMoment(moment)}`;
