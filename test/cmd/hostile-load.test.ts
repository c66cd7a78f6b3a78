import assert from 'node:assert/strict';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { hostileDocuments } from '../support/hostile/hostile-documents.ts';
import { MiB, ociFiles, type HostileArchive } from '../support/hostile/hostile-images.ts';
import { hostileNames } from '../support/hostile/hostile-names.ts';
import { hostileTars } from '../support/hostile/hostile-tars.ts';
import { fileEntries, tarEntry, tarOf } from '../support/hostile/tar-bytes.ts';
import { peakMemory, peakMemoryUntil, tellsPeakMemory } from '../support/peak-memory.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { writeOciLayout } from '../support/write-images.ts';
import { runProgram, startProgram, startServe } from './program.ts';

/** Unbounded, the worst of them took gigabytes; what is measured is some 270 to 410, as the garbage collector has it. */
const MAX_MEMORY = 700 * MiB;

/** Those that ask for the most, or have something to say to a terminal. */
const WORST = [
  'a bomb of zstd',
  'an index.json of 64 MiB of empty objects',
  'a digest that is deep',
  'a manifest of 64 MiB',
  '30,000 layers that are nowhere',
  'a bomb that a thousand layers name, which is unpacked once',
  'an index of 30,000 children that are nowhere',
  '40,000 manifests without a name',
  '500,000 manifests without a name',
  '40,000 tags',
  '20,000 repositories',
  '40,000 tags in an index.json',
  'escape sequences of a terminal',
  'line breaks and reversed text',
  'a config that colours the terminal',
];
const worst = WORST.map((name) => {
  const all = [...hostileTars, ...hostileDocuments, ...hostileNames];
  const archive = all.find(({ what }) => what === name);
  if (archive === undefined) throw new Error(`no hostile archive is called ${name}`);
  return archive;
});

/** As old as archives are that are no longer written to. */
async function writeLongAgo(path: string, bytes: Buffer): Promise<string> {
  await writeFile(path, bytes);
  await utimes(path, new Date('2026-01-01'), new Date('2026-01-01'));
  return path;
}

const fileOf = ({ file }: HostileArchive, i: number): string => file.replace('evil', `evil${i}`);

/** Letters that a terminal does nothing with. */
const PRINTABLE = /^[\x20-\x7e]+$/;

describe('load of a hostile archive', { skip: !tellsPeakMemory && 'needs /proc' }, () => {
  for (const archive of worst) {
    const { what, file, bytes, refused } = archive;
    const becomes = refused ? 'fails with one line that can be printed' : 'is loaded';
    test(`${what}: ${becomes}, in little memory`, async () => {
      const path = await writeLongAgo(join(tempFolder(), file), bytes());
      const images = tempFolder();
      const { child, ended } = startProgram(['load', '--quiet', '--images', images, path]);
      const peak = await peakMemoryUntil(ended, child.pid!);
      const { status, stderr } = await ended;
      assert.equal(status, refused ? 1 : 0, stderr);
      if (refused) {
        const [line = '', ...more] = stderr.split('\n');
        assert.deepEqual(more, ['']);
        assert.match(line, /^ociregistry: /);
        assert.match(line, refused);
        assert.match(line, PRINTABLE);
        assert.ok(line.length < 2_000, `${line.length} letters`);
        assert.deepEqual(
          (await readdir(images)).filter((name) => !name.startsWith('_')),
          [],
        );
      }
      assert.deepEqual(await readdir(join(images, '_fills')), []);
      assert.ok(peak < MAX_MEMORY, `${Math.round(peak / MiB)} MiB`);
    });
  }
});

test(
  'a folder full of hostile archives serves a good image all the while',
  { skip: !tellsPeakMemory && 'needs /proc' },
  async () => {
    const images = tempFolder();
    const good = tinyImage({ seed: 'good' });
    await writeOciLayout(join(images, 'good'), [{ image: good, tag: 'v1' }]);
    for (const [i, archive] of worst.entries()) await writeLongAgo(join(images, fileOf(archive, i)), archive.bytes());
    await using server = await startServe(['--images', images, '--log-format', 'json']);
    const get = async (path: string): Promise<Response> => {
      const response = await fetch(`${server.url}/v2/${path}`);
      await response.arrayBuffer();
      return response;
    };
    const evil = ['evil/manifests/v1', 'evil/tags/list', 'evil7/manifests/v1', '_catalog?n=10'];
    const asking = new AbortController();
    const answers = Promise.all(evil.map(get)).finally(() => asking.abort());
    let pulls = 0;
    do {
      assert.equal((await get('good/manifests/v1')).status, 200);
      assert.equal((await get(`good/blobs/${good.config.digest}`)).status, 200);
      pulls++;
    } while (!asking.signal.aborted);
    for (const { status } of await answers) assert.ok(status === 200 || status === 404, `${status}`);
    assert.ok(pulls > 1);
    assert.equal((await get('good/tags/list')).status, 200);
    const peak = peakMemory(server.child.pid!);
    // All at once, with what has not been swept up yet.
    assert.ok(peak < 2 * MAX_MEMORY, `${Math.round(peak / MiB)} MiB`);
    assert.doesNotMatch(server.stderr(), /"level":"error"/);
  },
);

test('list --problems tells of hostile archives in letters that can be printed', async () => {
  const images = tempFolder();
  const talking = worst.filter(({ what }) => /terminal|reversed/.test(what));
  for (const [i, archive] of talking.entries()) await writeLongAgo(join(images, fileOf(archive, i)), archive.bytes());
  const { status, stdout } = await runProgram(['list', '--problems', '--images', images]);
  assert.equal(status, 0);
  for (const line of stdout.trimEnd().split('\n')) assert.match(line, PRINTABLE);
  for (const i of talking.keys()) assert.match(stdout, new RegExp(`evil${i}\\.tar`));
});

describe('how much a compressed archive may unpack to is a setting', () => {
  const zeros = Buffer.alloc(5 * MiB);
  const packed = gzipSync(tarOf([...fileEntries(ociFiles()), tarEntry({ path: 'zeros' }, zeros)]));
  for (const { by, flags = [], env = {}, told } of [
    { by: '--unpack-bytes', flags: ['--unpack-bytes', '1MiB'], told: /more than 1048576 bytes come out of \d+/ },
    { by: '--unpack-ratio', flags: ['--unpack-ratio', '20'], told: /more than 1310720 bytes come out of \d+/ },
    { by: 'a variable', env: { OCIREGISTRY_LIMITS_UNPACK_BYTES: '1MB' }, told: /more than 1000000 bytes come out/ },
  ]) {
    test(`by ${by}: for load, list and serve`, async () => {
      const images = tempFolder();
      const path = await writeLongAgo(join(images, 'x.tar.gz'), packed);
      const loaded = await runProgram(['load', ...flags, '--images', tempFolder(), path], { env });
      assert.equal(loaded.status, 1);
      assert.match(loaded.stderr, told);
      const listed = await runProgram(['list', '--problems', ...flags, '--images', images], { env });
      assert.match(listed.stdout, told);
      await using server = await startServe(['--images', images, ...flags], { env });
      const response = await fetch(`${server.url}/v2/evil/manifests/v1`);
      assert.equal(response.status, 404);
      assert.match(await response.text(), told);
      assert.deepEqual(await readdir(join(images, '_unpacked')), []);
    });
  }

  test('and 0 is no limit', async () => {
    const path = await writeLongAgo(join(tempFolder(), 'x.tar.gz'), packed);
    const flags = ['--unpack-ratio', '0', '--unpack-bytes', '0'];
    assert.equal((await runProgram(['load', ...flags, '--images', tempFolder(), path])).status, 0);
  });
});
