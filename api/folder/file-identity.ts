import type { BigIntStats } from 'node:fs';

declare const brand: unique symbol;

/** Tells whether a file is still the one that was looked at: device, inode, size and time of the last change.
 *  Two equal identities mean equal bytes, unless somebody changed a file in place and put its time back. */
export type FileIdentity = string & { readonly [brand]: 'FileIdentity' };

export const identityOf = ({ dev, ino, size, mtimeNs }: BigIntStats): FileIdentity =>
  `${dev}:${ino}:${size}:${mtimeNs}` as FileIdentity;

/** The identity of `size` bytes from `offset` on of an archive's. */
export const identityWithin = (archive: FileIdentity, offset: number, size: number): FileIdentity =>
  `${offset}+${size}@${archive}` as FileIdentity;

/** File systems stamp changes with a clock that stands still for some milliseconds, so a file that changed just now may
 *  change once more without a new identity. What is learned of it is not remembered until it has settled. */
const SETTLED_AFTER_MS = 50;

export const isSettled = (identity: FileIdentity): boolean => ageOf(identity) > SETTLED_AFTER_MS;

/** How long ago the file changed, in milliseconds. */
export const ageOf = (identity: FileIdentity): number =>
  Date.now() - Number(BigInt(identity.slice(identity.lastIndexOf(':') + 1)) / 1_000_000n);
