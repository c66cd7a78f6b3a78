import { RangeNotSatisfiable, type ByteRange } from '../oci/byte-range.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isUnknown, UpstreamError } from '../oci/errors.ts';
import type { Repository } from '../oci/repository.ts';
import type { Blob } from '../registry.ts';
import { formatRange, openPart, RANGE_STATUSES, type OpenedPart } from './blob-part.ts';
import { parseContentRange, parseLength, parseUnsatisfiedRange } from './content-range.ts';
import type { Patience } from './deadline.ts';
import type { Endpoint } from './endpoint.ts';
import { RemoteBody } from './remote-body.ts';
import { discard, headerOf } from './transport.ts';
import type { Asking, Question, TakeStep, Upstream } from './upstream.ts';

/** With these a storage service refuses a HEAD whose link was signed for GET. */
const REFUSED_HEAD = [400, 403, 405, 501];

/** Which blob, of which upstream. */
export interface BlobSource {
  readonly upstream: Upstream;
  readonly repo: Repository;
  readonly digest: Digest;
  /** Its size, where a descriptor says it. */
  readonly size?: number | undefined;
}

/** What an upstream says of a blob without sending it. */
export function statRemoteBlob(source: BlobSource, patience: Patience): Promise<Descriptor> {
  return source.upstream.ask(questionOf('HEAD', source), patience, async (asking) => {
    const size = await asking.first((take) => sizeOf(take, source.digest, asking.subject));
    return descriptorOf(source.digest, size);
  });
}

/** Opens a blob, or a part of it, at the first endpoint that has it. Only the signal of the patience goes on to count
 *  once it is open. */
export function openRemoteBlob(source: BlobSource, range: ByteRange | undefined, patience: Patience): Promise<Blob> {
  return source.upstream.ask(questionOf('GET', source), patience, (asking) => new Download(source, asking).open(range));
}

/** The bytes of one blob, over as many connections as it takes. */
class Download {
  readonly #source: BlobSource;
  readonly #asking: Asking;
  /** Where the bytes came from last, and how they are called there. */
  #endpoint: Endpoint | undefined;
  #etag: string | undefined;

  constructor(source: BlobSource, asking: Asking) {
    this.#source = source;
    this.#asking = asking;
  }

  async open(range: ByteRange | undefined): Promise<Blob> {
    const { digest, upstream } = this.#source;
    const { subject, signal } = this.#asking;
    const part = await this.#openAnywhere(range).catch((err: unknown) => {
      // Of nothing every range is the whole.
      if (err instanceof RangeNotSatisfiable && err.size === 0) return this.#openAnywhere(undefined);
      throw err;
    });
    const { size, span } = part;
    const reopen = (position: number): Promise<OpenedPart> => this.#reopen(position, part);
    const { clock, bandwidth } = upstream;
    const ended = (broken?: string): void => this.#endpoint?.breaker.bodyEnded(broken);
    const body = new RemoteBody({ digest, size, span, subject, reopen, signal, clock, bandwidth, ended }, part);
    return { descriptor: descriptorOf(digest, size), ...(span && { span }), body };
  }

  async #reopen(position: number, { size, span }: OpenedPart): Promise<OpenedPart> {
    const where = `${this.#asking.subject}: lost at byte ${position} of ${size}`;
    this.#source.upstream.log.info(`${where}, going on from there`);
    try {
      return await this.#openAnywhere({ first: position, last: span?.end ?? size - 1 }, size);
    } catch (cause) {
      if (!isUnknown(cause) && !(cause instanceof RangeNotSatisfiable)) throw cause;
      throw new UpstreamError('failed', `${where}: ${cause.message}`, { cause });
    }
  }

  #openAnywhere(range: ByteRange | undefined, size = this.#source.size): Promise<OpenedPart> {
    const endpoints = startingAt(this.#source.upstream.endpoints, this.#endpoint);
    return this.#asking.first((take, endpoint) => this.#openAt(endpoint, take, range, size), {
      endpoints,
      gives: 'beginning',
    });
  }

  async #openAt(
    endpoint: Endpoint,
    take: TakeStep,
    range: ByteRange | undefined,
    size: number | undefined,
  ): Promise<OpenedPart> {
    const { digest } = this.#source;
    const { subject } = this.#asking;
    const etag = endpoint === this.#endpoint ? this.#etag : undefined;
    const answer = await take({
      path: `blobs/${digest}`,
      headers: { ...(range && { range: formatRange(range) }), ...(etag !== undefined && { 'if-range': etag }) },
      expects: RANGE_STATUSES,
    });
    const part = openPart(answer, { range, size, subject });
    if (part === undefined) return this.#openAt(endpoint, take, range, await sizeOf(take, digest, subject));
    this.#endpoint = endpoint;
    this.#etag = part.etag;
    return part;
  }
}

/** The size of a blob, by HEAD; by its first byte where that does not tell. */
async function sizeOf(take: TakeStep, digest: Digest, subject: string): Promise<number> {
  const path = `blobs/${digest}`;
  const head = await take({ method: 'HEAD', path, expects: REFUSED_HEAD });
  discard(head);
  const length = head.status === 200 ? parseLength(headerOf(head, 'content-length')) : undefined;
  if (length !== undefined) return length;

  const answer = await take({ method: 'GET', path, headers: { range: 'bytes=0-0' }, expects: RANGE_STATUSES });
  discard(answer);
  const range = headerOf(answer, 'content-range');
  const size =
    answer.status === 200
      ? parseLength(headerOf(answer, 'content-length'))
      : (parseContentRange(range)?.total ?? parseUnsatisfiedRange(range));
  if (size === undefined) throw new UpstreamError('invalid', `${subject}: it does not say how long the blob is`);
  return size;
}

/** All of them, from one on. */
function startingAt(endpoints: readonly Endpoint[], first: Endpoint | undefined): readonly Endpoint[] {
  const at = first === undefined ? 0 : endpoints.indexOf(first);
  return [...endpoints.slice(at), ...endpoints.slice(0, at)];
}

const questionOf = (method: Question['method'], { repo, digest }: BlobSource): Question => ({
  method,
  repo,
  object: `@${digest}`,
  unknown: 'BLOB_UNKNOWN',
});

const descriptorOf = (digest: Digest, size: number): Descriptor => ({
  mediaType: 'application/octet-stream',
  digest,
  size,
});
