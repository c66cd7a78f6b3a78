import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readTextFile } from './changing-file.ts';
import { describe } from './failure.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** A PEM file, and what is in it. */
export interface Pem<T> {
  readonly file: string;
  readonly text: string;
  readonly value: T;
}

/** Certificates, at least one. Throws Error naming the file. */
export const readCertificates = (file: string): Promise<Pem<readonly X509Certificate[]>> =>
  read(file, parseCertificates);

/** A key without a passphrase. Throws Error naming the file. */
export const readKey = (file: string): Promise<Pem<KeyObject>> => read(file, parseKey);

/** That a key is that of the first certificate, which is ours; the others lead to its authority. Throws Error naming both files. */
export function assertPair(cert: Pem<readonly X509Certificate[]>, key: Pem<KeyObject>): void {
  if (!cert.value[0]!.checkPrivateKey(key.value)) {
    throw new Error(`${key.file}: not the key of the certificate ${cert.file}`);
  }
}

async function read<T>(file: string, parse: (text: string) => T): Promise<Pem<T>> {
  const text = await readTextFile(file);
  try {
    return { file, text, value: parse(text) };
  } catch (cause) {
    throw new Error(`${file}: ${describe(cause)}`, { cause });
  }
}

function parseCertificates(text: string): X509Certificate[] {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error('no certificate (PEM)');
  return found.map((pem, i) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw new Error(`certificate ${i + 1} of ${found.length} cannot be read`, { cause });
    }
  });
}

function parseKey(text: string): KeyObject {
  // What OpenSSL says of one depends on how it was encrypted.
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw new Error('an encrypted key: only one without a passphrase is read');
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new Error('no private key (PEM)', { cause });
  }
}
