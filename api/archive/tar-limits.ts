/** What one archive may ask of us; with more it is an InvalidArchive. */
export interface TarLimits {
  /** Entries of any kind. */
  readonly entries: number;
  /** Extended headers and long names in all, and the largest one; in bytes. */
  readonly headerBytes: number;
  readonly oneHeaderBytes: number;
  /** Names and targets of links in all, which are kept in memory, and the longest one; in bytes. */
  readonly nameBytes: number;
  readonly pathBytes: number;
}

/** Enough for a million entries with 500 bytes of PAX and 128 of name each; Linux has no longer paths. */
export const DEFAULT_TAR_LIMITS: TarLimits = {
  entries: 1_000_000,
  headerBytes: 1024 * 1024 * 1024,
  oneHeaderBytes: 1024 * 1024,
  nameBytes: 128 * 1024 * 1024,
  pathBytes: 4096,
};
