import { silentProgress, type LoadProgress } from '../api/progress.ts';
import { printable } from './printable.ts';
import { ProgressBars } from './progress-bars.ts';

/** A load's progress for people to see. */
export interface Progress extends LoadProgress {
  /** Takes away what is not to stay on the screen; has to be called, or the program does not end. */
  end(): void;
}

/** Bars on a terminal, elsewhere a plain line for each finished thing, and nothing at all if quiet. */
export function createProgress(options: {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  /** Whether the stream is one that understands cursor movements. */
  readonly terminal: boolean;
  readonly colour: boolean;
}): Progress {
  const { stream, quiet, terminal, colour } = options;
  const silent: Progress = { ...silentProgress, end: () => undefined };
  if (quiet) return silent;
  // The library is silent where it cannot move the cursor.
  if (terminal && stream.isTTY) return new ProgressBars(stream, colour);
  return { ...silent, finished: (line) => void stream.write(`${printable(line)}\n`) };
}
