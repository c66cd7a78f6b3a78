import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { createProgress, type Progress } from '../../cmd/progress.ts';
import { formatDuration, TransferRate } from '../../cmd/transfer-rate.ts';
import { Screen } from '../support/screen.ts';

const MIB = 1024 * 1024;
/** Longer than the bars wait for their next frame. */
const frame = () => new Promise((resolve) => setTimeout(resolve, 150));

function onScreen(t: TestContext, columns = 80, rows = 24, colour = false): { screen: Screen; progress: Progress } {
  const screen = new Screen(columns, rows);
  const progress = createProgress({ stream: screen.stream, quiet: false, terminal: true, colour });
  t.after(() => progress.end());
  return { screen, progress };
}

/** A load of some blobs, as it tells of itself. */
function loadSome(progress: Progress): void {
  progress.expect(3 * MIB);
  const blobs = ['sha256:aaaaaaaaaaaa', 'sha256:bbbbbbbbbbbb'].map((name) => progress.start({ name, size: MIB }));
  for (const blob of blobs) blob.advance(MIB);
  progress.finished('a:1 is there');
  for (const blob of blobs) blob.end();
  progress.finished('b:1 is there');
}

describe('progress where there is no terminal', () => {
  test('is a plain line for each finished thing', () => {
    const screen = new Screen(80, 24);
    const progress = createProgress({ stream: screen.stream, quiet: false, terminal: false, colour: false });
    loadSome(progress);
    progress.finished('evil\u001b[2J\nname');
    progress.end();
    assert.deepEqual(screen.lines, ['a:1 is there', 'b:1 is there', 'evil\\u001b[2J\\u000aname']);
  });

  test('is nothing if quiet, on a terminal too', () => {
    for (const terminal of [true, false]) {
      const screen = new Screen(80, 24);
      const progress = createProgress({ stream: screen.stream, quiet: true, terminal, colour: true });
      loadSome(progress);
      progress.end();
      assert.deepEqual(screen.lines, []);
    }
  });
});

describe('progress on a terminal', () => {
  test('is a bar for the whole and one for each blob that comes', async (t) => {
    const { screen, progress } = onScreen(t);
    progress.expect(4 * MIB);
    const first = progress.start({ name: 'sha256:aaaaaaaaaaaa', size: 2 * MIB });
    const second = progress.start({ name: 'sha256:bbbbbbbbbbbb', size: 2 * MIB });
    first.advance(MIB);
    await frame();
    assert.match(screen.lines[0]!, /^total {15}\[=+-+\] {2}25% {2}1\.0 MiB \/ 4\.0 MiB$/);
    assert.match(screen.lines[1]!, /^sha256:aaaaaaaaaaaa \[=+-+\] {2}50% {2}1\.0 MiB \/ 2\.0 MiB$/);
    assert.match(screen.lines[2]!, /^sha256:bbbbbbbbbbbb \[-+\] {3}0% {2}0 B \/ 2\.0 MiB$/);

    first.advance(-MIB);
    second.advance(2 * MIB);
    second.end();
    second.end();
    await frame();
    assert.equal(screen.lines.length, 2);
    assert.match(screen.lines[0]!, / 50% {2}2\.0 MiB \/ 4\.0 MiB$/);
    assert.match(screen.lines[1]!, /^sha256:aaaaaaaaaaaa .* 0% {2}0 B \/ 2\.0 MiB$/);

    progress.end();
    assert.deepEqual(screen.lines, []);
    assert.deepEqual(screen.cursor, { row: 0, column: 0 });
    assert.deepEqual([...screen.sequences], [], 'the cursor is not hidden, wrapping not changed');
  });

  test('has the speed of the whole and the time that is left, on eighty columns too', async (t) => {
    const { screen, progress } = onScreen(t, 80, 24, true);
    progress.expect(1000 * MIB);
    const blob = progress.start({ name: 'sha256:aaaaaaaaaaaa', size: 1000 * MIB });
    const wanted = /^total \[=+-+\] +\d+% {2}\d+ MiB \/ 1000 MiB {2}\d.* [KM]iB\/s {2}\d+:\d\d(?::\d\d)? left$/;
    const deadline = performance.now() + 10_000;
    while (!wanted.test(screen.lines[0] ?? '') && performance.now() < deadline) {
      blob.advance(10 * MIB);
      await frame();
    }
    assert.match(screen.lines[0]!, wanted);
  });

  test('shows finished lines above the bars, and nothing else stays', async (t) => {
    const { screen, progress } = onScreen(t, 60);
    progress.finished('before any bar');
    const blob = progress.start({ name: 'sha256:aaaaaaaaaaaa', size: MIB });
    await frame();
    progress.finished('short');
    progress.finished(`long ${'x'.repeat(100)}`);
    await frame();
    assert.deepEqual(screen.lines.slice(0, 4), ['before any bar', 'short', `long ${'x'.repeat(55)}`, 'x'.repeat(45)]);
    assert.match(screen.lines[4]!, /^total/);
    assert.match(screen.lines[5]!, /^sha256/);
    assert.equal(screen.lines.length, 6);
    progress.finished('waits for a frame');
    progress.end();
    blob.end();
    progress.finished('after the end');
    progress.start({ name: 'late', size: 1 }).end();
    progress.end();
    assert.deepEqual(screen.lines.slice(4), ['waits for a frame', 'after the end']);
  });

  test('has never more bars than rows, and those that waited come up', async (t) => {
    const { screen, progress } = onScreen(t, 80, 6);
    const blobs = Array.from({ length: 20 }, (_, i) => progress.start({ name: `sha256:${i}`, size: MIB }));
    await frame();
    assert.deepEqual(names(screen), ['total', 'sha256:0', 'sha256:1', 'sha256:2', 'sha256:3']);
    blobs[1]!.end();
    blobs[7]!.end();
    progress.finished('one line');
    await frame();
    assert.deepEqual(names(screen), ['one', 'total', 'sha256:0', 'sha256:2', 'sha256:3', 'sha256:4']);
    screen.rows = 8;
    screen.emit('resize');
    await frame();
    assert.deepEqual(names(screen).slice(5), ['sha256:4', 'sha256:5', 'sha256:6']);
    // A smaller terminal has scrolled, and what is out of its window stays.
    screen.rows = 4;
    screen.emit('resize');
    await frame();
    assert.deepEqual(names(screen).slice(-3), ['total', 'sha256:0', 'sha256:2']);
    for (const blob of blobs) blob.end();
    await frame();
    assert.equal(names(screen).at(-1), 'total');
  });

  test('fits into narrow terminals, with colours too', async (t) => {
    for (const colour of [false, true]) {
      for (const columns of [10, 30, 50, 60, 100]) {
        const { screen, progress } = onScreen(t, columns, 24, colour);
        progress.expect(MIB);
        progress.start({ name: 'sha256:\u001b]0;evil', size: MIB }).advance(MIB / 2);
        await frame();
        assert.equal(screen.lines.length, 2);
        for (const line of screen.lines) assert.ok(line.length < columns, line);
        assert.equal(screen.sequences.has('\u001b[32m'), colour && columns > 30);
        progress.end();
        assert.deepEqual(screen.lines, []);
      }
    }
  });

  test('is what is left of a thousand small blobs', async (t) => {
    const { screen, progress } = onScreen(t, 80, 10);
    for (let i = 0; i < 1000; i += 1) {
      const blob = progress.start({ name: `sha256:${i}`, size: 10 });
      blob.advance(10);
      blob.end();
      if (i % 100 === 0) progress.finished(`image ${i}`);
    }
    await frame();
    progress.end();
    assert.deepEqual(
      screen.lines,
      Array.from({ length: 10 }, (_, i) => `image ${i * 100}`),
    );
  });
});

describe(
  'progress on a real terminal',
  { skip: !existsSync('/usr/bin/script') && 'util-linux script is not here' },
  () => {
    test('leaves the screen as it was, and the lines', async () => {
      const { output, status } = await inTerminal(`
      progress.finished('a:1 is there');
      setTimeout(() => progress.end(), 250);`);
      assert.equal(status, 0);
      assert.match(output, /total .* 50% {2}1\.0 KiB \/ 2\.0 KiB/);
      assert.deepEqual(await shown(output), ['a:1 is there']);
      assert.ok(!output.includes('\u001b[?'), 'no mode of the terminal is changed');
    });

    test('goes away at Ctrl-C, which ends the program', async () => {
      const { output, status } = await inTerminal(`setTimeout(() => process.kill(process.pid, 'SIGINT'), 250);`);
      assert.equal(status, 130);
      assert.deepEqual(await shown(output), []);
    });

    test('leaves Ctrl-C to who listens to it', async () => {
      const { output, status } = await inTerminal(`
      process.once('SIGINT', () => setTimeout(() => { blob.end(); progress.finished('stopped'); progress.end(); }, 50));
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 250);`);
      assert.equal(status, 0);
      assert.deepEqual(await shown(output), ['stopped']);
    });
  },
);

describe('speed', () => {
  test('is that of the last seconds, and unknown at first', () => {
    const rate = new TransferRate();
    assert.equal(rate.bytesPerSecond(), undefined);
    rate.sample(0, 1000);
    rate.sample(500, 1500);
    assert.equal(rate.bytesPerSecond(), undefined);
    rate.sample(1000, 2000);
    assert.equal(rate.bytesPerSecond(), 1000);
    for (let atMs = 3000; atMs <= 20_000; atMs += 1000) rate.sample(1000, atMs);
    assert.equal(rate.bytesPerSecond(), 0);
    rate.sample(0, 21_000);
    assert.equal(rate.bytesPerSecond(), 0);
  });

  test('time left is as on a clock', () => {
    assert.deepEqual([0, 0.2, 59, 60, 754, 3600, 7384, 400_000].map(formatDuration), [
      '0:00',
      '0:01',
      '0:59',
      '1:00',
      '12:34',
      '1:00:00',
      '2:03:04',
      '111:06:40',
    ]);
  });
});

const names = (screen: Screen): string[] => screen.lines.map((line) => line.split(' ')[0]!);

/** Runs a load in a pseudo-terminal of 80 columns and 10 rows. */
async function inTerminal(then: string): Promise<{ output: string; status: number }> {
  const module = new URL('../../cmd/progress.ts', import.meta.url);
  const program = `
    const { createProgress } = await import(${JSON.stringify(module)});
    const progress = createProgress({ stream: process.stderr, quiet: false, terminal: true, colour: true });
    progress.expect(2048);
    const blob = progress.start({ name: 'sha256:aaaaaaaaaaaa', size: 2048 });
    blob.advance(1024);
    ${then}`;
  const encoded = Buffer.from(program).toString('base64');
  const url = `data:text/javascript;base64,${encoded}`;
  const node = `${process.execPath} --input-type=module -e 'await import("${url}")'`;
  const ended = promisify(execFile)('script', ['-qec', `stty cols 80 rows 10; exec ${node}`, '/dev/null'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  try {
    return { output: (await ended).stdout, status: 0 };
  } catch (err) {
    const { stdout, code } = err as { stdout: string; code: number };
    return { output: stdout, status: code };
  }
}

/** What a terminal shows in the end. */
async function shown(output: string): Promise<string[]> {
  const screen = new Screen(80, 10);
  await new Promise((resolve) => screen.write(output, resolve));
  return screen.lines.map(stripVTControlCharacters);
}
