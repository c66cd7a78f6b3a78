import { checkAuthFiles } from '../auth.ts';
import type { Call } from '../command.ts';
import { assertSafe } from './safety.ts';
import { describe, Problems } from '../failure.ts';
import { checkFolder } from '../images-folder.ts';
import { readTls } from '../tls.ts';
import { openEndpoints } from '../upstream-endpoints.ts';

/** Finds what `serve` would complain about at its start; opens no connection. By the time it is called flags, variables and file have been
 *  read. Throws {@link Problems}. */
export async function configCheck({ config, print }: Call): Promise<void> {
  const checks = [
    ...config.upstreams.map((upstream) => () => openEndpoints(upstream, process.env)),
    ...config.mounts.map(
      ({ path }) =>
        () =>
          checkFolder('mount', path),
    ),
    () => config.tls && readTls(config.tls),
    () => checkAuthFiles(config),
    () => Promise.resolve(config).then(assertSafe),
  ];
  const problems: string[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (err) {
      problems.push(...(err instanceof Problems ? err.problems : [describe(err)]));
    }
  }
  if (problems.length > 0) throw new Problems(problems);
  print(`${config.file ?? 'flags and environment (there is no configuration file)'}: ok\n`);
}
