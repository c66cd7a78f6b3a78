import { algorithmOf, isDigest } from './digest.ts';
import { isTag, type Reference } from './reference.ts';
import {
  DOCKER_HUB,
  isHost,
  isRepositoryName,
  looksLikeHost,
  parseHost,
  type Host,
  type Repository,
} from './repository.ts';

/** A repository that says where it lives. */
export interface HostedRepository extends Repository {
  readonly host: Host;
}

/** An image as `docker pull` means it, wherever it lives. */
export interface PullReference {
  readonly repo: HostedRepository;
  readonly reference: Reference;
}

/** What was typed is no image; the message quotes it and says in a sentence what is wrong. */
export class InvalidPullReference extends Error {
  override readonly name = 'InvalidPullReference';

  constructor(text: string, wrong: string) {
    super(`${JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text)} ${wrong}`);
  }
}

/** Parses what people type after `docker pull`: `nginx:1.27`, `prom/prometheus:v2`, `localhost:5000/x:v1`,
 *  `quay.io/coreos/flannel@sha256:…`; of a tag and a digest the digest counts. Without `defaultTag` one of them has to be
 *  there. Throws {@link InvalidPullReference}.
 *  https://github.com/distribution/reference/blob/v0.6.0/normalize.go */
export function parsePullReference(text: string, options: { readonly defaultTag?: string } = {}): PullReference {
  const { name, tag = options.defaultTag, digest } = split(text);
  checkForm(text);
  const repo = parseName(name, text);
  const checkedTag = tag === undefined ? undefined : parseTag(tag, text);
  const reference = digest === undefined ? checkedTag : parseDigestOf(digest, text);
  if (reference !== undefined) return { repo, reference };
  throw new InvalidPullReference(
    text,
    `has no tag: write ${JSON.stringify(`${text}:latest`)}, or the tag that is meant`,
  );
}

/** The same without tag and digest: `nginx`, `quay.io/coreos/flannel`. Throws {@link InvalidPullReference}. */
export function parsePullRepository(text: string): HostedRepository {
  const { name, tag, digest } = split(text);
  checkForm(text);
  if (digest !== undefined) throw new InvalidPullReference(text, 'carries a digest: only the name belongs here');
  if (tag !== undefined) throw new InvalidPullReference(text, 'carries a tag: only the name belongs here');
  return parseName(name, text);
}

/** A tag, or a digest that we can check. Throws {@link InvalidPullReference}. */
export function parseTagOrDigest(text: string): Reference {
  return text.includes(':') ? parseDigestOf(text, text) : parseTag(text, text);
}

function split(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  return {
    name: hasTag ? named.slice(0, colon) : named,
    ...(hasTag && { tag: named.slice(colon + 1) }),
    ...(at >= 0 && { digest: text.slice(at + 1) }),
  };
}

/** What people write that is no reference at all, each with its own way out. */
function checkForm(text: string): void {
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  if (scheme !== undefined)
    throw new InvalidPullReference(text, `begins with ${JSON.stringify(scheme)}: leave that out`);
  if (text.trim() === '') throw new InvalidPullReference(text, 'is empty: an image is wanted, as in "alpine:3.19"');
  if (/\s/.test(text))
    throw new InvalidPullReference(text, 'has a space in it: one image is wanted, as in "alpine:3.19"');
  // Docker takes 64 digits for an image's ID, and sha256 for the name of an image on Docker Hub.
  if (/^(?:(?:sha256:)?[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text)) {
    throw new InvalidPullReference(text, 'is a digest alone: write it after a name, as in "alpine@sha256:…"');
  }
}

function parseName(text: string, whole: string): HostedRepository {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const host = looksLikeHost(first) ? checkHost(first, whole) : DOCKER_HUB;
  const path = looksLikeHost(first) ? text.slice(slash + 1) : text;
  // Docker Hub keeps its official images under `library/`, which nobody writes.
  const name = host === DOCKER_HUB && path !== '' && !path.includes('/') ? `library/${path}` : path;
  if (isRepositoryName(name)) return { host, name };
  throw new InvalidPullReference(whole, wrongName(path));
}

function wrongName(name: string): string {
  if (name === '') return 'has no name';
  const lower = name.toLowerCase();
  if (isRepositoryName(lower) && lower !== name) {
    return `has upper case in ${JSON.stringify(name)}: write ${JSON.stringify(lower)}`;
  }
  return 'has a name that cannot be one: lower case letters and digits are wanted, with ".", "_", "-" and "/" between them';
}

function checkHost(text: string, whole: string): Host {
  // A port beyond these is none, which would only show when it is dialled.
  const port = /:([0-9]+)$/.exec(text)?.[1];
  if (isHost(text) && Number(port ?? 0) <= 65_535) return parseHost(text);
  throw new InvalidPullReference(whole, `has a host that cannot be one: ${JSON.stringify(text)}`);
}

function parseTag(tag: string, whole: string): Reference {
  if (isTag(tag)) return tag;
  const wrong =
    tag === whole ? 'is no tag' : tag === '' ? 'ends in a colon without a tag' : 'has a tag that cannot be one';
  throw new InvalidPullReference(
    whole,
    `${wrong}: letters, digits, "_", "." and "-" are wanted, 128 at most, "." and "-" not first`,
  );
}

function parseDigestOf(digest: string, whole: string): Reference {
  if (isDigest(digest) && algorithmOf(digest) !== undefined) return digest;
  const wrong = digest === whole ? 'is neither tag nor digest' : 'has a digest that cannot be one';
  throw new InvalidPullReference(whole, `${wrong}: sha256: and 64 hex digits are wanted, in lower case`);
}
