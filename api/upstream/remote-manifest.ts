import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf } from '../oci/digest.ts';
import { RegistryError } from '../oci/errors.ts';
import { isDigestReference, type Reference } from '../oci/reference.ts';
import type { Repository } from '../oci/repository.ts';
import type { Manifest } from '../registry.ts';
import { readWhole } from './answer-body.ts';
import type { Patience } from './deadline.ts';
import { ACCEPT_MANIFESTS, checkManifest, describeHead } from './manifest-answer.ts';
import { discard } from './transport.ts';
import type { Asking, Question, Step, TakeStep, Upstream } from './upstream.ts';

/** With these a registry says that it does not answer HEAD. */
const NO_HEAD = [405, 501];

/** Which manifest, of which upstream. */
export interface ManifestSource {
  readonly upstream: Upstream;
  readonly repo: Repository;
  readonly reference: Reference;
  /** A larger one is refused. */
  readonly maxBytes: number;
}

/** What an upstream says of a manifest: by HEAD, which Docker Hub does not count as a pull; by GET where that does not
 *  tell enough. */
export function statRemoteManifest(source: ManifestSource, patience: Patience): Promise<Descriptor> {
  return source.upstream.ask(questionOf('HEAD', source), patience, (asking) =>
    asking.first(async (take) => {
      const answer = await take({ ...stepOf(source), expects: NO_HEAD });
      discard(answer);
      const { reference } = source;
      const head = answer.status === 200 ? describeHead(answer, { reference, subject: asking.subject }) : undefined;
      return head ?? (await read(take, source, asking)).descriptor;
    }),
  );
}

/** A manifest, checked. By tag its digest is the one that the upstream says, if that can be checked; else sha256. */
export function getRemoteManifest(source: ManifestSource, patience: Patience): Promise<Manifest> {
  return source.upstream.ask(questionOf('GET', source), patience, (asking) => readRemoteManifest(source, asking));
}

/** The same, as a part of another question. */
export function readRemoteManifest(source: ManifestSource, asking: Asking): Promise<Manifest> {
  return asking.first((take) => read(take, source, asking));
}

async function read(take: TakeStep, source: ManifestSource, asking: Asking): Promise<Manifest> {
  const { reference, maxBytes, upstream } = source;
  const answer = await take({ ...stepOf(source), method: 'GET' });
  const bytes = await readWhole(answer, maxBytes, asking);
  return checkManifest(answer, bytes, { reference, subject: asking.subject }, upstream.log);
}

const stepOf = ({ reference }: ManifestSource): Step => ({
  path: `manifests/${reference}`,
  headers: { accept: ACCEPT_MANIFESTS },
});

function questionOf(method: Question['method'], { repo, reference }: ManifestSource): Question {
  const isDigest = isDigestReference(reference);
  if (isDigest && algorithmOf(reference) === undefined) {
    const message = `the digest of ${reference} cannot be checked`;
    throw new RegistryError('MANIFEST_UNKNOWN', message, { detail: { reference } });
  }
  return { method, repo, object: `${isDigest ? '@' : ':'}${reference}`, unknown: 'MANIFEST_UNKNOWN' };
}
