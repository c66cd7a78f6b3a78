import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

// A file has at most 65,000 names on ext4; then a copy takes over.
const copies = new Map<string, string>();

/** Puts a file under another name. One that is there already is the same. */
export function link(path: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(copies.get(path) ?? path, target);
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'EMLINK') throw err;
    copyFileSync(path, target);
    copies.set(path, target);
  }
}

export function write(target: string, content: string): void {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
}
