import { repositoryPatterns, userPatterns } from './patterns.ts';

/** Users, and the repositories that they may pull; all of them globs. */
export interface Rule {
  readonly users: readonly string[];
  readonly repositories: readonly string[];
}

export interface RulesOptions {
  /** Globs of what anyone may pull. */
  readonly anonymous: readonly string[];
  /** Undefined: every user may pull all. */
  readonly rules?: readonly Rule[] | undefined;
}

/** Who may pull what. A repository is given by all its spellings: that one of them is allowed is enough. */
export class Rules {
  /** Nothing needs a login. */
  readonly isOpen: boolean;
  /** There is something that some may read and others may not. */
  readonly isRestricted: boolean;
  readonly isAnonymous: (spellings: readonly string[]) => boolean;
  readonly #rules: readonly OpenRule[];

  constructor({ anonymous, rules = [{ users: ['*'], repositories: ['**'] }] }: RulesOptions) {
    this.#rules = rules.map(({ users, repositories }) => ({
      isFor: users.includes('*') ? () => true : userPatterns(users),
      isAll: repositories.includes('**'),
      allows: repositoryPatterns(repositories),
    }));
    this.isOpen = anonymous.includes('**');
    this.isRestricted = !this.isOpen && (anonymous.length > 0 || !this.#rules.every(({ isAll }) => isAll));
    this.isAnonymous = repositoryPatterns(anonymous);
  }

  /** Whether a user may pull whatever there is. */
  allowsAll(user: string): boolean {
    return this.isOpen || this.#rules.some(({ isFor, isAll }) => isAll && isFor(user));
  }

  mayPull(user: string, spellings: readonly string[]): boolean {
    return this.isAnonymous(spellings) || this.#rules.some(({ isFor, allows }) => isFor(user) && allows(spellings));
  }
}

interface OpenRule {
  readonly isFor: (user: string) => boolean;
  /** Covers whatever there is. */
  readonly isAll: boolean;
  readonly allows: Rules['isAnonymous'];
}
