import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UsageTimes } from '../../../api/store/usage-times.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const MINUTE = 60_000;
const NOW = 1_790_000_000_000;
const app = repo('team/app');
const open = (folder: string): Promise<UsageTimes> => UsageTimes.open(folder, keepingLog().log);
const linesIn = async (folder: string): Promise<string[]> =>
  (await readFile(join(folder, 'used'), 'utf8')).trimEnd().split('\n');

describe('times of use', () => {
  test('are known at once, and to the next process', async () => {
    const folder = join(tempFolder(), '_known');
    const times = await open(folder);
    times.note(app, ref('v1'), NOW);
    times.note(repo('alpine', 'docker.io'), ref('3.19'), NOW + 1);
    assert.equal(times.lastUsed(app, ref('v1')), NOW);
    assert.equal(times.lastUsed(app, ref('v2')), undefined);
    await times.flush();
    const next = await open(folder);
    assert.equal(next.lastUsed(app, ref('v1')), NOW);
    assert.equal(next.lastUsed(repo('docker.io/alpine'), ref('3.19')), NOW + 1);
  });

  test('are noted once a minute, and written in one go', async () => {
    const folder = tempFolder();
    const times = await open(folder);
    for (const after of [0, 1, MINUTE - 1, MINUTE, 2 * MINUTE - 1]) times.note(app, ref('v1'), NOW + after);
    await assert.rejects(linesIn(folder), 'nothing is written on the way of a request');
    await times.flush();
    assert.deepEqual(await linesIn(folder), [`team/app v1 ${NOW}`, `team/app v1 ${NOW + MINUTE}`]);
    assert.equal((await open(folder)).lastUsed(app, ref('v1')), NOW + MINUTE);
  });

  test('of several processes are all kept, the last one counts', async () => {
    const folder = tempFolder();
    const [one, two] = [await open(folder), await open(folder)];
    one.note(app, ref('v1'), NOW + 5);
    two.note(app, ref('v1'), NOW);
    two.note(app, ref('v2'), NOW);
    await one.flush();
    await two.flush();
    const next = await open(folder);
    assert.equal(next.lastUsed(app, ref('v1')), NOW + 5);
    assert.equal(next.lastUsed(app, ref('v2')), NOW);
  });

  test('survive lines that are torn', async () => {
    const folder = tempFolder();
    const times = await open(folder);
    times.note(app, ref('v1'), NOW);
    await times.flush();
    await appendFile(
      join(folder, 'used'),
      `team/app v2 1790\nteam/app\n\nteam/app v3 ${NOW}team/app v4 ${NOW}\nteam/app v5 ${NOW}`,
    );
    const next = await open(folder);
    assert.deepEqual(
      ['v1', 'v2', 'v3', 'v4', 'v5'].map((tag) => next.lastUsed(app, ref(tag))),
      [NOW, undefined, undefined, undefined, undefined],
    );
  });

  test('are written anew when most lines are outdated', async () => {
    const folder = tempFolder();
    const outdated = Array.from({ length: 100_100 }, (_, i) => `team/app v${i % 3} ${NOW + i}\n`);
    await appendFile(join(folder, 'used'), outdated.join(''));
    const times = await open(folder);
    assert.equal(times.lastUsed(app, ref('v0')), NOW + 100_098);
    assert.deepEqual(
      await linesIn(folder),
      [0, 1, 2].map((i) => `team/app v${(i + 2) % 3} ${NOW + 100_097 + i}`),
    );
  });

  test('are kept in memory where nothing can be written', async () => {
    const folder = tempFolder();
    await appendFile(join(folder, '_known'), 'a file where the folder should be');
    const times = await open(join(folder, '_known'));
    times.note(app, ref('v1'), NOW);
    await times.flush();
    times.note(app, ref('v2'), NOW);
    await times.flush();
    assert.equal(times.lastUsed(app, ref('v1')), NOW);
  });
});
