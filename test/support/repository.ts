import { parseHost, parseRepositoryName, type Repository } from '../../api/oci/repository.ts';
import { parseReference, type Reference } from '../../api/oci/reference.ts';

export const repo = (name: string, host?: string): Repository => ({
  ...(host !== undefined && { host: parseHost(host) }),
  name: parseRepositoryName(name),
});

export const ref = (text: string): Reference => parseReference(text);
