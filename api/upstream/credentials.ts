import type { RepositoryName } from '../oci/repository.ts';

/** What to log in with. */
export type Credentials = Password | IdentityToken | BearerToken;

export interface Password {
  readonly username: string;
  readonly password: string;
}

/** A refresh token, which a token service changes for tokens; what `docker login` keeps for some registries. */
export interface IdentityToken {
  readonly username?: string;
  readonly identityToken: string;
}

/** A token that is sent to the registry as it stands. */
interface BearerToken {
  readonly bearerToken: string;
}

/** Says what to log in with to pull a repository; undefined: as anybody. Asked when an upstream wants a login. */
export type CredentialsProvider = (repository: RepositoryName) => Promise<Credentials | undefined>;

/** The value of an `Authorization` header. RFC 7617. */
export function formatBasic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
