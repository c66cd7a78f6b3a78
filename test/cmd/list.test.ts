import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { splitDigest } from '../../api/oci/digest.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage, tinyIndex } from '../support/tiny-image.ts';
import { write, writeOciLayout, writeSkopeoDir } from '../support/write-images.ts';
import { canBeUnprivileged, runProgram } from './program.ts';

describe('list', { concurrency: 2 }, () => {
  const folder = tempFolder();
  const images = join(folder, 'images');
  const alpine = tinyImage({ seed: 'alpine' });
  const app = tinyIndex([tinyImage({ seed: 'amd' }), tinyImage({ seed: 'arm', architecture: 'arm64' })]);
  const list = (...args: readonly string[]) => runProgram(['list', '--images', images, ...args]);

  before(async () => {
    await writeSkopeoDir(join(images, 'library/alpine/3.19'), alpine);
    await writeOciLayout(join(images, 'team/app'), [
      { image: app, tag: 'v2' },
      { image: app, tag: 'v10' },
    ]);
    await write(join(images, 'notes/readme\u001b[31m.txt'), 'not an image');
    await writeSkopeoDir(join(folder, 'iso/tool/v1'), tinyImage({ seed: 'tool' }));
    await writeSkopeoDir(join(folder, 'iso/library/alpine/3.19'), tinyImage({ seed: 'another alpine' }));
  });

  test('prints a table by repository and tag, and on stderr that something was skipped', async () => {
    const { status, stdout, stderr } = await list();
    const [head, ...rows] = stdout.trimEnd().split('\n');
    assert.match(head ?? '', /^REPOSITORY +TAG +DIGEST +KIND +PLATFORMS +SIZE +CREATED +SOURCE$/);
    const columns = rows.map((row) => row.split(/ {3,}/));
    const short = `sha256:${splitDigest(alpine.manifest.digest).encoded.slice(0, 12)}`;
    assert.deepEqual(columns[0]?.slice(0, 5), ['library/alpine', '3.19', short, 'image', 'linux/amd64']);
    assert.deepEqual(
      columns.map(([repository, tag]) => `${repository ?? ''}:${tag ?? ''}`),
      ['library/alpine:3.19', 'team/app:v10', 'team/app:v2'],
    );
    assert.match(columns[1]?.[4] ?? '', /^linux\/amd64,linux\/arm64$/);
    assert.match(stderr, /1 skipped: see list --problems/);
    assert.equal(status, 0);
  });

  test('--digests shows digests whole, --header=false no headings', async () => {
    const { stdout } = await list('--digests', '--header=false', '**/alpine');
    assert.match(stdout, new RegExp(`^library/alpine {3}3\\.19 {3}${alpine.manifest.digest} [^\n]*\n$`));
  });

  test('--json prints one document with every field, sizes in bytes and times in UTC', async () => {
    const { stdout } = await list('--json', 'library/*');
    const size = [alpine.manifest, alpine.config, ...alpine.layers].reduce((sum, { bytes }) => sum + bytes.length, 0);
    const { problems, ...document } = JSON.parse(stdout) as { images: object[]; problems: { path: string }[] };
    assert.deepEqual(document, {
      images: [
        {
          repository: 'library/alpine',
          tag: '3.19',
          digest: alpine.manifest.digest,
          mediaType: alpine.manifest.mediaType,
          kind: 'image',
          platforms: ['linux/amd64'],
          size,
          created: '2026-11-01T12:00:00.000Z',
          source: null,
          path: join(images, 'library/alpine/3.19'),
        },
      ],
    });
    assert.deepEqual(
      problems.map(({ path }) => path),
      [join(images, 'notes')],
    );
  });

  test(
    '--problems names a directory that may not be read, which hides no other',
    { skip: !canBeUnprivileged && 'needs setpriv' },
    async () => {
      const root = tempFolder();
      await writeSkopeoDir(join(root, 'app/v1'), alpine);
      await writeSkopeoDir(join(root, 'app/v2'), alpine);
      await chmod(join(root, 'app/v2'), 0o000);
      const options = { unprivileged: true };
      const { stdout } = await runProgram(['list', '--images', root, '--problems'], options);
      assert.match(stdout, /app\/v2 +a directory that may not be read\n$/);
      assert.match((await runProgram(['list', '--images', root], options)).stdout, /app +v1 /);
    },
  );

  test('--problems names what is skipped, and why', async () => {
    const { stdout, status } = await list('--problems');
    assert.match(stdout, /^PATH +REASON\n\S+\/notes +no image: [^\n]+\n$/);
    assert.equal(status, 0);
  });

  test('--mount adds a folder, and the first that has a name wins', async () => {
    const { stdout } = await list(
      '--json',
      '--mount',
      `=${join(folder, 'iso')}`,
      '--mount',
      `p/q=${join(folder, 'iso')}`,
    );
    const listed = (JSON.parse(stdout) as { images: { repository: string; tag: string; path: string }[] }).images;
    assert.deepEqual(
      listed.map(({ repository, tag, path }) => [`${repository}:${tag}`, path]),
      [
        ['library/alpine:3.19', join(images, 'library/alpine/3.19')],
        ['p/q/library/alpine:3.19', join(folder, 'iso/library/alpine/3.19')],
        ['p/q/tool:v1', join(folder, 'iso/tool/v1')],
        ['team/app:v10', join(images, 'team/app')],
        ['team/app:v2', join(images, 'team/app')],
        ['tool:v1', join(folder, 'iso/tool/v1')],
      ],
    );
  });

  test('a pattern that matches nothing leaves the headings, with status 0', async () => {
    const { status, stdout } = await list('nothing');
    assert.match(stdout, /^REPOSITORY [^\n]*\n$/);
    assert.equal(status, 0);
  });

  test('a folder that is missing is told of, and not made', async () => {
    const { status, stderr } = await runProgram(['list', '--images', join(folder, 'no')]);
    assert.equal(stderr, `ociregistry: images folder ${join(folder, 'no')}: no such file or directory\n`);
    assert.equal(status, 1);
    await assert.rejects(rm(join(folder, 'no')));
  });

  test('a reader that leaves early is no failure', async () => {
    const program = fileURLToPath(new URL('../../cmd/ociregistry.ts', import.meta.url));
    const child = spawn(process.execPath, [program, 'list', '--images', images], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const said = child.stderr.setEncoding('utf8').toArray();
    const [status] = (await once(child, 'close')) as [number];
    assert.doesNotMatch((await said).join(''), /EPIPE|ociregistry:/);
    assert.equal(status, 0);
  });
});
