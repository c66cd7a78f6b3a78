import type { ImageSet, StoredBytes, StoredImage } from '../images.ts';
import type { Measure } from '../outcome.ts';
import type { Server } from '../server.ts';

/** What is asked for. */
export interface Target {
  readonly image: StoredImage;
  readonly path: string;
  readonly bytes: StoredBytes;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly images: 'few' | 'many';
  /** The programs that make the load; without them it cannot be run. */
  readonly programs: readonly string[];
  /** Whether each measurement gets a server that was started for it. */
  readonly fresh: boolean;
  readonly rounds: { readonly full: number; readonly quick: number };
  readonly measures: Readonly<Record<string, Measure>>;
  readonly target: (images: ImageSet) => Target;
  /** One value for each of the measures. */
  readonly measure: (server: Server, target: Target, quick: boolean) => Promise<Readonly<Record<string, number>>>;
}
