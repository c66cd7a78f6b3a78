import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Seeded } from './seeded.ts';

/** When a process is to be killed: so many milliseconds after something is first seen in the images folder. */
export interface Moment {
  readonly sight: Sight;
  readonly afterMs: number;
}

/** What a process that writes leaves to be seen on its way, in the order in which a load does. */
const SIGHTS = [
  'work has begun',
  'a blob is being written',
  'a blob is in the pool',
  'a layout is made',
  'a blob is in a layout',
  'an index.json is being written',
  'an index.json has changed',
] as const;
export type Sight = (typeof SIGHTS)[number];

/** Most as something happens or soon after, the others anywhere in the time that it all takes. */
export function pickMoment(random: Seeded, wholeMs: number, sights: readonly Sight[] = SIGHTS): Moment {
  const chance = random.below(1);
  if (chance < 0.3) return { sight: 'work has begun', afterMs: random.below(wholeMs) };
  return { sight: random.pick(sights), afterMs: chance < 0.65 ? 0 : random.below(8) };
}

export const showMoment = ({ sight, afterMs }: Moment): string => `${afterMs.toFixed(1)} ms after ${sight}`;

/** Watches an images folder from now on. Looking is synchronous, so that nothing is missed between looking and killing. */
export class Watch {
  readonly #root: string;
  readonly #repositories: readonly string[];
  readonly #before: Readonly<Record<Sight, string>>;

  /** `repositories` are the directories whose layouts count. */
  constructor(root: string, repositories: readonly string[]) {
    this.#root = root;
    this.#repositories = repositories.map((name) => join(root, name));
    this.#before = Object.fromEntries(SIGHTS.map((sight) => [sight, this.#look(sight)])) as Record<Sight, string>;
  }

  /** Whether something is to be seen that was not when this was made. */
  sees(sight: Sight): boolean {
    const now = this.#look(sight);
    return now !== '' && now !== this.#before[sight];
  }

  #look(sight: Sight): string {
    const works = names(join(this.#root, '_fills'));
    const layouts = this.#repositories;
    switch (sight) {
      case 'work has begun':
        return works.join(' ');
      case 'a blob is being written':
        return works
          .flatMap((work) => names(join(this.#root, '_fills', work)))
          .filter((name) => name.includes('-'))
          .join(' ');
      case 'a blob is in the pool':
        return names(join(this.#root, '_blobs/sha256')).join(' ');
      case 'a layout is made':
        return layouts.filter((layout) => names(layout).includes('oci-layout')).join(' ');
      case 'a blob is in a layout':
        return layouts.flatMap((layout) => names(join(layout, 'blobs/sha256'))).join(' ');
      case 'an index.json is being written':
        return layouts
          .flatMap(names)
          .filter((name) => name.startsWith('.tmp-'))
          .join(' ');
      case 'an index.json has changed':
        return layouts
          .map((layout) => identity(join(layout, 'index.json')))
          .join(' ')
          .trim();
    }
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Not there yet, or no more.
  }
}

function identity(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.ino}:${stats.mtimeMs}` : '';
}
