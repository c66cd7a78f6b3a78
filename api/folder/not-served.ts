import type { Digest } from '../oci/digest.ts';
import type { FileIdentity } from './file-identity.ts';

/** Something below the folder that is not served, and why. */
export class NotServed extends Error {
  override readonly name = 'NotServed';
  /** What a client may be told beside the message. */
  readonly detail: unknown;

  constructor(message: string, options: { cause?: unknown; detail?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.detail = options.detail;
  }
}

/** A file that is not what its name says. */
export class OtherContent extends NotServed {
  readonly path: string;
  readonly expected: Digest;
  readonly actual: Digest;
  readonly identity: FileIdentity;

  constructor(path: string, expected: Digest, actual: Digest, identity: FileIdentity) {
    super(`${path}: its content is ${actual}, not ${expected}`);
    this.path = path;
    this.expected = expected;
    this.actual = actual;
    this.identity = identity;
  }
}

/** What a disk that fails says. */
const DISK_FAILURES = new Set(['EIO', 'EUCLEAN', 'EBADMSG']);

/** An error that reading a file ended with, for others to be served all the same: NotServed when the disk failed, else itself. */
export function readFailure(path: string, err: unknown): unknown {
  const { code, message } = err as NodeJS.ErrnoException;
  if (!DISK_FAILURES.has(code ?? '')) return err;
  return new NotServed(`${path}: it cannot be read: ${message}`, { cause: err });
}
