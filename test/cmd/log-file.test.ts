import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { LogFile } from '../../cmd/log-file.ts';
import { LogOutput } from '../../cmd/log-output.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('a log file', () => {
  test('is appended to, and has each line as soon as it is written', () => {
    const path = join(tempFolder(), 'a.log');
    for (const line of ['one\n', 'two\n']) {
      const file = new LogFile(path, assert.fail);
      file.write(line);
      assert.ok(readFileSync(path, 'utf8').endsWith(line));
      file.end();
    }
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  });

  test('when the disk takes no more, lines are lost, which is told once', () => {
    const told: string[] = [];
    const file = new LogFile('/dev/full', (trouble) => told.push(trouble));
    file.write('one\n');
    file.write('two\n');
    assert.deepEqual(told, ['log file /dev/full: no space left on device: lines are lost']);
    file.end();
  });

  test('that cannot be opened again is told of, and the one that was moved away goes on', () => {
    const folder = join(tempFolder(), 'logs');
    mkdirSync(folder);
    const path = join(folder, 'a.log');
    const told: string[] = [];
    let stream: Writable | undefined;
    const output = new LogOutput({
      standard: new Writable(),
      logTo: (next) => (stream = next),
      told: (trouble) => told.push(trouble),
    });
    output.prepare(path)();
    stream!.write('one\n');
    renameSync(folder, `${folder}.old`);
    output.reopen();
    stream!.write('two\n');
    assert.equal(told.length, 1);
    assert.match(told[0]!, /log file \S+: no such file or directory/);
    assert.equal(readFileSync(join(`${folder}.old`, 'a.log'), 'utf8'), 'one\ntwo\n');

    mkdirSync(folder);
    output.reopen();
    stream!.write('three\n');
    assert.equal(readFileSync(path, 'utf8'), 'three\n');
  });

  test('another one takes its place only when that can be opened', () => {
    const folder = tempFolder();
    const standard = new Writable();
    const streams: Writable[] = [];
    const output = new LogOutput({ standard, logTo: (next) => streams.push(next), told: assert.fail });
    output.prepare(join(folder, 'a.log'))();
    assert.throws(() => output.prepare(join(folder, 'missing', 'b.log')), /no such file or directory/);
    assert.equal(streams.length, 1);
    output.prepare(join(folder, 'a.log'))();
    assert.equal(streams.length, 1, 'it is the same one');
    output.prepare(undefined)();
    assert.equal(streams[1], standard);
    rmSync(join(folder, 'a.log'));
    output.reopen();
  });
});
