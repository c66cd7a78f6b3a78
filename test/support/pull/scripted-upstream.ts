import { Readable } from 'node:stream';
import { digestOf, type Digest } from '../../../api/oci/digest.ts';
import { RegistryError, UpstreamError } from '../../../api/oci/errors.ts';
import { formatRepository, type Repository } from '../../../api/oci/repository.ts';
import type { Remote } from '../../../api/pull/remote.ts';
import { RemoteBody, type Part } from '../../../api/upstream/remote-body.ts';
import { FakeClock } from '../upstream/fake-clock.ts';

export interface Script {
  /** What it sends. */
  readonly bytes: Buffer;
  /** What that is called; by default its digest. */
  readonly digest?: Digest;
  /** How many it says it has; by default so many. */
  readonly size?: number;
  /** At most so many come at once. */
  readonly chunkBytes?: number;
  /** Where a connection is lost, each once. */
  readonly cuts?: readonly number[];
  /** Where the connection is lost for good. */
  readonly diesAt?: number;
  /** The repositories that have it; all by default. */
  readonly repos?: readonly string[];
}

/** An upstream with one blob, of which it gives what a test lets it, without a network. */
export class ScriptedUpstream {
  /** What it was asked, `GET up.example/team/app`. */
  readonly lines: string[] = [];
  readonly digest: Digest;
  readonly script: Script;
  readonly remote: Remote;
  /** It answers after this. */
  answering: Promise<unknown> = Promise.resolve();
  /** Up to where bytes may be sent. */
  allowed = 0;
  readonly #cuts: Set<number>;
  readonly #connections = new Set<Connection>();

  constructor(script: Script) {
    this.script = script;
    this.digest = script.digest ?? digestOf(script.bytes);
    this.#cuts = new Set(script.cuts);
    const registry = {
      statBlob: async (repo: Repository) => {
        await this.#ask('HEAD', repo);
        return this.#descriptor();
      },
      openBlob: async (
        repo: Repository,
        _: Digest,
        _range: undefined,
        { signal }: { readonly signal: AbortSignal },
      ) => {
        signal.throwIfAborted();
        await this.#ask('GET', repo);
        return { descriptor: this.#descriptor(), body: this.#body(signal) };
      },
    };
    this.remote = { registry: registry as never, allows: () => true, ttlOf: () => 0, staleIfError: true };
  }

  /** How many bytes it says that it has. */
  get size(): number {
    return this.script.size ?? this.script.bytes.length;
  }

  /** How often it was asked for the bytes. */
  get downloads(): number {
    return this.lines.filter((line) => line.startsWith('GET')).length;
  }

  /** How many connections are open. */
  get connections(): number {
    return [...this.#connections].filter(({ destroyed }) => !destroyed).length;
  }

  /** Sends so many bytes more, to all that ask for them. */
  give(bytes = Infinity): void {
    this.allowed += bytes;
    for (const connection of this.#connections) connection.pump();
  }

  /** Whether a connection is lost there; it is once. */
  isCut(position: number): boolean {
    return this.#cuts.delete(position) || position === this.script.diesAt;
  }

  async #ask(method: string, repo: Repository): Promise<void> {
    const name = formatRepository(repo);
    this.lines.push(`${method} ${name}`);
    await this.answering;
    if (this.script.repos?.includes(name) === false) throw new RegistryError('BLOB_UNKNOWN', `${name}: it has none`);
  }

  #descriptor() {
    return { mediaType: 'application/octet-stream', digest: this.digest, size: this.size };
  }

  #body(signal: AbortSignal): RemoteBody {
    const connect = (position: number): Part => {
      const stream = new Connection(this, position, signal);
      this.#connections.add(stream);
      stream.once('close', () => this.#connections.delete(stream));
      stream.on('error', () => undefined);
      return { stream: stream as never, skip: 0 };
    };
    const reopen = (position: number): Promise<Part> => {
      if (position === this.script.diesAt)
        throw new UpstreamError('unreachable', `up.example: lost at byte ${position}`);
      return Promise.resolve(connect(position));
    };
    const { digest, size } = this;
    const rest = { signal, clock: new FakeClock(), bandwidth: undefined, ended: () => undefined };
    return new RemoteBody({ digest, size, subject: 'up.example: GET blob', reopen, ...rest }, connect(0));
  }
}

/** The bytes of a blob on their way. */
class Connection extends Readable {
  readonly #upstream: ScriptedUpstream;
  readonly #onAbort: () => void;
  readonly #signal: AbortSignal;
  #position: number;
  #isWanted = false;

  constructor(upstream: ScriptedUpstream, position: number, signal: AbortSignal) {
    super({ highWaterMark: 1 });
    this.#upstream = upstream;
    this.#position = position;
    this.#signal = signal;
    this.#onAbort = () => this.destroy(signal.reason as Error);
    signal.addEventListener('abort', this.#onAbort);
  }

  override _read(): void {
    this.#isWanted = true;
    this.pump();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    callback(error);
  }

  pump(): void {
    const { bytes, chunkBytes = 64 * 1024, diesAt = Infinity } = this.#upstream.script;
    while (this.#isWanted && !this.destroyed) {
      if (this.#upstream.isCut(this.#position)) return void this.destroy(new Error('connection lost'));
      if (this.#position === bytes.length) return void this.push(null);
      const end = Math.min(this.#position + chunkBytes, this.#upstream.allowed, diesAt);
      const chunk = bytes.subarray(this.#position, this.#upToCut(end));
      if (chunk.length === 0) return;
      this.#position += chunk.length;
      this.#isWanted = this.push(chunk);
    }
  }

  #upToCut(end: number): number {
    const { cuts = [] } = this.#upstream.script;
    return Math.min(end, ...cuts.filter((cut) => cut > this.#position));
  }
}
