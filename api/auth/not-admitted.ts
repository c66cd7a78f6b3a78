/** Why somebody is not let in: who they are is not known, they may not, or it cannot be found out just now. */
export type RefusalKind = 'unauthorized' | 'denied' | 'busy';

/** Somebody is not let in. */
export class NotAdmitted extends Error {
  override readonly name = 'NotAdmitted';
  readonly kind: RefusalKind;
  /** How to log in, the value of `WWW-Authenticate`; with `unauthorized` only. */
  readonly challenge: string | undefined;
  /** Who it is, where that is known. */
  readonly user: string | undefined;

  constructor(
    kind: RefusalKind,
    message: string,
    options: { challenge?: string; user?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.challenge = options.challenge;
    this.user = options.user;
  }
}
