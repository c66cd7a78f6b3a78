import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Locks } from '../../../api/store/lock.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const module = new URL('../../../api/store/lock.ts', import.meta.url).href;

/** Another process that takes a lock, says so, and keeps it until it is told or killed. */
function holder(folder: string, name: string): ReturnType<typeof spawn> {
  const program = `
    const { Locks } = await import(${JSON.stringify(module)});
    await new Locks(${JSON.stringify(folder)}).with(${JSON.stringify(name)}, async () => {
      process.stdout.write('held');
      await new Promise((resolve) => process.stdin.once('data', resolve));
    });
    process.stdin.unref();`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
}

describe('locks', () => {
  test('one at a time under a name, in the order of asking', async () => {
    using locks = new Locks(join(tempFolder(), '_locks'));
    const events: string[] = [];
    const run = (name: string) =>
      locks.with('a', async () => {
        events.push(`${name} begins`);
        await new Promise(setImmediate);
        events.push(`${name} ends`);
      });
    await Promise.all([run('1'), run('2')]);
    assert.deepEqual(events, ['1 begins', '1 ends', '2 begins', '2 ends']);
  });

  test('what fails gives the lock back', async () => {
    using locks = new Locks(join(tempFolder(), '_locks'));
    await assert.rejects(
      locks.with('a', () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await locks.with('a', () => Promise.resolve(7)), 7);
  });

  test('nothing is written for one, as there may be no room', async () => {
    const folder = join(tempFolder(), '_locks');
    using locks = new Locks(folder);
    const [file = '', ...more] = await locks.with('a', () => readdir(folder));
    assert.deepEqual(more, []);
    assert.equal((await stat(join(folder, file))).size, 0);
  });

  test('another process is waited for', async () => {
    const folder = join(tempFolder(), '_locks');
    const other = holder(folder, 'a');
    await once(other.stdout!, 'data');
    using locks = new Locks(folder);
    let got = false;
    const mine = locks.with('a', () => {
      got = true;
      return Promise.resolve();
    });
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(got, false);
    // It may be gone before its lock is had.
    const exited = once(other, 'exit');
    other.stdin!.write('go');
    await mine;
    assert.equal(got, true);
    other.stdin!.end();
    await exited;
  });

  test('a process that is killed keeps none', async () => {
    const folder = join(tempFolder(), '_locks');
    const other = holder(folder, 'a');
    await once(other.stdout!, 'data');
    other.kill('SIGKILL');
    await once(other, 'exit');
    using locks = new Locks(folder);
    assert.equal(await locks.with('a', () => Promise.resolve('got')), 'got');
  });
});
