/** A path below another, of which the empty one is the folder itself. */
export const join = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);
