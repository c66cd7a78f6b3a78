import { CERTIFICATE_FIELDS, type CertificateField } from '../../api/auth/certificate-user.ts';
import type { Rule } from '../../api/auth/rules.ts';
import type { TokenOptions } from '../../api/auth/tokens.ts';
import type { ConfigFile } from './file.ts';
import { find, parseAll, refusal, type Given, type Named } from './given.ts';
import type { FlagSetting, Setting } from './setting.ts';
import type { NamedFile } from './tls.ts';
import { isUpstreamUrl, parseNonEmpty } from './values.ts';

/** Who is let in, and to what. */
export interface AuthConfig {
  /** Users and their passwords. */
  readonly htpasswd?: NamedFile;
  /** The token service that is trusted, and its keys. */
  readonly token?: TokenOptions & { readonly jwks: NamedFile };
  /** Where the user stands in a client's certificate. */
  readonly certificate?: CertificateField;
  /** Globs of what anyone may pull. */
  readonly anonymous: readonly string[];
  /** Undefined: every user may pull all. */
  readonly rules?: readonly Rule[];
}

export const REPOSITORY_GLOBS = 'a glob over names with their host, like team/** or docker.io/library/*, in lower case';
export const USER_GLOBS = 'a user, or a glob over users like ci-*';

export const htpasswd: FlagSetting<string> = {
  key: 'auth.htpasswd',
  flag: '--htpasswd <file>',
  help: 'let in only the users of this file, which htpasswd -B writes',
  default: 'none',
  parse: parseNonEmpty,
  allowed: 'the path of a file with bcrypt hashes',
};

export const anonymous: Setting<string> = {
  key: 'auth.anonymous',
  help: 'globs of the repositories that anyone may pull',
  default: 'none',
  repeatable: true,
  parse: (text) => (isRepositoryGlob(text) ? text : undefined),
  allowed: REPOSITORY_GLOBS,
};

export const certificate: Setting<CertificateField> = {
  key: 'auth.certificate',
  help: "where the user stands in a client's certificate",
  default: 'nowhere',
  parse: (text) => CERTIFICATE_FIELDS.find((each) => each === text),
  allowed: CERTIFICATE_FIELDS.join(', '),
};

export const tokenRealm: Setting<string> = {
  key: 'auth.token.realm',
  help: 'the URL of the token service',
  default: 'none',
  parse: (text) => (isRealm(text) ? text : undefined),
  allowed: 'an http or https URL without a login and without a query',
};

export const tokenService: Setting<string> = {
  key: 'auth.token.service',
  help: 'what this registry is called at the token service, and in its tokens as audience',
  default: 'none',
  parse: (text) => (isService(text) ? text : undefined),
  allowed: 'at most 256 letters, digits and signs of ASCII',
};

export const tokenIssuer: Setting<string> = {
  key: 'auth.token.issuer',
  help: 'what the token service is called in its tokens',
  default: 'none',
  parse: parseNonEmpty,
  allowed: 'a text',
};

export const tokenJwks: Setting<string> = {
  key: 'auth.token.jwks',
  help: 'the public keys of the token service',
  default: 'none',
  parse: parseNonEmpty,
  allowed: 'the path of a JSON Web Key Set',
};

const TOKEN_SETTINGS = [tokenRealm, tokenService, tokenIssuer, tokenJwks] as const;

/** None that means "all but": what is not named is not meant. */
export const isRepositoryGlob = (text: string): boolean =>
  text.length <= 1000 && /^[^\s!()/A-Z\\][^\s()A-Z\\]*$/.test(text) && !text.endsWith('/');
export const isUserGlob = (text: string): boolean => text.length <= 1000 && /^[^!]/.test(text);
/** Both go into a header. */
export const isRealm = (text: string): boolean => /^[!-~]+$/.test(text) && isUpstreamUrl(text);
export const isService = (text: string): boolean => /^[ -~]{1,256}$/.test(text);

/** Undefined where nobody says anything of it: everybody is let in, to all. `hasClientCa` tells whether certificates of clients are asked
 *  for. Throws {@link refusal} for what does not go together. */
export function readAuth(named: Named, file: ConfigFile | undefined, hasClientCa: boolean): AuthConfig | undefined {
  const given = (setting: Setting<unknown>): Given | undefined => find(setting, named, file);
  const one = <T>(setting: Setting<T>): T | undefined => parseAll(setting, given(setting))?.at(-1);
  const fileOf = (setting: Setting<string>): NamedFile | undefined => {
    const path = one(setting);
    return path === undefined ? undefined : { path, by: given(setting)!.by };
  };
  const [htpasswdFile, token, field, globs] = [
    fileOf(htpasswd),
    readToken(given, one, fileOf),
    one(certificate),
    parseAll(anonymous, given(anonymous)),
  ];
  const rules = file?.rules;
  if ([htpasswdFile, token, field, globs, rules].every((each) => each === undefined)) return undefined;
  if (field !== undefined && !hasClientCa) throw refusal(given(certificate)!, 'needs tls.clientCa as well');
  return {
    ...(htpasswdFile && { htpasswd: htpasswdFile }),
    ...(token && { token }),
    ...(field && { certificate: field }),
    anonymous: globs ?? [],
    ...(rules && { rules }),
  };
}

/** Of which all is said, or nothing. */
function readToken(
  given: (setting: Setting<unknown>) => Given | undefined,
  one: (setting: Setting<string>) => string | undefined,
  fileOf: (setting: Setting<string>) => NamedFile | undefined,
): AuthConfig['token'] {
  const said = TOKEN_SETTINGS.find((setting) => given(setting));
  if (said === undefined) return undefined;
  const missing = TOKEN_SETTINGS.find((setting) => !given(setting));
  if (missing) throw refusal(given(said)!, `needs ${missing.key} as well`);
  return {
    realm: one(tokenRealm)!,
    service: one(tokenService)!,
    issuer: one(tokenIssuer)!,
    jwks: fileOf(tokenJwks)!,
  };
}
