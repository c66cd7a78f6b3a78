import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeLeftovers } from '../../../api/keep/leftovers.ts';
import { Store } from '../../../api/store/store.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('downloads that a dead process left are removed after an hour in which nothing changed', async () => {
  const root = tempFolder();
  using store = new Store(root);
  const dead = join(root, '_fills/dead');
  await mkdir(dead, { recursive: true });
  await writeFile(join(dead, 'part'), 'so far');
  const { log, lines } = keepingLog();
  await removeLeftovers(store, log);
  assert.equal((await readdir(join(root, '_fills'))).length, 1);
  await removeLeftovers(store, log, Date.now() + 59 * 60 * 1000);
  assert.equal((await readdir(join(root, '_fills'))).length, 1);
  await removeLeftovers(store, log, Date.now() + 61 * 60 * 1000);
  assert.deepEqual(await readdir(join(root, '_fills')), []);
  assert.deepEqual(lines, ['info: unfinished downloads of before were removed: 1']);
});
