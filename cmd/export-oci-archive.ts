import { planOciArchive } from '../api/export/oci-archive.ts';
import type { Platform } from '../api/oci/descriptor.ts';
import { parsePlatform } from '../api/oci/platform.ts';
import type { Call } from './command.ts';
import { compose } from './compose.ts';
import { reasonOf, UsageError } from './failure.ts';
import { formatSize } from './format.ts';
import { parseImageReference } from './image-reference.ts';
import { printable } from './printable.ts';
import { replaceFile } from './replace-file.ts';
import { stopSignal } from './shutdown.ts';

/** Writes images into one archive, which other tools read. */
export async function exportOciArchive({ config, log, args, options }: Call): Promise<void> {
  const images = args.map(parseImageReference);
  const file = outputOf(options['out'] as string | undefined);
  const platform = platformOf(options['platform'] as string | undefined);
  await using composed = await compose(config, log);
  const archive = await planOciArchive(composed.registry, images, { platform });
  for (const note of archive.notes) log.warn(note);

  if (file === undefined) await writeToStdout(archive.bytes());
  else await replaceFile(file, archive.bytes(), whenStopped());
  const count = archive.images === 1 ? '1 image' : `${archive.images} images`;
  process.stderr.write(`exported ${count}, ${formatSize(archive.size)}, to ${printable(file ?? 'standard output')}\n`);
}

/** The file to write; undefined for standard output. */
function outputOf(out: string | undefined): string | undefined {
  if (out === '') throw new UsageError('--out "": allowed: a file, or - for standard output');
  if (out === undefined && process.stdout.isTTY) {
    throw new UsageError('an archive is not for a terminal: name a file with --out FILE, or redirect standard output');
  }
  return out === '-' ? undefined : out;
}

function platformOf(text: string | undefined): Platform | undefined {
  const platform = text === undefined ? undefined : parsePlatform(text);
  if (platform || text === undefined) return platform;
  throw new UsageError(`--platform ${JSON.stringify(text)}: allowed: os/architecture[/variant], like linux/arm64/v8`);
}

/** A half-written file is removed before the program ends; a second signal ends it at once. */
function whenStopped(): AbortSignal {
  const controller = new AbortController();
  void stopSignal(() => process.exit(1)).then((name) => controller.abort(new Error(`stopped by ${name}`)));
  return controller.signal;
}

async function writeToStdout(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(chunk, (err) => {
        if (err) reject(new Error(`standard output: ${reasonOf(err)}`, { cause: err }));
        else resolve();
      });
    });
  }
}
