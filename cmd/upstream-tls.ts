import type { TlsOptions } from '../api/upstream/agent.ts';
import type { EndpointTls } from './config/upstream.ts';
import { describe } from './failure.ts';
import { assertPair, readCertificates, readKey } from './pem.ts';

/** Reads the certificates and the key of an endpoint. `mistake` is told key and reason of what cannot be used. */
export async function openTls(
  { caFile, certFile, keyFile, insecureSkipVerify }: EndpointTls,
  mistake: (key: string, reason: string) => void,
): Promise<TlsOptions> {
  const attempt = async <T>(key: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (err) {
      mistake(`tls.${key}`, describe(err));
      return undefined;
    }
  };
  const ca = caFile === undefined ? undefined : await attempt('ca', () => readCertificates(caFile));
  const cert = certFile === undefined ? undefined : await attempt('cert', () => readCertificates(certFile));
  const key = keyFile === undefined ? undefined : await attempt('key', () => readKey(keyFile));
  if (cert && key) await attempt('key', () => assertPair(cert, key));
  return {
    ...(ca && { ca: ca.text }),
    ...(cert && key && { cert: cert.text, key: key.text }),
    ...(insecureSkipVerify && { insecureSkipVerify }),
  };
}
