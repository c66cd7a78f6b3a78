import { isHost, isRepositoryName, type Host, type Repository } from '../oci/repository.ts';
import { isTag, type Tag } from '../oci/reference.ts';

/** How images are to be called here, other than they call themselves. */
export interface Naming {
  /** Instead of the name inside. */
  readonly as?: { readonly repository: string; readonly tag?: Tag };
  /** Before every name. */
  readonly prefix?: string;
}

/** Reads `NAME[:TAG]` of `--as`: a name here, `team/app:v1` or `quay.io/team/app`. Undefined when it is none. */
export function parseAs(text: string): { repository: string; tag?: Tag } | undefined {
  const colon = text.lastIndexOf(':');
  const hasTag = colon > text.lastIndexOf('/');
  const repository = hasTag ? text.slice(0, colon) : text;
  const tag = hasTag ? text.slice(colon + 1) : undefined;
  if (toRepository(repository) === undefined || (tag !== undefined && !isTag(tag))) return undefined;
  return { repository, ...(tag !== undefined && { tag }) };
}

/** The repository that a full name means here: a first component with a port is a host. Undefined when no client can ask for it. */
function toRepository(full: string): Repository | undefined {
  const slash = full.indexOf('/');
  const first = full.slice(0, Math.max(slash, 0));
  if (first.includes(':')) {
    const name = full.slice(slash + 1);
    return isHost(first) && isRepositoryName(name) ? { host: first as Host, name } : undefined;
  }
  return isRepositoryName(full) ? { name: full } : undefined;
}

/** The repository here for one that calls itself `own`. Throws when there is no name, or none that can be had. */
export function nameHere(own: string | undefined, { as, prefix }: Naming): Repository {
  const named = as?.repository ?? own;
  if (named === undefined) throw new Error('no name is written inside: give one with --as NAME[:TAG]');
  const full = prefix === undefined ? named : `${prefix}/${named}`;
  const repo = toRepository(full);
  if (repo === undefined) throw new Error(`no client can ask for ${JSON.stringify(full)}: give another name with --as`);
  return repo;
}
