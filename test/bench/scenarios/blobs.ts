import { GIB } from '../bytes.ts';
import { download } from '../load/downloads.ts';
import { cpuSeconds } from '../process-tree.ts';
import type { Scenario } from './scenario.ts';
import { largeBlob } from './targets.ts';

/** Large layers, as fast as they come: `total` downloads, shared by the clients. */
const downloads = (clients: number, total: number): Scenario => ({
  name: `blob-512m-${clients}`,
  title: `blob of 512 MiB, ${clients === 1 ? 'one client' : `${clients} clients`}`,
  images: 'few',
  programs: ['curl'],
  fresh: false,
  rounds: { full: 7, quick: 2 },
  measures: {
    throughput: { unit: 'GiB/s', better: 'more' },
    cpu: { unit: 'CPU s/GiB', better: 'less' },
  },
  target: largeBlob,
  measure: async (server, { path, bytes }) => {
    const gigabytes = (bytes.size * total) / GIB;
    const before = cpuSeconds(server.pid);
    const seconds = await download(server.url(path), bytes.size, clients, total / clients);
    return { throughput: gigabytes / seconds, cpu: (cpuSeconds(server.pid) - before) / gigabytes };
  },
});

export const blobScenarios: readonly Scenario[] = [downloads(1, 4), downloads(8, 8)];
