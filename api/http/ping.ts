import type { Handler } from './adapter.ts';

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support */
export const ping: Handler<'getBase'> = () => ({ status: 200, type: 'application/json', body: {} });
