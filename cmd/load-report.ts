import type { Outcome } from '../api/load/run-jobs.ts';
import type { Loaded } from '../api/load/image-loader.ts';
import type { LoadProgress } from '../api/progress.ts';
import type { Call } from './command.ts';
import { describe, Problems } from './failure.ts';
import { formatSize, shortDigest } from './format.ts';
import type { LoadRequest } from './load-request.ts';
import { printable } from './printable.ts';

/** Tells what became of each image, and of all of them. */
export class LoadReport {
  readonly #print: Call['print'];
  readonly #request: LoadRequest;
  readonly #progress: LoadProgress;
  readonly #loaded: Loaded[] = [];
  readonly #failures: string[] = [];
  readonly #pruned: string[] = [];

  constructor({ print }: Call, request: LoadRequest, progress: LoadProgress) {
    this.#print = print;
    this.#request = request;
    this.#progress = progress;
  }

  get hasFailures(): boolean {
    return this.#failures.length > 0;
  }

  tell(outcome: Outcome): void {
    if ('failure' in outcome) {
      const name = outcome.name === '' ? '' : `${outcome.name}: `;
      this.#failures.push(`${name}${describe(outcome.failure)}`);
      if (this.#request.continueAfter) this.#progress.finished(`failed     ${name}${describe(outcome.failure)}`);
      return;
    }
    const line = lineOf(outcome.loaded, this.#request.dryRun);
    this.#loaded.push(outcome.loaded);
    if (this.#request.dryRun) this.#print(`${printable(line)}\n`);
    else this.#progress.finished(line);
  }

  /** Tags that an inventory named no longer. */
  pruned(names: readonly string[]): void {
    this.#pruned.push(...names);
    for (const name of names) {
      const line = `${this.#request.dryRun ? 'would remove' : 'removed'}    ${name}`;
      if (this.#request.dryRun) this.#print(`${line}\n`);
      else this.#progress.finished(line);
    }
  }

  /** The sum; throws when something failed. */
  end(): void {
    const { dryRun, quiet, continueAfter } = this.#request;
    if (this.hasFailures && !continueAfter) throw new Problems(this.#failures);
    const changed = this.#loaded.filter((loaded) => loaded.changed);
    const unchanged = this.#loaded.length - changed.length;
    const parts = [
      `${changed.length} ${dryRun ? 'to load' : 'loaded'}`,
      ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
      ...(this.#pruned.length > 0 ? [`${this.#pruned.length} tags ${dryRun ? 'to remove' : 'removed'}`] : []),
      ...(this.hasFailures ? [`${this.#failures.length} failed`] : []),
    ];
    const moved = formatSize(sum(changed, ({ movedBytes }) => movedBytes));
    const here = formatSize(sum(this.#loaded, ({ hereBytes }) => hereBytes));
    const total = `${parts.join(', ')}; ${moved} ${dryRun ? 'to bring in' : 'new'}, ${here} here already`;
    if (dryRun) this.#print(`${total}\n`);
    else if (!quiet) this.#progress.finished(total);
    if (this.hasFailures) throw new Problems(this.#failures);
  }
}

function lineOf({ name, digest, changed, movedBytes, hereBytes }: Loaded, dryRun: boolean): string {
  const what = !changed ? 'unchanged ' : dryRun ? 'would load' : 'loaded    ';
  const sizes = changed
    ? `  ${formatSize(movedBytes)} ${dryRun ? 'to bring in' : 'new'}, ${formatSize(hereBytes)} here already`
    : '';
  return `${what} ${name}  ${shortDigest(digest)}${sizes}`;
}

const sum = (loaded: readonly Loaded[], of: (each: Loaded) => number): number =>
  loaded.reduce((total, each) => total + of(each), 0);
