import type { CertificateField } from './certificate-user.ts';
import { parseAuthorization } from './credentials.ts';
import { NotAdmitted } from './not-admitted.ts';
import { TooManyChecks } from './password-checks.ts';
import type { Login, Passwords } from './passwords.ts';
import type { TokenRights, Tokens } from './tokens.ts';

/** How people can show who they are. Where there is none, nobody can. */
export interface Logins {
  readonly passwords?: Passwords | undefined;
  readonly tokens?: Tokens | undefined;
  /** Where the user stands in a client's certificate. */
  readonly certificate?: CertificateField | undefined;
}

/** What a request has to show. */
export interface Shown {
  /** As the header has it. */
  readonly authorization: string | undefined;
  /** The user of the client's certificate, once it was verified. */
  readonly certificateUser: (field: CertificateField) => string | undefined;
  /** Whom what is asked at once is counted for, an address. */
  readonly client: string;
}

/** Who asks. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'token'; readonly rights: TokenRights };

/** What was shown is wrong. `error` is for a challenge that can say it. */
export class WrongLogin extends Error {
  override readonly name = 'WrongLogin';
  readonly error: 'invalid_token' | undefined;

  constructor(message: string, error?: 'invalid_token') {
    super(message);
    this.error = error;
  }
}

/** Finds out who asks. What the header says counts, and a certificate where it says nothing. Throws {@link WrongLogin}, and NotAdmitted when
 *  it cannot be found out for now. */
export async function identify(logins: Logins, shown: Shown): Promise<Caller> {
  const credentials = parseAuthorization(shown.authorization);
  switch (credentials.kind) {
    case 'none': {
      const user = logins.certificate && shown.certificateUser(logins.certificate);
      return user === undefined ? { kind: 'anonymous' } : { kind: 'user', user };
    }
    case 'basic': {
      const { user, password } = credentials;
      if (await isRight(logins.passwords, { user, password, client: shown.client })) return { kind: 'user', user };
      // The same for a user that is not known: who is, is not to be found out.
      throw new WrongLogin('wrong user or password');
    }
    case 'bearer': {
      const rights = await logins.tokens?.rightsOf(credentials.token);
      if (rights !== undefined) return { kind: 'token', rights };
      throw new WrongLogin('the token is not valid here', 'invalid_token');
    }
    case 'malformed':
      throw new WrongLogin('neither a user with a password nor a token');
  }
}

async function isRight(passwords: Passwords | undefined, login: Login): Promise<boolean> {
  try {
    return (await passwords?.isRight(login)) === true;
  } catch (cause) {
    if (!(cause instanceof TooManyChecks)) throw cause;
    throw new NotAdmitted('busy', 'too many logins at once', { cause });
  }
}
