import { openFolder as openFiles } from '../../api/folder/folder.ts';
import { FolderRegistry } from '../../api/folder/folder-registry.ts';
import { KnownDigests } from '../../api/folder/known-digests.ts';
import { keepingLog } from './keeping-log.ts';

interface Opened {
  readonly registry: FolderRegistry;
  readonly known: KnownDigests;
  /** What was logged. */
  readonly lines: string[];
}

/** A folder as the program opens it; with `memory` what was verified is remembered there. */
export async function openFolder(
  root: string,
  options: { prefix?: string; memory?: string; unpacked?: string } = {},
): Promise<Opened> {
  const { log, lines } = keepingLog();
  const known = await KnownDigests.open(options.memory, log);
  const folder = openFiles({ ...options, root, known });
  return { registry: new FolderRegistry({ ...options, folder, log }), known, lines };
}
