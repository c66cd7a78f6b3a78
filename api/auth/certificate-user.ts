import type { PeerCertificate } from 'node:tls';
import { hasControls } from './credentials.ts';

/** Where in a client's certificate its user name stands: the common name of its subject, or a subject alternative name of a kind. */
export const CERTIFICATE_FIELDS = ['commonName', 'dns', 'email', 'uri'] as const;
export type CertificateField = (typeof CERTIFICATE_FIELDS)[number];

const PREFIXES = { dns: 'DNS:', email: 'email:', uri: 'URI:' } as const;

/** The user that a verified certificate is for. Undefined when it has no such name, or several: which was meant would be a guess. */
export function certificateUser(
  { subject, subjectaltname }: Partial<Pick<PeerCertificate, 'subject' | 'subjectaltname'>>,
  field: CertificateField,
): string | undefined {
  const names =
    field === 'commonName' ? [commonNameOf(subject)].flat() : alternativeNames(subjectaltname, PREFIXES[field]);
  const [name, ...others] = names.filter((each) => each !== undefined);
  return name === undefined || name === '' || others.length > 0 || hasControls(name) ? undefined : name;
}

/** A list when the subject has several, whatever the type says. */
const commonNameOf = (subject: PeerCertificate['subject'] | undefined): string | readonly string[] | undefined =>
  subject?.CN;

/** A name that holds a comma or a quote is quoted there, as JSON: it is no name of ours.
 *  https://nodejs.org/api/tls.html#certificate-object */
function alternativeNames(text: string | undefined, prefix: string): readonly string[] {
  if (text === undefined || text.includes('"')) return [];
  return text.split(', ').flatMap((entry) => (entry.startsWith(prefix) ? [entry.slice(prefix.length)] : []));
}
