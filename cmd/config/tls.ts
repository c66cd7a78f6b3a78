import type { TlsIdentity } from '../../api/http/tls.ts';
import { refusal, type Given } from './given.ts';
import { flagOf, type FlagSetting, type Setting } from './setting.ts';
import * as values from './values.ts';

export const CLIENT_AUTHS = ['none', 'request', 'require'] as const;

const pem = (key: string, flag: string, help: string): FlagSetting<string> => ({
  key: `tls.${key}`,
  flag: `${flag} <file>`,
  help,
  default: 'none',
  parse: values.parseNonEmpty,
  allowed: 'the path of a PEM file',
});

export const tlsCert = pem(
  'cert',
  '--tls-cert',
  'serve https with this certificate, and those that lead to its authority',
);
export const tlsKey = pem('key', '--tls-key', 'the key of the certificate');
export const tlsClientCa = pem(
  'clientCa',
  '--tls-client-ca',
  'require certificates of clients, signed by one of these authorities',
);

export const tlsClientAuth: Setting<TlsIdentity['clientAuth']> = {
  key: 'tls.clientAuth',
  help: 'whether clients need a certificate, or may have one',
  default: 'require with tls.clientCa, else none',
  parse: (text) => CLIENT_AUTHS.find((each) => each === text),
  allowed: CLIENT_AUTHS.join(', '),
};

/** For what listens. */
export const tlsSettings: readonly FlagSetting<string>[] = [tlsCert, tlsKey, tlsClientCa];

/** A file as somebody named it. */
export interface NamedFile {
  readonly path: string;
  /** For messages: `FILE:LINE: tls.cert`, or `--tls-cert`. */
  readonly by: string;
}

/** What https is served with. */
export interface TlsConfig {
  readonly cert: NamedFile;
  readonly key: NamedFile;
  readonly clientCa?: NamedFile;
  readonly clientAuth: TlsIdentity['clientAuth'];
}

/** Undefined for http. Throws {@link refusal} for what does not go together. */
export function readTlsConfig(
  one: <T>(setting: Setting<T>) => T | undefined,
  givenOf: (setting: Setting<unknown>) => Given | undefined,
): TlsConfig | undefined {
  const file = (setting: FlagSetting<string>): NamedFile | undefined => {
    const path = one(setting);
    return path === undefined ? undefined : { path, by: givenOf(setting)!.by };
  };
  const needs = (given: FlagSetting<unknown> | Setting<unknown>, ...needed: readonly FlagSetting<unknown>[]): Error =>
    refusal(givenOf(given)!, `needs ${needed.map((each) => `${each.key} (${flagOf(each)})`).join(' and ')} as well`);

  const [cert, key, clientCa, saidAuth] = [file(tlsCert), file(tlsKey), file(tlsClientCa), one(tlsClientAuth)];
  if (cert === undefined || key === undefined) {
    if (cert) throw needs(tlsCert, tlsKey);
    if (key) throw needs(tlsKey, tlsCert);
    if (clientCa) throw needs(tlsClientCa, tlsCert, tlsKey);
    if (saidAuth !== undefined && saidAuth !== 'none') throw needs(tlsClientAuth, tlsCert, tlsKey);
    return undefined;
  }
  const clientAuth = saidAuth ?? (clientCa ? 'require' : 'none');
  if (clientAuth !== 'none' && clientCa === undefined) throw needs(tlsClientAuth, tlsClientCa);
  return { cert, key, clientAuth, ...(clientCa && { clientCa }) };
}
