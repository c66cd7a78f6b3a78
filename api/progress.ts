/** Told by a load how far it is. Every method returns at once and never throws. */
export interface LoadProgress {
  /** So many bytes more have to be moved; less than none when there turn out to be fewer. */
  expect(bytes: number): void;
  /** A blob's bytes begin to come. `name` is short, `sha256:1d34ffeaf190`; `size` in bytes. */
  start(blob: { readonly name: string; readonly size: number }): BlobProgress;
  /** An image, or whatever else was asked for, is there: one line that says so. */
  finished(line: string): void;
}

/** How far one blob is. */
export interface BlobProgress {
  /** So many bytes came; less than none when some are lost and come again, after a retry. */
  advance(bytes: number): void;
  /** No more will come: it is there, or it was given up. */
  end(): void;
}

/** For who does not want to know. */
export const silentProgress: LoadProgress = {
  expect: () => undefined,
  start: () => ({ advance: () => undefined, end: () => undefined }),
  finished: () => undefined,
};
