import { join } from 'node:path';
import { runProgram } from '../run-program.ts';
import type { ColdDownload } from './cold-download.ts';

const CLIENTS = join(import.meta.dirname, 'cold-clients.ts');

export interface ClientsJob {
  readonly urls: readonly string[];
  readonly clientsOfEach: number;
  /** Something small to practise with. */
  readonly warmUp: string;
}

/** Has clients download URLs, all at once, in a process of their own; tells of each what became of it. */
export async function pullAtOnce(job: ClientsJob): Promise<ColdDownload[]> {
  return JSON.parse(await runProgram(process.execPath, [CLIENTS, JSON.stringify(job)])) as ColdDownload[];
}
