import type { Log } from '../log.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { algorithmOf, digestOf, isDigest, type Digest } from '../oci/digest.ts';
import { RegistryError, UpstreamError } from '../oci/errors.ts';
import { InvalidManifest, parseJson, parseManifest } from '../oci/manifest.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../oci/media-types.ts';
import { isDigestReference, type Reference } from '../oci/reference.ts';
import type { Manifest } from '../registry.ts';
import { parseLength } from './content-range.ts';
import { headerOf, type WireAnswer } from './transport.ts';

/** All that we serve, in one line: some registries say 404 to who does not ask for a manifest's type, GHCR and
 *  Distribution among them. */
export const ACCEPT_MANIFESTS = [
  DOCKER_MANIFEST,
  DOCKER_LIST,
  OCI_MANIFEST,
  OCI_INDEX,
  'application/vnd.oci.artifact.manifest.v1+json',
].join(', ');

interface Asked {
  readonly reference: Reference;
  /** Who was asked what, for messages. */
  readonly subject: string;
}

type Headed = Pick<WireAnswer, 'headers'>;

/** What the headers alone say of a manifest; undefined when that is not enough, and the manifest must be read. */
export function describeHead(answer: Headed, asked: Asked): Descriptor | undefined {
  const { reference } = asked;
  const mediaType = contentTypeOf(answer);
  if (isSchema1Type(mediaType)) throw schema1(asked);
  const digest = isDigestReference(reference) ? reference : claimedDigest(answer);
  const size = parseLength(headerOf(answer, 'content-length'));
  if (digest === undefined || size === undefined || size === 0 || !isManifestType(mediaType)) return undefined;
  return { mediaType, digest, size };
}

/** A manifest, held against all that is said of it. Throws UpstreamError `invalid`; MANIFEST_UNKNOWN for Docker
 *  schema 1, which is not passed on. */
export function checkManifest(answer: Headed, bytes: Buffer, asked: Asked, log: Log): Manifest {
  const { reference, subject } = asked;
  const length = parseLength(headerOf(answer, 'content-length'));
  if (length !== undefined && length !== bytes.length) {
    throw new UpstreamError('invalid', `${subject}: ${bytes.length} bytes, expected ${length}`);
  }
  const expected = isDigestReference(reference) ? reference : claimedDigest(answer);
  const digest = digestOf(bytes, expected && algorithmOf(expected));
  if (expected !== undefined && digest !== expected) {
    throw new UpstreamError('invalid', `${subject}: its content is ${digest}, not ${expected}`);
  }
  const given = contentTypeOf(answer);
  const mediaType = typeOf(bytes, given, asked);
  if (isManifestType(given) && isManifestType(mediaType) && given !== mediaType) {
    log.warn(`${subject}: it says that it is ${mediaType}, and was sent as ${given}`);
  }
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

function typeOf(bytes: Buffer, given: string, asked: Asked): string {
  try {
    return parseManifest(bytes, given).mediaType;
  } catch (err) {
    if (!(err instanceof InvalidManifest)) throw err;
    if (isSchema1Type(given) || isSchema1(bytes)) throw schema1(asked);
    throw new UpstreamError('invalid', `${asked.subject}: no manifest: ${err.message}`, { cause: err });
  }
}

/** By tag: the digest that it is said to have, if that is one we can check. */
function claimedDigest(answer: Headed): Digest | undefined {
  const claimed = headerOf(answer, 'docker-content-digest')?.trim();
  return isDigest(claimed) && algorithmOf(claimed) !== undefined ? claimed : undefined;
}

/** Without parameters. */
export const contentTypeOf = (answer: Headed): string =>
  (headerOf(answer, 'content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();

const isSchema1Type = (mediaType: string): boolean => mediaType.startsWith(DOCKER_SCHEMA1.replace('+json', ''));

function isSchema1(bytes: Buffer): boolean {
  try {
    const { schemaVersion, fsLayers } = parseJson(bytes);
    return schemaVersion === 1 || fsLayers !== undefined;
  } catch {
    return false;
  }
}

const schema1 = ({ subject, reference }: Asked): RegistryError =>
  new RegistryError('MANIFEST_UNKNOWN', `${subject}: a Docker schema 1 manifest, which no client takes any more`, {
    detail: { reference },
  });
