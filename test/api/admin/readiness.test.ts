import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Readiness } from '../../../api/admin/readiness.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ready = { isDiskFull: () => false, isIndexed: () => true };

describe('images can be served', () => {
  test('when every folder can be read, and archives were looked into once', async () => {
    const folders = [tempFolder(), tempFolder()];
    assert.deepEqual(await new Readiness({ ...ready, folders: () => folders }).reasons(), []);
  });

  test('not while a folder cannot be read, and again when it can', async () => {
    const gone = join(tempFolder(), 'gone');
    const readiness = new Readiness({ ...ready, folders: () => [tempFolder(), gone] });
    const [reason, ...others] = await readiness.reasons();
    assert.deepEqual([reason?.code, others], ['FOLDER_UNREADABLE', []]);
    assert.match(reason?.message ?? '', /ENOENT.*gone/);
    await mkdir(gone);
    assert.deepEqual(await readiness.reasons(), []);
  });

  test('not while the first index runs, the disk is full, or the server stops, which are all told', async () => {
    const folder = tempFolder();
    const readiness = new Readiness({ folders: () => [folder], isDiskFull: () => true, isIndexed: () => false });
    readiness.stopping();
    const codes = (await readiness.reasons()).map(({ code }) => code);
    assert.deepEqual(codes, ['STOPPING', 'DISK_FULL', 'FIRST_INDEX_RUNNING']);
  });
});
