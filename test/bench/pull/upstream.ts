import { setTimeout as delay } from 'node:timers/promises';
import { TokenService } from '../../support/upstream/token-service.ts';
import type { StoredImage } from '../images.ts';
import { distributionBehind, distributionV3 } from '../peers/distribution.ts';
import { freePort, Server } from '../server.ts';
import { subfolder } from '../tasks/writing.ts';
import { ASKED_LOG, nginxFront, STATUS_PATH, TOKEN_PATH } from './nginx-front.ts';

const IDLE_LIMIT_MS = 60_000;
const ASK_AGAIN_MS = 20;

/** The programs that it takes. */
export const UPSTREAM_PROGRAMS = ['nginx', 'registry'] as const;

export interface UpstreamOptions {
  /** A folder for what the servers write. */
  readonly folder: string;
  readonly images: readonly StoredImage[];
  /** What each connection gets; without it, as much as there is. */
  readonly bytesPerSecond?: number;
  /** Whether anybody may pull, but with a token. */
  readonly wantsTokens?: boolean;
}

/** One request that was answered. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the body, as far as they left. */
  readonly bytes: number;
}

/** A registry to pull from: distribution 3, behind nginx, which notes what it is asked. */
export class Upstream implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #front: Server;
  readonly #tokens: TokenService | undefined;
  #tokensBefore = 0;

  private constructor(stack: AsyncDisposableStack, front: Server, tokens: TokenService | undefined) {
    this.#stack = stack;
    this.#front = front;
    this.#tokens = tokens;
  }

  static async start({ folder, images, bytesPerSecond = 0, wantsTokens }: UpstreamOptions): Promise<Upstream> {
    await using stack = new AsyncDisposableStack();
    const tokens = wantsTokens ? stack.use(await TokenService.start({ users: {}, isPublic: () => true })) : undefined;
    const port = await freePort();
    const realm = `http://127.0.0.1:${port}${TOKEN_PATH}`;
    const registry = tokens ? distributionBehind(tokens, realm) : distributionV3;
    const data = await subfolder(folder, 'upstream');
    registry.fill({ images, format: 'oci-layout' }, data);
    // Anybody may ask for that, also who has no token.
    const { origin } = stack.use(await Server.start(registry, data, folder, '/'));
    const front = nginxFront({ origin, bytesPerSecond, tokenService: tokens?.realm });
    const server = stack.use(await Server.start(front, data, folder, STATUS_PATH, port));
    return new Upstream(stack.move(), server, tokens);
  }

  get origin(): string {
    return this.#front.origin;
  }

  /** Something small that may be asked for at any time, and is not noted. */
  get statusUrl(): string {
    return this.#front.url(STATUS_PATH);
  }

  /** What it was asked since the last {@link forget}, once nobody is being answered any more. */
  async asked(): Promise<Asked[]> {
    await this.#idle();
    const lines = this.#front.readLog(ASKED_LOG).split('\n').filter(Boolean);
    return lines.map((line) => {
      const [method = '', path = '', status, bytes] = line.split(' ');
      return { method, path, status: Number(status), bytes: Number(bytes) };
    });
  }

  /** How many tokens were asked for since then. */
  get tokensAsked(): number {
    return (this.#tokens?.grants.length ?? 0) - this.#tokensBefore;
  }

  forget(): void {
    this.#front.forgetLogs();
    this.#tokensBefore = this.#tokens?.grants.length ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** Caches go on fetching when their clients have gone; nginx notes a request when it has ended. */
  async #idle(): Promise<void> {
    const signal = AbortSignal.timeout(IDLE_LIMIT_MS);
    for (;;) {
      const answer = await fetch(this.statusUrl, { signal });
      // The one is this request.
      if ((await answer.text()).includes('Writing: 1 ')) return;
      await delay(ASK_AGAIN_MS, undefined, { signal });
    }
  }
}

/** The whole and partial answers with something of a body. */
export const bodiesIn = (asked: readonly Asked[]): Asked[] =>
  asked.filter(({ method, status }) => method === 'GET' && (status === 200 || status === 206));

export const bytesOf = (asked: readonly Asked[]): number => asked.reduce((sum, { bytes }) => sum + bytes, 0);
