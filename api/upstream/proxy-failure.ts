/** A proxy could not be reached, which `cause` says, or does not let us through. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  /** Without credentials. */
  readonly origin: string;
  /** What it answered, if it did. */
  readonly status: number | undefined;

  constructor({ origin }: URL, { status, cause }: { status?: number; cause?: unknown }) {
    super(`the proxy ${origin} failed`, { cause });
    this.origin = origin;
    this.status = status;
  }
}
