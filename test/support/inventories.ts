import assert from 'node:assert/strict';
import { parseInventory } from '../../api/load/inventory.ts';
import { InvalidList } from '../../api/load/problems.ts';
import { formatPlatform } from '../../api/oci/descriptor.ts';
import { formatImage } from '../../api/oci/reference.ts';

/** The images of an inventory, in full, each with the platforms that are wanted of it. */
export const readInventory = (text: string): string[] =>
  parseInventory(text, 'inventory.yaml').images.map((image) =>
    [formatImage(image), ...image.platforms.map(formatPlatform)].join(' '),
  );

/** What is wrong with an inventory; nothing if it is one. */
export function problemsOf(text: string): readonly string[] {
  try {
    parseInventory(text, 'inventory.yaml');
    return [];
  } catch (err) {
    assert.ok(err instanceof InvalidList, String(err));
    return err.problems;
  }
}

/** An inventory of one tag, written as given. */
export const withTag = (tag: string): string => `images:\n- name: x\n  tags:\n  - ${tag}\n`;
