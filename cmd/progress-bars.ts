import { styleText } from 'node:util';
import { MultiBar, type GenericFormatter, type SingleBar } from 'cli-progress';
import { silentProgress, type BlobProgress, type LoadProgress } from '../api/progress.ts';
import { formatSize } from './format.ts';
import { printable } from './printable.ts';
import { formatDuration, TransferRate } from './transfer-rate.ts';

/** What a bar shows; the library hands it back for each frame. */
interface Shown {
  readonly label: string;
  size: number;
  moved: number;
  /** Written behind it. */
  readonly note?: () => string;
}

const LABEL_WIDTH = 'sha256:1d34ffeaf190'.length;
const LEAST_BAR_WIDTH = 5;
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Bars on a terminal: one for the whole, one for each blob that comes, as many as there is room for. */
export class ProgressBars implements LoadProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #bars: MultiBar;
  readonly #format: GenericFormatter;
  readonly #rate = new TransferRate();
  readonly #total: Shown = { label: 'total', size: 0, moved: 0, note: () => this.#speed() };
  /** In flight, with the bar of those for which there is room. */
  readonly #blobs = new Map<Shown, SingleBar | undefined>();
  #ended = false;

  constructor(stream: NodeJS.WriteStream, colour: boolean) {
    this.#stream = stream;
    this.#format = (_options, { maxWidth }, shown: Shown) => barLine(shown, maxWidth, colour);
    this.#bars = new MultiBar({
      stream,
      // The library redraws what changed only, and takes no notice that lines moved.
      forceRedraw: true,
      clearOnComplete: true,
      // Lines are cut to the width here. A terminal told not to wrap, or to hide the cursor, stays so when we are killed.
      linewrap: true,
      hideCursor: false,
      // Its handlers would keep Ctrl-C from ending the program.
      gracefulExit: false,
    });
    // One write a frame, or the cursor is seen to jump.
    this.#bars.on('update-pre', () => {
      this.#rate.sample(this.#total.moved, performance.now());
      stream.cork();
    });
    this.#bars.on('update-post', () => stream.uncork());
  }

  expect(bytes: number): void {
    this.#total.size += bytes;
  }

  start({ name, size }: { readonly name: string; readonly size: number }): BlobProgress {
    if (this.#ended) return silentProgress.start({ name, size });
    if (!this.#bars.isActive) this.#begin();
    const blob: Shown = { label: printable(name), size, moved: 0 };
    this.#blobs.set(blob, undefined);
    this.#fit();
    return {
      advance: (bytes) => {
        blob.moved += bytes;
        this.#total.moved += bytes;
      },
      end: () => this.#remove(blob),
    };
  }

  finished(line: string): void {
    const text = `${printable(line)}${CLEAR_TO_END_OF_LINE}\n`;
    // Nothing would write what is logged while there is no bar.
    if (this.#bars.isActive) this.#bars.log(text);
    else this.#stream.write(text);
  }

  /** Takes the bars away. What is told after it comes as lines. */
  end(): void {
    this.#ended = true;
    if (!this.#bars.isActive) return;
    this.#stream.off('resize', this.#fit);
    for (const signal of SIGNALS) process.off(signal, this.#interrupt);
    // Lines that wait for the next frame.
    this.#bars.update();
    this.#bars.stop();
  }

  #begin(): void {
    this.#bars.create(0, 0, this.#total, { format: this.#format });
    this.#stream.on('resize', this.#fit);
    // Before those of others, to see whether there are any.
    for (const signal of SIGNALS) process.prependOnceListener(signal, this.#interrupt);
  }

  #remove(blob: Shown): void {
    const bar = this.#blobs.get(blob);
    if (!this.#blobs.delete(blob) || !bar || this.#ended) return;
    this.#bars.remove(bar);
    this.#fit();
  }

  /** Gives bars to the first blobs, the others wait: what does not fit on the screen could never be taken away again. */
  readonly #fit = (): void => {
    // One row for the total, one for the cursor.
    const room = Math.max(0, (this.#stream.rows || 24) - 2);
    for (const [index, [blob, bar]] of [...this.#blobs].entries()) {
      if (index < room && !bar) this.#blobs.set(blob, this.#bars.create(0, 0, blob, { format: this.#format }));
      if (index < room || !bar) continue;
      this.#blobs.set(blob, undefined);
      this.#bars.remove(bar);
    }
  };

  /** Leaves the terminal clean when a signal ends the program; whether it does is for other listeners to say, if there are any. */
  readonly #interrupt = (signal: NodeJS.Signals): void => {
    this.end();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };

  #speed(): string {
    const rate = this.#rate.bytesPerSecond();
    if (rate === undefined) return '';
    const left = Math.max(0, this.#total.size - this.#total.moved);
    return `  ${formatSize(rate)}/s${rate > 0 ? `  ${formatDuration(left / rate)} left` : ''}`;
  }
}

/** `sha256:1d34ffeaf190 [=====-----]  50%  3.7 MiB / 7.4 MiB`, no wider than the terminal. */
function barLine({ label, size, moved, note }: Shown, columns: number, colour: boolean): string {
  const paint = (text: string) => (colour ? styleText('green', text, { validateStream: false }) : text);
  // The last column stays free, lest the line wraps.
  const width = Math.max(0, columns - 1);
  const whole = Math.max(size, moved);
  const part = whole === 0 ? 0 : Math.max(0, moved) / whole;
  const percent = `${Math.floor(part * 100)}%`.padStart(4);
  const tail = `${percent}  ${formatSize(Math.max(0, moved))} / ${formatSize(whole)}${note?.() ?? ''}`;
  const short = label.slice(0, LABEL_WIDTH);
  const padded = short.padEnd(LABEL_WIDTH);
  // The library cuts lines to the width, and counts colours as if they took room.
  const roomBeside = (head: string) => width - `${head} [${paint('')}] ${tail}`.length;
  const head = [padded, short].find((each) => roomBeside(each) >= LEAST_BAR_WIDTH);
  if (head === undefined) return `${padded} ${tail}`.slice(0, width);
  const room = roomBeside(head);
  const done = Math.floor(part * room);
  return `${head} [${paint('='.repeat(done))}${'-'.repeat(room - done)}] ${tail}`;
}
