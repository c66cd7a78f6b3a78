import { opendir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { ReadinessReason } from './admin-parts.ts';

/** A folder that has not answered by then counts as unreadable: a network file system may never. */
const FOLDER_MS = 2_000;

interface ReadinessOptions {
  /** What is served. */
  readonly folders: () => readonly string[];
  /** Whether what is fetched cannot be kept, as nothing can go to make room for it. */
  readonly isDiskFull: () => boolean;
  /** Whether what lies in the folders is known by now. */
  readonly isIndexed: () => boolean;
}

/** Whether images can be served. */
export class Readiness {
  readonly #options: ReadinessOptions;
  /** How each folder does, while it is being found out. */
  readonly #looking = new Map<string, Promise<ReadinessReason[]>>();
  #isStopping = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Answers in progress end, and no more come. */
  stopping(): void {
    this.#isStopping = true;
  }

  /** Why they cannot; none when they can. */
  async reasons(): Promise<readonly ReadinessReason[]> {
    const { folders, isDiskFull, isIndexed } = this.#options;
    const unreadable = await Promise.all(folders().map((folder) => this.#look(folder)));
    return [
      ...(this.#isStopping ? [reason('STOPPING', 'the server stops')] : []),
      ...unreadable.flat(),
      ...(isDiskFull() ? [reason('DISK_FULL', 'too little is free on the disk, and nothing can be evicted')] : []),
      ...(isIndexed() ? [] : [reason('FIRST_INDEX_RUNNING', 'archives are looked into for the first time')]),
    ];
  }

  /** Whoever asks meanwhile waits for the same look, so that a folder that hangs takes one thread, and not all. */
  async #look(folder: string): Promise<ReadinessReason[]> {
    const looking = this.#looking.get(folder) ?? this.#begin(folder);
    const late = setTimeout(FOLDER_MS, [reason('FOLDER_UNREADABLE', `${folder} does not answer`)], { ref: false });
    return Promise.race([looking, late]);
  }

  #begin(folder: string): Promise<ReadinessReason[]> {
    const looking = lookInto(folder).finally(() => this.#looking.delete(folder));
    this.#looking.set(folder, looking);
    return looking;
  }
}

async function lookInto(folder: string): Promise<ReadinessReason[]> {
  try {
    await using directory = await opendir(folder);
    await directory.read();
    return [];
  } catch (err) {
    return [reason('FOLDER_UNREADABLE', (err as Error).message)];
  }
}

const reason = (code: ReadinessReason['code'], message: string): ReadinessReason => ({ code, message });
