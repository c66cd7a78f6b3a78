import type { ImageSet } from '../images.ts';
import type { Tool } from '../tools.ts';

/** How a server is started. */
export interface Launch {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that answers on a port of loopback. */
export interface Service extends Tool {
  /** Writes what it needs into `work`, a folder of its own, and says how to start it on a port of loopback. */
  launch(data: string, work: string, port: number): Launch;
}

/** A program that serves images. */
export interface Peer extends Service {
  /** How it keeps images; those that keep them alike share one copy. */
  readonly layout: string;
  /** Lays out images in `data`, as this peer keeps them. */
  fill(images: ImageSet, data: string): void;
}

/** A registry that fetches what it does not have from another one. */
export interface PullThrough extends Tool {
  /** What is started to ask `upstream`, an origin. With little patience, tags are looked up again after {@link TAG_TTL_MS} and a
   *  silent body is given up after {@link IDLE_LIMIT_MS}, by those that can be told so. */
  over(upstream: string, patience?: Patience): Service;
}

export type Patience = 'default' | 'little';
export const TAG_TTL_MS = 1_000;
export const IDLE_LIMIT_MS = 2_000;
