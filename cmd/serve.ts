import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import type { Answered } from '../api/http/access-log.ts';
import { pullOf } from '../api/http/audit.ts';
import { POOL } from '../api/store/paths.ts';
import type { Admin } from './admin.ts';
import { openLoginChecks } from './auth.ts';
import type { Call } from './command.ts';
import type { Config } from './config.ts';
import { assertSafe } from './config/safety.ts';
import { makeImagesFolder } from './images-folder.ts';
import { LogOutput } from './log-output.ts';
import { PublicListener } from './public-listener.ts';
import { openRecords, type Records } from './records.ts';
import { Reloader } from './reload.ts';
import { stopSignal } from './shutdown.ts';
import type { Watch } from './watch.ts';

/** Serves until SIGTERM or SIGINT. */
export async function serve(call: Call): Promise<void> {
  const { config, log, print, audit } = call;
  const stopped = stopSignal(() => process.exit(0));
  const { output, reloadWith } = listenForHangUps(call);
  output.prepare(config.log.file)();
  assertSafe(config);
  await makeImagesFolder(config.images);
  await using records = await openRecords(config.images, log);
  await using logins = openLoginChecks();
  // What counts takes long to load, and most have nobody who looks.
  const watch = config.admin && new (await import('./watch.ts')).Watch(join(resolve(config.images), POOL));
  const onAnswered = (answered: Answered): void => {
    watch?.metrics.answered(answered);
    const pull = reloader.config.log.audit ? pullOf(answered) : undefined;
    if (pull) audit(pull);
  };
  await using listener = await PublicListener.open(config, {
    env: process.env,
    log,
    records,
    logins,
    ...(watch && { watch }),
    onAnswered,
    onRefused: (limit) => watch?.metrics.refused(limit),
  });
  const reloader = createReloader(call, listener, output);
  const url = await listener.listen();
  await using admin = watch && (await openAdminOf(call, { watch, reloader, records }));
  reloadWith(reloader);
  print(`listening on ${url}\n`);
  // A bug of ours. It has failed one request, and is not to cut off all others.
  process.on('unhandledRejection', (err) => log.error('unhandled rejection', { error: inspect(err) }));
  if (process.getuid?.() === 0) log.info('running as root, which nothing here needs');

  const signal = await stopped;
  admin?.stopping();
  const { shutdownGraceMs } = reloader.config;
  log.info(`${signal}: answers in progress have ${shutdownGraceMs / 1000} s to end`);
  const cut = await listener.drain(shutdownGraceMs);
  if (cut > 0) log.warn(`${cut} connections were cut, their answers took too long`);
}

/** SIGHUP opens the log's file again, and reloads the configuration once there is somebody who can. It would end the process otherwise. */
function listenForHangUps({ log, logTo }: Call): {
  readonly output: LogOutput;
  readonly reloadWith: (reloader: Reloader) => void;
} {
  const told = (trouble: string): void => void process.stderr.write(`ociregistry: ${trouble}\n`);
  const output = new LogOutput({ standard: process.stderr, logTo, told });
  let reloader: Reloader | undefined;
  process.on('SIGHUP', () => {
    output.reopen();
    const what = reloader ? 'the configuration is read again' : 'still starting, there is nothing to reload';
    log.info(`SIGHUP: ${what}`);
    // Why it was not has been logged.
    reloader?.reload().catch(() => undefined);
  });
  return { output, reloadWith: (ready) => void (reloader = ready) };
}

function createReloader({ config, log, reread, relog }: Call, listener: PublicListener, output: LogOutput): Reloader {
  const prepare = async (next: Config): Promise<() => Promise<readonly string[]>> => {
    assertSafe(next);
    const logToFile = output.prepare(next.log.file);
    const apply = await listener.prepare(next);
    return async () => {
      const changed = await apply();
      relog(next.log);
      logToFile();
      return changed;
    };
  };
  return new Reloader(config, { log, read: reread, prepare });
}

interface Looked {
  readonly watch: Watch;
  readonly reloader: Reloader;
  readonly records: Records;
}

/** Undefined when nobody wants it. */
async function openAdminOf(
  { config: { admin: address }, log }: Call,
  { watch, reloader, records }: Looked,
): Promise<Admin | undefined> {
  if (address === undefined) return undefined;
  const { openAdmin } = await import('./admin.ts');
  const config = (): Config => reloader.config;
  return openAdmin({ address, config, watch, usage: records.used, reload: () => reloader.reload(), log });
}
