import type { Log } from '../../api/log.ts';

/** A log that keeps what it is told, for a test to look at. */
export function keepingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (message: unknown): unknown =>
      lines.push(`${level}: ${String(message)}`);
  const log = { error: keep('error'), warn: keep('warn'), info: keep('info'), debug: keep('debug') } as unknown as Log;
  return { log, lines };
}
