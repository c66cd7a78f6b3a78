import { createHmac } from 'node:crypto';
import { after } from 'node:test';
import { hashSync } from 'bcryptjs';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { CanonicalNames, type CanonicalNamesOptions } from '../../../api/auth/canonical-names.ts';
import type { CertificateField } from '../../../api/auth/certificate-user.ts';
import { Gate } from '../../../api/auth/gate.ts';
import { parseHtpasswd } from '../../../api/auth/htpasswd.ts';
import { PasswordChecks } from '../../../api/auth/password-checks.ts';
import { PasswordMemory, Passwords } from '../../../api/auth/passwords.ts';
import { Rules, type RulesOptions } from '../../../api/auth/rules.ts';
import { Tokens } from '../../../api/auth/tokens.ts';

const checks = new PasswordChecks();
after(() => checks[Symbol.asyncDispose]());
const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);

/** What is configured, in few words. */
export interface GateOptions extends Partial<RulesOptions> {
  readonly users?: Readonly<Record<string, string>>;
  /** Of bcrypt. */
  readonly cost?: number;
  readonly tokens?: boolean;
  readonly certificate?: CertificateField;
  readonly names?: Partial<CanonicalNamesOptions>;
}

export const TOKEN_SERVICE = { realm: 'https://auth.test/token', service: 'registry.test', issuer: 'auth.test' };

export function openGate({ users, cost = 4, tokens, certificate, anonymous = [], rules, names }: GateOptions): Gate {
  const lines = Object.entries(users ?? {}).map(([user, password]) => `${user}:${hashSync(password, cost)}`);
  const logins = {
    ...(users && { passwords: new Passwords(parseHtpasswd(lines.join('\n'), 'users'), new PasswordMemory(checks)) }),
    ...(tokens && { tokens: new Tokens(TOKEN_SERVICE, { keys: [jwk] }) }),
    ...(certificate && { certificate }),
  };
  const canonical = new CanonicalNames({
    hosts: new Set(),
    defaultHost: undefined,
    hasFolder: () => false,
    ...names,
  });
  return new Gate({ logins, rules: new Rules({ anonymous, rules }) }, canonical);
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A token that allows what these scopes say. */
export async function bearer(...scopes: readonly string[]): Promise<string> {
  const access = scopes.map((scope) => {
    const [, type, name, actions = ''] = /^(.*?):(.*):(.*)$/.exec(scope) ?? [];
    return { type, name, actions: actions.split(',') };
  });
  const token = new SignJWT({ access }).setProtectedHeader({ alg: 'ES256' }).setSubject('carol');
  token.setIssuer(TOKEN_SERVICE.issuer).setAudience(TOKEN_SERVICE.service).setExpirationTime('5m');
  return `Bearer ${await token.sign(privateKey)}`;
}

/** One that nobody signed. */
export const forgedBearer = async (scope: string): Promise<string> => {
  const [head = '', body = ''] = (await bearer(scope)).split('.');
  return `${head}.${body}.${createHmac('sha256', 'guess').update(body).digest('base64url')}`;
};
