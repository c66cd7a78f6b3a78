import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, isDigest, splitDigest, type Digest } from '../oci/digest.ts';
import { formatRepository, parseHost, parseRepositoryName, type Repository } from '../oci/repository.ts';
import { replaceFile } from '../store/durable.ts';

/** Which blobs are about to be taken out of a repository's layout, so that a process that dies meanwhile leaves word of what is
 *  still to be done. Read and written under the repository's lock. */
export class RemovalJournal {
  readonly #folder: string;

  /** `folder` is made when there is something to write. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The repositories where somebody died, or is at it now. */
  async repositories(): Promise<Repository[]> {
    const names = await readdir(this.#folder).catch(noneIfMissing);
    const notes = await Promise.all(names.map((name) => read(join(this.#folder, name))));
    return notes.flatMap((note) => (note ? [note.repo] : []));
  }

  async read(repo: Repository): Promise<readonly Digest[]> {
    return (await read(this.#path(repo)))?.digests ?? [];
  }

  async write(repo: Repository, digests: readonly Digest[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await replaceFile(this.#path(repo), JSON.stringify({ repository: repo, digests }));
  }

  async clear(repo: Repository): Promise<void> {
    await rm(this.#path(repo), { force: true });
  }

  #path(repo: Repository): string {
    return join(this.#folder, splitDigest(digestOf(Buffer.from(formatRepository(repo)))).encoded);
  }
}

interface Note {
  readonly repo: Repository;
  readonly digests: readonly Digest[];
}

async function read(path: string): Promise<Note | undefined> {
  try {
    const { repository, digests } = JSON.parse(await readFile(path, 'utf8')) as {
      repository: { host?: string; name: string };
      digests: unknown[];
    };
    const { host, name } = repository;
    const repo = { ...(host !== undefined && { host: parseHost(host) }), name: parseRepositoryName(name) };
    return { repo, digests: digests.filter(isDigest) };
  } catch {
    // Just now taken away by who wrote it, or a temporary; it is never half written.
    return undefined;
  }
}

function noneIfMissing(err: NodeJS.ErrnoException): [] {
  if (err.code === 'ENOENT') return [];
  throw err;
}
