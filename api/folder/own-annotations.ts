import type { Descriptor } from '../oci/descriptor.ts';

/** What we write beside a manifest in an `index.json`, so that the layout remembers it for good. */
const PREFIX = 'io.github.ociregistry.';

/** Where it came from: a reference, or the path of a file. */
export const SOURCE = `${PREFIX}source`;
/** When it was fetched or loaded, RFC 3339 in UTC. */
export const FETCHED = `${PREFIX}fetched`;
/** Since when its tag has been another manifest's. */
export const REPLACED = `${PREFIX}replaced`;

/** That it is here because somebody pulled it: it is looked up again, and may go when room is needed. */
export const CACHED = `${PREFIX}cached`;

/** Whether it was kept by the pull-through, and nobody loaded it. */
export const isCached = ({ annotations }: Descriptor): boolean => annotations?.[CACHED] !== undefined;

/** Whether we wrote it, and no person or other tool. */
export const isOwn = ({ annotations }: Descriptor): boolean => annotations?.[FETCHED] !== undefined;
