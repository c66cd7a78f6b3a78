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
