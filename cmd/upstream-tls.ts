import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { TlsOptions } from '../api/upstream/agent.ts';
import { readTextFile } from './changing-file.ts';
import type { EndpointTls } from './config-upstream.ts';
import { describe } from './failure.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Reads the certificates and the key of an endpoint. `mistake` is told key and reason of what cannot be used. */
export async function openTls(
  { caFile, certFile, keyFile, insecureSkipVerify }: EndpointTls,
  mistake: (key: string, reason: string) => void,
): Promise<TlsOptions> {
  const read = async <T>(key: string, file: string, parse: (text: string) => T) => {
    try {
      const text = await readTextFile(file);
      return { text, value: parseNaming(file, text, parse) };
    } catch (err) {
      mistake(`tls.${key}`, describe(err));
      return undefined;
    }
  };
  const ca = caFile === undefined ? undefined : await read('ca', caFile, parseCertificates);
  const cert = certFile === undefined ? undefined : await read('cert', certFile, parseCertificates);
  const key = keyFile === undefined ? undefined : await read('key', keyFile, parseKey);
  // Of several the first is ours, the others lead to its authority.
  if (cert && key && !cert.value[0]!.checkPrivateKey(key.value)) {
    mistake('tls.key', `${keyFile!}: not the key of the certificate ${certFile!}`);
  }
  return {
    ...(ca && { ca: ca.text }),
    ...(cert && key && { cert: cert.text, key: key.text }),
    ...(insecureSkipVerify && { insecureSkipVerify }),
  };
}

function parseNaming<T>(file: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`${file}: ${describe(cause)}`, { cause });
  }
}

/** At least one. */
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
