import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, runRefused } from '../support/clients/command.ts';
import { startDaemon } from '../support/clients/daemon.ts';
import { missing, tool } from '../support/clients/requires.ts';
import { serve } from '../support/clients/served.ts';
import { preloading } from '../support/preloaded.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { descriptorOf, piece, tinyImage } from '../support/tiny-image.ts';
import { layoutBlobPath, writeLayoutBlob, writeOciLayout } from '../support/write-images.ts';

const program = fileURLToPath(new URL('../../bin/ociregistry', import.meta.url));
const big = piece(
  Buffer.alloc(3_000_000, 'a layer that is large enough to come in pieces '),
  'application/octet-stream',
);
const image = tinyImage({ seed: 'big', more: { layers: [descriptorOf(big)] } });

async function folder(): Promise<string> {
  const root = tempFolder();
  await writeOciLayout(join(root, 'app'), [
    { image, tag: 'v1' },
    { image: tinyImage({ seed: 'other' }), tag: 'other' },
  ]);
  await writeLayoutBlob(join(root, 'app'), big);
  return root;
}

/** What curl got, whole or not. */
async function download(url: string, ...flags: string[]): Promise<{ exitCode: number; sha256: string; bytes: number }> {
  const file = join(tempFolder(), 'body');
  await writeFile(file, '');
  const curl = ['-c', '"$0" "$@" >&2; echo $?', 'curl', '--silent', '--fail', '--output', file, ...flags, url];
  const exitCode = Number((await run('sh', curl)).stdout);
  const { stdout } = await run('sha256sum', [file]);
  const size = Number((await run('stat', ['-c', '%s', file])).stdout);
  return { exitCode, sha256: stdout.slice(0, 64), bytes: size };
}

describe('a disk that goes bad', { skip: missing('gcc', 'curl', 'crane') }, () => {
  test('a read that fails in the middle cuts the connection, names file and byte, and the next request is answered', async () => {
    const root = await folder();
    const path = `blobs/sha256/${big.digest.slice('sha256:'.length)}`;
    const readyLine = /^listening on (http:\S+)$/m;
    await using registry = await startDaemon({
      name: 'ociregistry on a failing disk',
      file: program,
      args: ['serve', '--images', root, '--port', '0', '--log-format', 'json'],
      env: { ...preloading('failing-reads'), EIO_PATH: path, EIO_FROM: '1000000' },
      ready: (started) => readyLine.test(started.stdout()),
    });
    const url = readyLine.exec(registry.stdout())?.[1] ?? '';
    const got = await download(`${url}/v2/app/blobs/${big.digest}`);
    assert.equal(got.exitCode, 18); // curl: a partial file
    assert.ok(got.bytes <= 1_048_576);
    const errors = registry
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":"error"'));
    assert.equal(errors.length, 1, registry.log());
    assert.match(errors[0] ?? '', new RegExp(`${path}: reading at byte \\d+ failed: EIO`));
    assert.equal((await download(`${url}/v2/app/manifests/other`)).exitCode, 0);
    assert.equal((await download(`${url}/v2/app/blobs/${image.config.digest}`)).exitCode, 0);
  });

  test('a layer that is truncated or swapped on disk is never pulled, everything else is, and list --problems names it', async () => {
    const root = await folder();
    await using registry = await serve(root);
    const pull = (tag: string): string[] => ['pull', `${registry.host}/app:${tag}`, join(tempFolder(), 'image.tar')];
    const path = layoutBlobPath(join(root, 'app'), big.digest);
    await truncate(path, 1_000_000);
    assert.match(
      (await runRefused(tool('crane'), pull('v1'))).stderr,
      /MANIFEST_UNKNOWN.*1000000 bytes, expected 3000000/,
    );
    assert.match(
      (await run(program, ['list', '--problems', '--images', root])).stdout,
      /1000000 bytes, expected 3000000/,
    );

    const swapped = Buffer.alloc(big.bytes.length, 'somebody else’s ');
    await writeFile(path, swapped);
    for (const flags of [[], ['--range', '5-'], ['--range', '-1']]) {
      const got = await download(`${registry.url}/v2/app/blobs/${big.digest}`, ...flags);
      assert.notEqual(got.exitCode, 0);
      assert.notEqual(got.sha256, createHash('sha256').update(swapped).digest('hex'));
    }
    await runRefused(tool('crane'), pull('v1'));
    await run(tool('crane'), ['manifest', `${registry.host}/app:other`]);
    await registry.stop();
    assert.match(
      (await run(program, ['list', '--problems', '--images', root])).stdout,
      new RegExp(`the content of .*${big.digest.slice(7)} is sha256:`),
    );
  });

  test('verify names a file that cannot be read, goes on with the others, and moves it aside', async () => {
    const root = await folder();
    const path = `app/blobs/sha256/${big.digest.slice('sha256:'.length)}`;
    const env = { ...preloading('failing-reads'), EIO_PATH: path, EIO_FROM: '1000000' };
    const { stdout, stderr, exitCode } = await runRefused(program, ['verify', '--images', root, '--quarantine'], {
      env,
    });
    assert.equal(exitCode, 1);
    const [, row] = stdout.split('\n');
    assert.match(
      row ?? '',
      new RegExp(`${path} +${big.digest} +it cannot be read: EIO.* app:v1 .*_quarantine/sha256-`),
    );
    assert.match(stderr, /^good {2}app:other$/m);
    assert.match(stderr, /^ociregistry: 1 bad, of 2 images/m);
  });
});
