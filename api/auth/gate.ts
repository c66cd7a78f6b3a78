import type { Repository } from '../oci/repository.ts';
import { identify, WrongLogin, type Caller, type Logins, type Shown } from './caller.ts';
import type { CanonicalNames } from './canonical-names.ts';
import { basicChallenge, bearerChallenge, CATALOG_SCOPE, pullScope } from './challenge.ts';
import { NotAdmitted } from './not-admitted.ts';
import type { Rules } from './rules.ts';
import type { TokenRights } from './tokens.ts';

/** What is asked for: a repository, by its name in the path and as the request means it; the list of all; or anything else, which every
 *  user may have, what cannot be parsed included. */
export type Target =
  | { readonly kind: 'repository'; readonly repo: Repository; readonly name: string }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'other' };

/** Somebody at the gate. */
export interface Visit extends Shown {
  readonly target: Target;
  /** Not for a method that is refused to everybody. */
  readonly isRead: boolean;
}

/** Somebody who was let in. */
export interface Granted {
  readonly user: string | undefined;
  /** Whether a repository, by its full name, is there for them. Absent when all are. */
  readonly isVisible?: (fullName: string) => boolean;
}

/** What the gate goes by. */
export interface AccessPolicy {
  readonly logins: Logins;
  readonly rules: Rules;
}

/** Decides who is let in, once for each request and before anything else looks at it. */
export class Gate {
  readonly #policy: AccessPolicy;
  readonly #names: CanonicalNames;

  constructor(policy: AccessPolicy, names: CanonicalNames) {
    this.#policy = policy;
    this.#names = names;
  }

  /** Throws {@link NotAdmitted}. */
  async admit(visit: Visit): Promise<Granted> {
    const { target } = visit;
    const repository = target.kind === 'repository' ? this.#names.of(target.repo) : undefined;
    const wanted = {
      ...visit,
      repository,
      spellings: repository === undefined ? [] : this.#names.spellings(repository),
    };
    const scope = this.#scopeOf(wanted);
    const caller = await this.#identify(visit, scope);
    if (!isAnonymous(this.#policy, wanted)) this.#check(caller, wanted, scope);
    return this.#grant(caller);
  }

  async #identify(visit: Visit, scope: string | undefined): Promise<Caller> {
    const { logins } = this.#policy;
    try {
      return await identify(logins, visit);
    } catch (err) {
      if (err instanceof WrongLogin) throw unauthorized(logins, err.message, { scope, error: err.error });
      throw err;
    }
  }

  /** Throws {@link NotAdmitted}. */
  #check(caller: Caller, wanted: Wanted, scope: string | undefined): void {
    const { logins, rules } = this.#policy;
    if (caller.kind === 'anonymous') throw unauthorized(logins, 'log in first', { scope });
    // A method that is refused to everybody says so, and a host that nobody knows is no secret of anybody's.
    if (!wanted.isRead || (wanted.target.kind === 'repository' && wanted.repository === undefined)) return;
    if (caller.kind === 'user') {
      if (wanted.repository === undefined || rules.mayPull(caller.user, wanted.spellings)) return;
      throw new NotAdmitted('denied', 'this is not for you to pull', { user: caller.user });
    }
    const { rights } = caller;
    if (wanted.target.kind === 'catalog' ? rights.catalog : this.#isGranted(rights, wanted.repository)) return;
    throw unauthorized(logins, 'the token does not allow this', { scope, error: 'insufficient_scope' });
  }

  #isGranted({ repositories }: TokenRights, repository: string | undefined): boolean {
    return repository === undefined || repositories.some((name) => this.#names.ofFullName(name) === repository);
  }

  /** The name in the path when it says enough by itself, as clients ask for that one whatever they are told. With a host beside it the
   *  host belongs to it: a token for `team/app` is none for the same name at any other registry. */
  #scopeOf({ target, repository }: Wanted): string | undefined {
    if (target.kind === 'catalog') return CATALOG_SCOPE;
    if (target.kind === 'other' || repository === undefined) return undefined;
    return pullScope(this.#names.ofFullName(target.name) === repository ? target.name : repository);
  }

  #grant(caller: Caller): Granted {
    const { rules } = this.#policy;
    const spellings = (name: string): readonly string[] => {
      const repository = this.#names.ofFullName(name);
      return repository === undefined ? [] : this.#names.spellings(repository);
    };
    switch (caller.kind) {
      case 'anonymous':
        return rules.isOpen ? NOBODY : { ...NOBODY, isVisible: (name) => rules.isAnonymous(spellings(name)) };
      case 'user': {
        const { user } = caller;
        return rules.allowsAll(user) ? { user } : { user, isVisible: (name) => rules.mayPull(user, spellings(name)) };
      }
      // The list is asked for as a whole, by a token that says so.
      case 'token':
        return { user: caller.rights.user };
    }
  }
}

interface Wanted extends Visit {
  /** By its one name; undefined when it is none, or of a host that nobody knows. */
  readonly repository: string | undefined;
  readonly spellings: readonly string[];
}

const NOBODY: Granted = { user: undefined };

const isAnonymous = ({ rules }: AccessPolicy, { spellings }: Wanted): boolean =>
  rules.isOpen || rules.isAnonymous(spellings);

interface Challenge {
  readonly scope: string | undefined;
  readonly error?: 'invalid_token' | 'insufficient_scope' | undefined;
}

/** One challenge for the whole registry, as most clients learn it from `/v2/` alone: for tokens where there is a token service, though
 *  users with a password are let in by it all the same. */
function unauthorized({ tokens }: Logins, message: string, { scope, error }: Challenge): NotAdmitted {
  const challenge = tokens ? bearerChallenge({ ...tokens.options, scope, error }) : basicChallenge();
  return new NotAdmitted('unauthorized', message, { challenge });
}
