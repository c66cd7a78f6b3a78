import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../support/temp-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of what the generator reads and writes. */
function workspace(): string {
  const folder = tempFolder();
  for (const name of ['cmd/generate.ts', 'generated', 'ociregistry.yaml', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function generate(folder: string, ...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [join(folder, 'cmd/generate.ts'), ...args], { encoding: 'utf8' });
}

function change(folder: string, from: string, to: string): void {
  const file = join(folder, 'ociregistry.yaml');
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(from));
  writeFileSync(file, text.replace(from, to));
}

describe('generate', () => {
  test('what is committed is up to date', () => {
    assert.equal(generate(root, '--check').status, 0);
  });

  test('--check names what is stale, and writes nothing', () => {
    const folder = workspace();
    appendFileSync(join(folder, 'ociregistry.yaml'), '# a comment\n');
    const { status, stderr } = generate(folder, '--check');
    assert.equal(status, 1);
    assert.match(stderr, /generated\/spec.ts is stale/);
    assert.doesNotMatch(stderr, /routes.ts/);
    assert.equal(generate(folder, '--check').status, 1);
    assert.equal(generate(folder).status, 0);
    assert.equal(generate(folder, '--check').status, 0);
  });

  const broken: [title: string, from: string, to: string, message: RegExp][] = [
    [
      'an operation without a name',
      'operationId: getBlob\n',
      'x-nothing: 1\n',
      /get \/v2\/\{name\}\/blobs\/\{digest\} has no operationId/,
    ],
    ['a name twice', 'operationId: getBlob\n', 'operationId: getManifest\n', /getManifest is not/],
    [
      'a GET without HEAD',
      '    head:\n      operationId: headBase',
      '    trace:\n      operationId: headBase',
      /\/v2\/ has GET but no HEAD/,
    ],
    ['an undeclared parameter', '/v2/{name}/tags/list:', '/v2/{name}/tags/{list}:', /does not declare \{list\}/],
  ];
  for (const [title, from, to, message] of broken) {
    test(`${title} is refused`, () => {
      const folder = workspace();
      change(folder, from, to);
      const { status, stderr } = generate(folder);
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }
});
