import { setTimeout as delay } from 'node:timers/promises';
import { MIB } from '../bytes.ts';
import { holdDownloads } from '../load/held-downloads.ts';
import { residentBytes } from '../process-tree.ts';
import type { Scenario } from './scenario.ts';
import { largeBlob } from './targets.ts';

const IDLE_AFTER_MS = 1_000;
const SAMPLE_MS = 50;

/** A server that has done nothing yet, then with 100 clients in the middle of the large layer. */
const memory: Scenario = {
  name: 'memory',
  title: 'resident memory idle, and with 100 downloads of 512 MiB',
  images: 'few',
  programs: [],
  fresh: true,
  rounds: { full: 3, quick: 1 },
  measures: {
    idle: { unit: 'MiB, idle', better: 'less' },
    downloads: { unit: 'MiB', better: 'less' },
  },
  target: largeBlob,
  measure: async (server, { path }) => {
    await delay(IDLE_AFTER_MS);
    const idle = residentBytes(server.pid);
    let most = idle;
    const timer = setInterval(() => (most = Math.max(most, residentBytes(server.pid))), SAMPLE_MS);
    try {
      await holdDownloads(new URL(server.url(path)), { clients: 100, bytes: 16 * MIB, holdMs: 1_000, limitMs: 30_000 });
    } finally {
      clearInterval(timer);
    }
    return { idle: idle / MIB, downloads: most / MIB };
  },
};

export const memoryScenarios: readonly Scenario[] = [memory];
