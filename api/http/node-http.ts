import { createRequire } from 'node:module';
import type * as http from 'node:http';

// By `import`, each of the module's exports would be read, and reading `WebSocket` loads a whole HTTP client: 45 ms of every
// start and 14 MiB for good.
const require = createRequire(import.meta.url);
export const { createServer, STATUS_CODES } = require('node:http') as typeof http;
