import { once } from 'node:events';
import { Writable } from 'node:stream';
import { inspect, styleText } from 'node:util';
import winston from 'winston';
import type { Log } from '../api/log.ts';
import type { Config } from './config.ts';
import { printable } from './printable.ts';
import { LOG_LEVELS, type LogLevel } from './settings.ts';

/** A log and its end. */
interface OpenLog {
  readonly log: Log;
  /** Writes a line for who keeps account: as JSON whatever the format, and whatever the level. */
  readonly audit: (fields: object) => void;
  /** What is logged from now on, and how. */
  readonly change: (config: LogConfig) => void;
  /** Goes on there. */
  readonly to: (stream: Writable) => void;
  /** Resolves when every line has been handed to the stream; nothing is logged after it. */
  readonly end: () => Promise<void>;
}

type LogConfig = Pick<Config['log'], 'level' | 'format' | 'colour'>;

const COLOURS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;

/** The program's log, one line each, as people or as machines read it. */
export function createLog(config: LogConfig, stream: Writable): OpenLog {
  const lines = new Lines(stream);
  const transport = new winston.transports.Stream({ stream: lines, eol: '\n' });
  const logger = winston.createLogger({
    levels: Object.fromEntries(LOG_LEVELS.map((name, severity) => [name, severity])),
    level: config.level,
    format: formatOf(config),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- as winston's own types have it
    transports: [transport],
  });
  return {
    log: logger,
    audit: (fields) => lines.write(`${jsonLine({ level: 'info', message: 'audit', ...fields })}\n`),
    change: (changed) => {
      logger.level = changed.level;
      logger.format = formatOf(changed);
    },
    to: (next) => lines.redirect(next),
    end: async () => {
      const finished = once(transport, 'finish');
      logger.end();
      await finished;
      lines.end();
      await once(lines, 'finish');
    },
  };
}

const formatOf = ({ format, colour }: LogConfig): winston.Logform.Format =>
  winston.format.printf(format === 'json' ? jsonLine : textLine(colour));

type Info = winston.Logform.TransformableInfo;

function jsonLine(info: Info): string {
  const line: Record<string, unknown> = {
    timestamp: new Date().toISOString(),
    level: info.level,
    message: info.message,
  };
  for (const key in info) {
    const value: unknown = info[key];
    line[key] = value instanceof Error ? inspect(value) : typeof value === 'bigint' ? String(value) : value;
  }
  return JSON.stringify(line);
}

/** Collects the lines of one turn of the event loop: standard error takes each write at once, which costs more than the line. */
class Lines extends Writable {
  #stream: Writable;
  #lines: string[] = [];

  constructor(stream: Writable) {
    super({ decodeStrings: false });
    this.#stream = stream;
  }

  redirect(stream: Writable): void {
    this.#flush();
    this.#stream = stream;
  }

  override _write(line: string, _encoding: string, done: () => void): void {
    if (this.#lines.push(line) === 1) setImmediate(() => this.#flush());
    done();
  }

  override _final(done: () => void): void {
    this.#flush();
    done();
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#stream.write(this.#lines.splice(0).join(''));
  }
}

function textLine(colour: boolean): (info: Info) => string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return ({ level, message, ...fields }) =>
    [
      paint('dim', new Date().toISOString()),
      paint(COLOURS[level as LogLevel], level.toUpperCase().padEnd(5)),
      printable(String(message)),
      ...Object.entries(fields)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => `${paint('dim', `${key}=`)}${textValue(value)}`),
    ].join(' ');
}

/** Bare where nobody can misread it, else quoted; of an error the whole, on lines of its own. */
function textValue(value: unknown): string {
  if (value instanceof Error) return inspect(value).split('\n').map(printable).join('\n    ');
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && /^[\w./:@+%?&=~-]+$/.test(value)) return value;
  return printable(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)));
}
