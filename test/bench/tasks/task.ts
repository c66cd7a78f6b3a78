import type { Measure } from '../outcome.ts';
import type { Tool } from '../tools.ts';

/** One way to do a task. */
export interface Contender {
  /** `skopeo copy` */
  readonly name: string;
  readonly tool: Tool;
  /** Does it once; gives one value for each of the measures. */
  readonly measure: () => Promise<Readonly<Record<string, number>>>;
}

/** What a task works with. */
export interface Workplace {
  /** A folder of its own, removed when the task is done. */
  readonly folder: string;
  /** What is in it lives until then. */
  readonly stack: AsyncDisposableStack;
}

/** Something that several programs do, each from nothing to its end. */
export interface Task {
  readonly name: string;
  readonly title: string;
  /** The programs that none of them can do without. */
  readonly programs: readonly string[];
  /** Why it cannot be done, other than for want of a program. */
  readonly obstacle?: string | undefined;
  readonly rounds: number;
  readonly measures: Readonly<Record<string, Measure>>;
  /** Lays out what is needed. The others are compared with the first. */
  readonly prepare: (workplace: Workplace) => Promise<readonly Contender[]>;
}
