import { parseDigest } from '../api/oci/digest.ts';
import { RegistryError } from '../api/oci/errors.ts';
import { parseReference, type Reference } from '../api/oci/reference.ts';
import { parseHost, parseRepositoryName, type Repository } from '../api/oci/repository.ts';
import { UsageError } from './failure.ts';

/** An image as people name it. */
export interface ImageReference {
  readonly repo: Repository;
  readonly reference: Reference;
}

/** Parses `repository[:tag][@digest]`; the digest says more than the tag, and `latest` is what no one says. A first component
 *  with a port is a host. Throws UsageError. */
export function parseImageReference(text: string): ImageReference {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  try {
    const repo = parseRepository(hasTag ? named.slice(0, colon) : named);
    const tag = parseReference(hasTag ? named.slice(colon + 1) : 'latest');
    return { repo, reference: at < 0 ? tag : parseDigest(text.slice(at + 1)) };
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause;
    throw new UsageError(`${JSON.stringify(text)} is no image: ${cause.message}`, { cause });
  }
}

function parseRepository(text: string): Repository {
  const [first = '', ...rest] = text.split('/');
  if (!first.includes(':')) return { name: parseRepositoryName(text) };
  return { host: parseHost(first), name: parseRepositoryName(rest.join('/')) };
}
