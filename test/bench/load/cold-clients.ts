// Many clients that download the same at once, as a process of its own: `cold-clients.ts JSON`, of a ClientsJob.
// Prints what became of each, as JSON.
import { coldDownload, type ColdDownload } from './cold-download.ts';
import type { ClientsJob } from './pull-at-once.ts';

const BUFFER_BYTES = 256 * 1024;
const WARM_UPS = 10;

const { urls, clientsOfEach, warmUp } = JSON.parse(process.argv[2]!) as ClientsJob;
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

const all = (from: readonly string[]): Promise<ColdDownload[]> =>
  Promise.all(from.flatMap((url) => Array.from({ length: clientsOfEach }, () => coldDownload(new URL(url), buffer))));

// The first connections of a program are slow, whoever is at the other end.
for (let i = 0; i < WARM_UPS; i++) await all([warmUp]);
process.stdout.write(JSON.stringify(await all(urls)));
