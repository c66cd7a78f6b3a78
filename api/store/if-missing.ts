/** For `catch`: what is not there is undefined, anything else is thrown. */
export function ifMissing(err: NodeJS.ErrnoException): undefined {
  if (err.code === 'ENOENT') return undefined;
  throw err;
}
