import { Store } from '../api/store/store.ts';
import { verify as verifyStore } from '../api/verify/verify.ts';
import type { Call } from './command.ts';
import { compose } from './compose.ts';
import { formatSize } from './format.ts';
import { parsePatterns } from './pattern.ts';
import { createProgress } from './progress.ts';
import { formatVerifyJson, formatVerifyTable } from './verify-report.ts';

/** Hashes images again; throws when something is bad. */
export async function verify({ config, log, args, options, print }: Call): Promise<void> {
  const matches = args.length === 0 ? undefined : parsePatterns(args);
  const quarantine = options['quarantine'] === true;
  await using composed = await compose(config, log);
  const { folders } = composed;
  using store = new Store(folders[0]!.root);
  const progress = createProgress({
    stream: process.stderr,
    quiet: options['quiet'] === true,
    terminal: process.stderr.isTTY,
    colour: config.log.colour,
  });
  using _ = { [Symbol.dispose]: () => progress.end() };
  const report = await verifyStore(store, folders, { ...(matches && { matches }), quarantine, progress });
  progress.end();
  const { images, files, bytes, bad } = report;
  if (options['json'] === true) print(formatVerifyJson(report));
  else if (bad.length > 0) print(formatVerifyTable(report, { quarantine }));
  const checked = `${images} images, ${files} files, ${formatSize(bytes)}`;
  if (bad.length > 0) throw new Error(`${bad.length} bad, of ${checked}`);
  progress.finished(`all good: ${checked}`);
}
