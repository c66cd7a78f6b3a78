import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { PasswordHashes } from './htpasswd.ts';
import type { PasswordChecks } from './password-checks.ts';

/** How many users are remembered. */
const MAX_REMEMBERED = 10_000;
/** How long a pair that was right is taken without comparing it again. */
const REMEMBERED_MS = 5 * 60_000;
/** Of a password that nobody has, for a file in which nobody has one. */
const NOBODY = '$2b$10$FytdX6D5A4dmKIsmrlj2NuqK0HmBtNKwVt1SJM.hM0wO9naIFyIg6';

/** Which passwords were right, so that a pull of many requests costs one comparison. Of a pair it keeps a keyed hash, over the hash in the
 *  file too: another one there is a new question, so that it may outlive the file. */
export class PasswordMemory {
  readonly #checks: PasswordChecks;
  readonly #key = randomBytes(32);
  readonly #right: LRUCache<string, Buffer>;
  readonly #pending = new Map<string, Promise<boolean>>();

  /** `now` gives milliseconds, of any beginning but 0. */
  constructor(checks: PasswordChecks, now: () => number = () => performance.now()) {
    this.#checks = checks;
    this.#right = new LRUCache({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS, ttlResolution: 0, perf: { now } });
  }

  /** Whether `hash` is of the password; `isUser` tells that it is the user's and no decoy. Throws TooManyChecks. */
  async isRight(login: Login, hash: string, isUser: boolean): Promise<boolean> {
    const mark = this.mark(login.user, login.password, hash);
    const before = this.#right.get(login.user);
    if (isUser && before !== undefined && timingSafeEqual(before, mark)) return true;
    // What was wrong is not remembered: it costs the same each time, whether the user is known or not.
    const isSame = await this.#compareOnce(mark.toString('base64'), login, hash);
    if (isSame && isUser) this.#right.set(login.user, mark);
    return isSame && isUser;
  }

  /** A hash that nobody can compute or undo without this process. */
  mark(...parts: readonly string[]): Buffer {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest();
  }

  /** Many that ask the same at once, a cluster that starts, are one question. */
  #compareOnce(question: string, { password, client }: Login, hash: string): Promise<boolean> {
    const asked = this.#pending.get(question);
    if (asked !== undefined) return asked;
    const answer = this.#checks.compare({ password, hash }, client).finally(() => this.#pending.delete(question));
    this.#pending.set(question, answer);
    return answer;
  }
}

/** What somebody says who they are. */
export interface Login {
  readonly user: string;
  readonly password: string;
  /** Whom what is asked at once is counted for, an address. */
  readonly client: string;
}

/** The users of a password file. */
export class Passwords {
  readonly #hashes: PasswordHashes;
  readonly #all: readonly string[];
  readonly #memory: PasswordMemory;

  constructor(hashes: PasswordHashes, memory: PasswordMemory) {
    this.#hashes = hashes;
    this.#all = [...hashes.values()];
    this.#memory = memory;
  }

  /** Throws TooManyChecks. */
  isRight(login: Login): Promise<boolean> {
    const known = this.#hashes.get(login.user);
    return this.#memory.isRight(login, known ?? this.#decoy(login.user), known !== undefined);
  }

  /** A hash to compare with where there is none: for one user always the same, of a cost that users here have. */
  #decoy(user: string): string {
    if (this.#all.length === 0) return NOBODY;
    return this.#all[this.#memory.mark(user).readUInt32BE() % this.#all.length]!;
  }
}
