import type { ImageSet } from '../images.ts';
import type { Tool } from '../tools.ts';

/** How a server is started. */
export interface Launch {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that serves images. */
export interface Peer extends Tool {
  /** How it keeps images; those that keep them alike share one copy. */
  readonly layout: string;
  /** Lays out images in `data`, as this peer keeps them. */
  fill(images: ImageSet, data: string): void;
  /** Writes what it needs into `work`, a folder of its own, and says how to start it on a port of loopback. */
  launch(data: string, work: string, port: number): Launch;
}
