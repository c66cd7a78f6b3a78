import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, readdir, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listImages } from '../../api/folder/listing.ts';
import { runProgram, startServe, type Ended } from '../cmd/program.ts';
import { runRefused } from '../support/clients/command.ts';
import { eventually } from '../support/clients/eventually.ts';
import { missing } from '../support/clients/requires.ts';
import { inspectFolder } from '../support/crash/whole-folder.ts';
import { loadPath } from '../support/loading.ts';
import { MOUNTING_NEEDS, mountReadOnly, mountTmpfs, canMount } from '../support/mounted.ts';
import { preloading } from '../support/preloaded.ts';
import { openFolder } from '../support/open-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { layerOf, tinyImage, tinyIndex, type TinyImage, type TinyIndex } from '../support/tiny-image.ts';
import { writeArchive } from '../support/write-archive.ts';
import { writeOciLayout } from '../support/write-images.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/ociregistry', import.meta.url));
const MiB = 1024 * 1024;
const skip = missing(...MOUNTING_NEEDS) || (canMount() ? false : 'root may not mount here');
const env = { NODE_COMPILE_CACHE: tempFolder() };

const kept = tinyImage({ seed: 'kept' });
const tiny = tinyIndex([
  tinyImage({ seed: 'one', layers: [layerOf('shared'), layerOf('one')] }),
  tinyImage({ seed: 'two', layers: [layerOf('shared'), layerOf('two')], architecture: 'arm64' }),
]);
/** Which does not get smaller when it is packed. */
const large = tinyImage({ seed: 'large', layers: [randomBytes(6 * MiB)] });

/** A layout with one image, in a place where there is room. */
async function layoutOf(image: TinyImage | TinyIndex, name: string): Promise<string> {
  const folder = tempFolder();
  const tag = name.slice(name.indexOf(':') + 1);
  await writeOciLayout(folder, [{ image, tag, annotations: { 'io.containerd.image.name': name } }]);
  return folder;
}

async function packed(image: TinyImage, name: string): Promise<string> {
  const file = join(tempFolder(), 'image.tar.gz');
  await writeArchive(file, await layoutOf(image, name));
  await utimes(file, LONG_AGO, LONG_AGO);
  return file;
}

const LONG_AGO = new Date('2026-01-01T00:00:00Z');

const load = (images: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(['load', '--quiet', '--images', images, ...args], { env });

/** One line that says what went wrong, and where. */
function assertFailed({ status, stderr }: Ended, where: string, what: RegExp): void {
  assert.equal(status, 1, stderr);
  const [line = '', ...more] = stderr.split('\n');
  assert.deepEqual(more, [''], stderr);
  assert.match(line, /^ociregistry: /);
  assertTells(line, where, what);
}

function assertTells(message: string, where: string, what: RegExp): void {
  assert.ok(message.includes(where), message);
  assert.match(message, what);
}

/** Nothing is to be seen but these, whole, and nobody's work. */
async function assertOnly(images: string, ...names: readonly string[]): Promise<void> {
  const { damage, tags } = await inspectFolder(images);
  assert.deepEqual(damage, []);
  assert.deepEqual([...tags.keys()].sort(), [...names].sort());
  assert.deepEqual(await readdir(join(images, '_fills')).catch(() => []), []);
  const { known } = await openFolder(images);
  assert.deepEqual((await listImages({ root: images, known })).problems, []);
}

/** What a client gets. */
async function pull(url: string, repository: string, tag: string): Promise<number> {
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`);
  await answer.arrayBuffer();
  return answer.status;
}

describe('a disk that is full', { skip }, () => {
  const noSpace = /no space left on device/;

  test('fails a load that names file and reason and leaves nothing of it; others are served, and with more room the next one succeeds', async () => {
    using disk = mountTmpfs('size=4m');
    const images = disk.path;
    await loadPath(images, await layoutOf(kept, 'kept:v1'));
    await using server = await startServe(['--images', images], { env });
    const source = await layoutOf(large, 'large:v1');
    assertFailed(await load(images, source), `${images}/`, noSpace);
    await assertOnly(images, 'kept:v1');
    assert.equal(await pull(server.url, 'kept', 'v1'), 200);
    assert.equal(await pull(server.url, 'large', 'v1'), 404);
    disk.remount('size=16m');
    assert.equal((await load(images, source)).status, 0);
    await assertOnly(images, 'kept:v1', 'large:v1');
    assert.equal(await pull(server.url, 'large', 'v1'), 200);
  });

  test('fails a load of a packed archive that does not fit when it is unpacked', async () => {
    using disk = mountTmpfs('size=4m');
    const images = disk.path;
    await loadPath(images, await layoutOf(kept, 'kept:v1'));
    const source = await packed(large, 'large:v1');
    assertFailed(await load(images, source), `${images}/`, noSpace);
    await assertOnly(images, 'kept:v1');
    disk.remount('size=32m');
    assert.equal((await load(images, source)).status, 0);
    await assertOnly(images, 'kept:v1', 'large:v1');
  });

  test('fails a load from standard input that does not fit', async () => {
    using disk = mountTmpfs('size=4m');
    const images = disk.path;
    const source = await packed(large, 'large:v1');
    const script = '"$0" load --quiet --images "$1" - <"$2"';
    const { stderr, exitCode } = await runRefused('sh', ['-c', script, PROGRAM, images, source], { env });
    assertFailed({ status: exitCode, stdout: '', stderr }, `${images}/`, noSpace);
    await assertOnly(images);
  });

  test('does not keep a registry from serving what needs not be unpacked, and the rest once there is room', async () => {
    using disk = mountTmpfs('size=9m');
    const images = disk.path;
    await loadPath(images, await layoutOf(kept, 'kept:v1'));
    const archive = join(images, 'image.tar.gz');
    await copyFile(await packed(large, 'large:v1'), archive);
    await utimes(archive, LONG_AGO, LONG_AGO);
    await using server = await startServe(['--images', images, '--log-format', 'json'], { env });
    assert.equal(await pull(server.url, 'large', 'v1'), 404);
    await eventually('the log tells why', () =>
      /image\.tar\.gz: it is compressed, and cannot be unpacked into .*no space left on device/.test(server.stderr()),
    );
    assert.equal(await pull(server.url, 'kept', 'v1'), 200);
    assert.deepEqual(await readdir(join(images, '_unpacked')), []);
    disk.remount('size=32m');
    // What failed is tried again after a while, and at once when the archive has changed.
    await utimes(archive, LONG_AGO, new Date('2026-01-02T00:00:00Z'));
    assert.equal(await pull(server.url, 'large', 'v1'), 200);
    assert.equal(await pull(server.url, 'kept', 'v1'), 200);
  });

  for (const { what, option, used } of [
    { what: 'block', option: (count: number) => `size=${count * 4096}`, used: blocksUsed },
    { what: 'name', option: (count: number) => `nr_inodes=${count}`, used: namesUsed },
  ]) {
    test(`at whatever ${what} of a small image it is full, nothing of that is visible, and all that was there is`, async () => {
      const sources = { kept: await layoutOf(kept, 'kept:v1'), tiny: await layoutOf(tiny, 'team/tiny:v1') };
      let failures = 0;
      for (let more = 0, isLoaded = false; !isLoaded; more++) {
        using disk = mountTmpfs('size=1m');
        const images = disk.path;
        await loadPath(images, sources.kept);
        disk.remount(option((await used(images)) + more));
        isLoaded = await loadPath(images, sources.tiny).then(
          () => true,
          (err: unknown) => {
            assertTells((err as Error).message, `${images}/`, noSpace);
            return false;
          },
        );
        const { damage, tags } = await inspectFolder(images);
        assert.deepEqual(damage, []);
        assert.deepEqual([...tags.keys()], isLoaded ? ['kept:v1', 'team/tiny:v1'] : ['kept:v1']);
        assert.deepEqual(await readdir(join(images, '_fills')), []);
        if (isLoaded) continue;
        failures++;
        assert.deepEqual(
          (await readdir(images)).filter((name) => !name.startsWith('_')),
          ['kept'],
        );
        disk.remount('size=1m,nr_inodes=1000');
        await loadPath(images, sources.tiny);
        assert.deepEqual((await inspectFolder(images)).damage, []);
      }
      assert.ok(failures > 5, `${failures} failures`);
    });
  }

  async function blocksUsed(path: string): Promise<number> {
    const { blocks, bfree } = await statfs(path);
    return blocks - bfree;
  }

  async function namesUsed(path: string): Promise<number> {
    const { files, ffree } = await statfs(path);
    return files - ffree;
  }
});

describe('a read-only images folder', { skip }, () => {
  test('can be listed, inspected, exported, verified, served and asked what a load would do; a load says that it cannot be written', async () => {
    const folder = tempFolder();
    await loadPath(folder, await layoutOf(kept, 'kept:v1'));
    await writeArchive(join(folder, 'image.tar'), await layoutOf(large, 'large:v1'));
    const source = await layoutOf(tiny, 'team/tiny:v1');
    const before = await readdir(folder, { recursive: true });
    using disk = mountReadOnly(folder);
    const images = disk.path;
    assertFailed(await load(images, source), `${images}/`, /read-only file system/);
    const out = join(tempFolder(), 'kept.tar');
    for (const [args, stdout] of [
      [['load', '--dry-run', source], /would load team\/tiny:v1/],
      [['list'], /kept +v1 [^]*large +v1 /],
      [['inspect', 'kept:v1'], new RegExp(kept.manifest.digest)],
      [['inspect', 'large:v1'], new RegExp(large.manifest.digest)],
      [['export', 'oci-archive', 'kept:v1', 'large:v1', '-o', out], /^/],
      [['verify'], /^/],
    ] as const) {
      const ended = await runProgram([...args, '--images', images], { env });
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stdout, stdout);
    }
    await using server = await startServe(['--images', images, '--log-format', 'json'], { env });
    assert.equal(await pull(server.url, 'kept', 'v1'), 200);
    assert.equal(await pull(server.url, 'large', 'v1'), 200);
    assert.deepEqual(await readdir(folder, { recursive: true }), before);
  });
});

describe('a disk that fails when it is written to', { skip: missing('gcc') }, () => {
  for (const { call, path } of [
    { call: 'mkdir', path: '/_fills/' },
    { call: 'mkdir', path: '/_blobs' },
    { call: 'mkdir', path: '/_locks' },
    { call: 'mkdir', path: '/team/tiny/blobs' },
    { call: 'write', path: '/_fills/' },
    { call: 'write', path: '/team/tiny/.tmp-' },
    { call: 'fsync', path: '/_fills/' },
    { call: 'fsync', path: '/_blobs' },
    { call: 'fsync', path: '/team/tiny/blobs' },
    { call: 'fsync', path: '/team/tiny/.tmp-' },
    { call: 'link', path: '/_blobs/' },
    { call: 'link', path: '/_fills/' },
    { call: 'link', path: '/team/tiny/blobs/' },
    { call: 'rename', path: '/team/tiny/oci-layout' },
    { call: 'rename', path: '/team/tiny/index.json' },
  ]) {
    test(`${call} in ${path}: load names it and leaves nothing visible, and the next one succeeds`, async () => {
      const images = tempFolder();
      // Who is the first makes the folders of ours.
      const before = call === 'mkdir' ? [] : ['kept:v1'];
      for (const name of before) await loadPath(images, await layoutOf(kept, name));
      const source = await layoutOf(tiny, 'team/tiny:v1');
      const shim = { ...env, ...preloading('failing-writes'), EIO_CALL: call, EIO_PATH: path };
      assertFailed(
        await runProgram(['load', '--quiet', '--images', images, source], { env: shim }),
        `${images}/`,
        /i\/o error/,
      );
      await assertOnly(images, ...before);
      await loadPath(images, source);
      await assertOnly(images, ...before, 'team/tiny:v1');
    });
  }

  test('what is remembered of digests is not needed: a load goes on without', async () => {
    const images = tempFolder();
    const shim = { ...env, ...preloading('failing-writes'), EIO_CALL: 'write', EIO_PATH: '/_known/' };
    const ended = await runProgram(['load', '--images', images, await packed(large, 'large:v1')], { env: shim });
    assert.equal(ended.status, 0, ended.stderr);
    await assertOnly(images, 'large:v1');
  });
});

describe('a disk that fails when it is read', { skip: missing('gcc') }, () => {
  const failing = (path: string): Record<string, string> => ({
    ...env,
    ...preloading('failing-reads'),
    EIO_PATH: path,
    EIO_FROM: '0',
  });

  test('a source that cannot be read is named, and nothing of it is visible', async () => {
    const images = tempFolder();
    const archive = join(tempFolder(), 'image.tar');
    await writeArchive(archive, await layoutOf(large, 'large:v1'));
    const from = (byte: number) => ({ ...failing('/image.tar'), EIO_FROM: `${byte}` });
    for (const byte of [0, 1_000_000]) {
      const ended = await runProgram(['load', '--quiet', '--images', images, archive], { env: from(byte) });
      assertFailed(ended, 'image.tar', /i\/o error/);
      await assertOnly(images);
    }
    assert.equal((await load(images, archive)).status, 0);
  });

  for (const { what, file, asked } of [
    { what: 'an archive', file: 'bad.tar', asked: 'bad' },
    { what: 'an index.json', file: 'bad/index.json', asked: 'bad' },
    { what: 'a manifest', file: `bad/blobs/sha256/${kept.manifest.digest.slice(7)}`, asked: 'bad' },
  ]) {
    test(`${what} that cannot be read is a problem of its own: the others are listed and served`, async () => {
      const images = tempFolder();
      await loadPath(images, await layoutOf(tiny, 'team/tiny:v1'));
      await writeArchive(join(images, 'good.tar'), await layoutOf(large, 'large:v1'));
      if (file.endsWith('.tar')) await writeArchive(join(images, file), await layoutOf(kept, 'bad:v1'));
      else await writeOciLayout(join(images, 'bad'), [{ image: kept, tag: 'v1' }]);
      const shim = failing(`/${file}`);
      const listed = await runProgram(['list', '--images', images], { env: shim });
      assert.equal(listed.status, 0, listed.stderr);
      assert.match(listed.stdout, /large +v1 /);
      assert.match(listed.stdout, /team\/tiny +v1 /);
      const problems = await runProgram(['list', '--problems', '--images', images], { env: shim });
      assert.match(problems.stdout, new RegExp(`${file}.*i/o error`));
      await using server = await startServe(['--images', images, '--log-format', 'json'], { env: shim });
      assert.equal(await pull(server.url, 'large', 'v1'), 200);
      assert.equal(await pull(server.url, 'team/tiny', 'v1'), 200);
      assert.equal((await fetch(`${server.url}/v2/team/tiny/tags/list`)).status, 200);
      assert.equal(await pull(server.url, asked, 'v1'), 404);
      const told = new RegExp(`not served: .*${file}.*i/o error`);
      await eventually('the log tells why', () => told.test(server.stderr()));
    });
  }
});
