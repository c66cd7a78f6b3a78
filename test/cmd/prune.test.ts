import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { Store } from '../../api/store/store.ts';
import { storeImage } from '../support/store-image.ts';
import { filesBelow } from '../support/stored-blobs.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { piecesOf, tinyImage, type TinyImage } from '../support/tiny-image.ts';
import { canBeUnprivileged, runProgram, startServe, type Ended } from './program.ts';

const DAY = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY);
const image = (seed: string): TinyImage => tinyImage({ seed });

interface Document {
  readonly dryRun: boolean;
  readonly images: readonly {
    readonly repository: string;
    readonly tag: string | null;
    readonly reasons: readonly string[];
  }[];
  readonly files: readonly object[];
  readonly freedBytes: number;
  readonly heldBytes: number;
  readonly problems: readonly string[];
}

async function filled(): Promise<string> {
  const root = join(tempFolder(), 'images');
  using store = new Store(root);
  await storeImage(store, 'team/app', image('a'), 'v1', { fetched: daysAgo(100) });
  await storeImage(store, 'team/app', image('b'), 'v2', { fetched: daysAgo(50) });
  await storeImage(store, 'docker.io/library/alpine', image('c'), '3.19', { fetched: daysAgo(10) });
  return root;
}

const prune = (root: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(['prune', '--images', root, ...args]);

const gone = ({ stdout }: Ended): string[] =>
  (JSON.parse(stdout) as Document).images.map(({ repository, tag }) => `${repository}:${tag ?? ''}`);

describe('prune', { concurrency: 2 }, () => {
  let root = '';
  before(async () => {
    root = await filled();
  });

  for (const { args, says } of [
    {
      args: [],
      says: /nothing says what is to go: give --pattern, .* or --unreferenced \(see ociregistry prune --help\)/,
    },
    { args: ['--dry-run', '--json'], says: /nothing says what is to go/ },
    { args: ['--max-bytes', '0'], says: /nothing says what is to go/ },
    { args: ['--older-than', '30'], says: /--older-than "30": allowed: 500ms, 10s, 5m, 2h or 30d/ },
    { args: ['--unused-for', 'long'], says: /--unused-for "long": allowed: / },
    { args: ['--keep', '0'], says: /--keep "0": allowed: 1 and more/ },
    { args: ['--keep', '-1'], says: /--keep/ },
    { args: ['--max-bytes', '50G'], says: /--max-bytes "50G": allowed: 50GiB, / },
    { args: ['--older', '30d'], says: /unknown option '--older'/ },
    { args: ['--keep', '1', 'team/app'], says: /too many arguments/ },
  ]) {
    test(`${args.join(' ') || 'nothing'} is wrong usage`, async () => {
      const before = await filesBelow(root);
      const { status, stdout, stderr } = await prune(root, ...args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, says);
      assert.deepEqual(await filesBelow(root), before);
    });
  }

  test('--dry-run prints a table of what would go and why, and touches nothing', async () => {
    const before = await filesBelow(root);
    const { status, stdout, stderr } = await prune(root, '--older-than', '30d', '--pattern', 'team/**', '--dry-run');
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {3,}/));
    assert.deepEqual(rows[0], ['REPOSITORY', 'TAG', 'DIGEST', 'SIZE', 'REASON']);
    assert.deepEqual(
      rows.slice(1).map(([repository, tag, , , reason]) => [repository, tag, reason]),
      [
        ['team/app', 'v1', 'matches, fetched 3 months ago'],
        ['team/app', 'v2', 'matches, fetched 7 weeks ago'],
      ],
    );
    assert.match(stderr, /^2 images would be removed, 1\.3 KiB \(\d+ bytes\) freed; \d+ B stay\n$/);
    assert.equal(status, 0);
    assert.deepEqual(await filesBelow(root), before);
  });

  test('--json prints one document with every field, sizes in bytes and times in UTC', async () => {
    const { stdout } = await prune(root, '--keep', '1', '--pattern', 'team/*', '--dry-run', '--json');
    const { images, ...document } = JSON.parse(stdout) as Document & { images: { fetched: string }[] };
    assert.match(images[0]!.fetched, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { fetched: _, ...first } = images[0]!;
    assert.deepEqual(first, {
      repository: 'team/app',
      tag: 'v1',
      digest: image('a').manifest.digest,
      size: bytesOf(image('a')),
      reasons: ['pattern', 'keep'],
      lastUsed: null,
    });
    assert.deepEqual(document, {
      dryRun: true,
      files: [],
      freedBytes: bytesOf(image('a')),
      heldBytes: bytesOf(image('b')) + bytesOf(image('c')),
      problems: [],
    });
  });

  test('patterns are those of list, any of them may match', async () => {
    const args = ['--pattern', '**/alpine', '--pattern', 'team/app:v1', '--dry-run', '--json'];
    assert.deepEqual(gone(await prune(root, ...args)), ['docker.io/library/alpine:3.19', 'team/app:v1']);
  });

  test('removes, and tells of what nothing needs as well', async () => {
    const own = await filled();
    await mkdir(join(own, '_fills/died'), { recursive: true });
    await writeFile(join(own, '_fills/died/half'), 'half');
    const { status, stdout, stderr } = await prune(own, '--older-than', '60d', '--unreferenced');
    assert.match(stdout, /^REPOSITORY [^\n]+\nteam\/app +v1 [^\n]+ fetched 3 months ago\n$/);
    assert.match(stderr, /^1 image removed, /);
    assert.equal(status, 0);
    assert.deepEqual(gone(await prune(own, '--pattern', '**', '--dry-run', '--json')), [
      'docker.io/library/alpine:3.19',
      'team/app:v2',
    ]);
  });

  test('says when it cannot make enough room', async () => {
    const own = await filled();
    const { status, stderr, stdout } = await prune(own, '--max-bytes', '1kB', '--keep', '1', '--json');
    assert.match(stderr, /[\d.]+ KiB are more than 1000 B, but nothing else may go/);
    assert.equal(status, 0);
    assert.deepEqual(
      (JSON.parse(stdout) as Document).images.map(({ reasons }) => reasons),
      [['max-bytes']],
    );
  });

  test('tells of what it could not look into, with status 1', async () => {
    const own = await filled();
    await writeFile(join(own, 'team/app/index.json'), 'torn');
    const { status, stdout, stderr } = await prune(own, '--pattern', '**', '--json');
    assert.equal(status, 1);
    assert.match(stderr, /ociregistry: \S+team\/app\/index\.json: not JSON/);
    assert.deepEqual(gone({ stdout, stderr, status }), ['docker.io/library/alpine:3.19']);
  });

  test('a folder that is missing is told of, and not made', async () => {
    const { status, stderr } = await prune(join(root, '../no'), '--keep', '1');
    assert.equal(stderr, `ociregistry: images folder ${join(root, '../no')}: no such file or directory\n`);
    assert.equal(status, 1);
  });

  test(
    'a folder that is read-only cannot be pruned, but looked at',
    { skip: !canBeUnprivileged && 'needs setpriv' },
    async () => {
      const own = await filled();
      await chmod(own, 0o555);
      const run = (...args: string[]): Promise<Ended> =>
        runProgram(['prune', '--images', own, '--keep', '1', ...args], { unprivileged: true });
      const { status, stderr } = await run();
      assert.equal(stderr, `ociregistry: images folder ${own}: nothing can be removed from it: permission denied\n`);
      assert.equal(status, 1);
      assert.deepEqual(gone(await run('--dry-run', '--json')), ['team/app:v1']);
    },
  );

  test('what serve gave out is not unused', async () => {
    const own = await filled();
    {
      await using server = await startServe(['--images', own]);
      const get = (path: string): Promise<Response> => fetch(`${server.url}/v2/${path}`);
      assert.equal((await get('team/app/manifests/v1')).status, 200);
      assert.equal((await get(`alpine/manifests/${image('c').manifest.digest}`)).status, 200);
      assert.equal((await get('team/app/manifests/v3')).status, 404);
      // Beside a server that runs.
      assert.deepEqual(gone(await prune(own, '--unused-for', '90d', '--dry-run', '--json')), ['team/app:v1']);
      server.child.kill('SIGTERM');
      assert.equal((await server.ended).status, 0);
    }
    assert.deepEqual(gone(await prune(own, '--unused-for', '1d', '--json')), ['team/app:v2']);
  });

  test('what a running server serves is gone at the next request', async () => {
    const own = await filled();
    await using server = await startServe(['--images', own]);
    const status = async (path: string): Promise<number> => (await fetch(`${server.url}/v2/${path}`)).status;
    assert.equal(await status('team/app/manifests/v1'), 200);
    assert.equal((await prune(own, '--pattern', 'team/app:v1')).status, 0);
    assert.equal(await status('team/app/manifests/v1'), 404);
    assert.equal(await status(`team/app/blobs/${image('a').config.digest}`), 404);
    assert.equal(await status('team/app/manifests/v2'), 200);
    assert.equal(await status(`team/app/blobs/${image('b').config.digest}`), 200);
  });
});

const bytesOf = (of: TinyImage): number => piecesOf(of).reduce((sum, { bytes }) => sum + bytes.length, 0);
