import type { OutgoingHttpHeaders } from 'node:http';

/** What goes wrong with one answer. Members go together: `{ delayHeadersMs: 200, cutAfter: 1000 }`. Bytes are counted
 *  in the body of that answer, so that for a `Range` the first one is that of the range. */
export interface Fault {
  /** Answers so itself, without asking the upstream. */
  readonly answer?: { readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string };
  /** Answers 307 itself: to the same path at another origin. */
  readonly redirectTo?: string;
  /** So long nothing comes at all. */
  readonly delayHeadersMs?: number;
  /** Instead of, or beside those of the upstream. */
  readonly headers?: OutgoingHttpHeaders;
  /** `Content-Length` says so many bytes more than there are, or less; the connection is closed after the body. */
  readonly lengthOffBy?: number;
  /** Compresses the body, and says so. */
  readonly gzip?: boolean;
  /** Turns a bit of this byte; headers stay as they are. */
  readonly flipByteAt?: number;
  /** The connection ends after so many bytes. */
  readonly cutAfter?: number;
  /** Nothing more comes after so many bytes, until the client leaves. */
  readonly stallAfter?: number;
  /** The body trickles. */
  readonly bytesPerSecond?: number;
}

/** A challenge that no token is ever good enough for. */
export const UNAUTHORIZED: Fault = {
  answer: { status: 401, headers: { 'www-authenticate': 'Basic realm="faulty"' } },
};

export const BROKEN: Fault = { answer: { status: 500 } };

/** The body is what it should be, its header says another digest. */
export const LYING_DIGEST: Fault = { headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } };

export const tooManyRequests = (retryAfterSeconds: number): Fault => ({
  answer: {
    status: 429,
    headers: { 'retry-after': String(retryAfterSeconds), 'content-type': 'text/plain' },
    body: 'slow down\n',
  },
});
