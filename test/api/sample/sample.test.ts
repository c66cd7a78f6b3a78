import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { createSample } from '../../../api/sample/image.ts';
import { ARCHITECTURES, createProgram } from '../../../api/sample/program.ts';
import { parseManifest } from '../../../api/oci/manifest.ts';
import { missing } from '../../support/clients/requires.ts';
import { readBody } from '../../support/read-body.ts';
import { ref, repo } from '../../support/repository.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const hello = repo('sample/hello');

test('the sample’s digests are the same on every machine: they stand in the documentation', async () => {
  const { descriptor, bytes } = await (await createSample()).getManifest(hello, ref('latest'));
  assert.equal(descriptor.digest, 'sha256:91674e26c2b701f3fa951650877c571996e8fc082ce4086221d5c3e60c8ce8e4');
  const platforms = parseManifest(bytes).manifests.map(({ platform }) => platform);
  assert.deepEqual(
    platforms,
    ARCHITECTURES.map((architecture) => ({ os: 'linux', architecture })),
  );
});

test('the layer of each platform holds its program, executable for all', async () => {
  const sample = await createSample();
  const { bytes } = await sample.getManifest(hello, ref('latest'));
  for (const child of parseManifest(bytes).manifests) {
    const { layers } = parseManifest((await sample.getManifest(hello, child.digest)).bytes);
    const tar = extract();
    for (const layer of layers)
      Readable.from([gunzipSync(await readBody((await sample.openBlob(hello, layer.digest)).body))]).pipe(tar);
    const names: string[] = [];
    for await (const entry of tar) {
      names.push(`${entry.header.name} ${entry.header.mode.toString(8)}`);
      assert.match(await text(entry), /ELF[^]*Hello from ociregistry/);
    }
    assert.deepEqual(names, ['hello 755']);
  }
});

const native = arch() === 'arm64' ? 'arm64' : 'amd64';
for (const architecture of ARCHITECTURES) {
  const emulator =
    architecture === native ? undefined : `qemu-${{ amd64: 'x86_64', arm64: 'aarch64' }[architecture]}-static`;
  test(
    `the ${architecture} program prints its text and exits with 0`,
    { skip: emulator !== undefined && missing(emulator) },
    () => {
      const file = join(tempFolder(), 'hello');
      writeFileSync(file, createProgram(architecture, 'good morning\n'));
      chmodSync(file, 0o755);
      const [command, ...args] = emulator === undefined ? [file] : [emulator, file];
      const { stdout, status, error } = spawnSync(command, args, { encoding: 'utf8' });
      assert.equal(error, undefined);
      assert.deepEqual([stdout, status], ['good morning\n', 0]);
    },
  );
}
