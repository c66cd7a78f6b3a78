import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { runProgram } from './program.ts';

const wrong: readonly { name: string; args: readonly string[]; env?: Record<string, string>; says: RegExp }[] = [
  {
    name: 'an unknown command names the nearest one',
    args: ['serv'],
    says: /unknown command 'serv', did you mean serve\?/,
  },
  {
    name: 'an unknown flag names the nearest one',
    args: ['serve', '--prot', '1'],
    says: /'--prot', did you mean --port\? \(see ociregistry serve --help\)/,
  },
  {
    name: 'an unknown global flag names the nearest one',
    args: ['list', '--image', 'x'],
    says: /'--image', did you mean --images\?/,
  },
  {
    name: 'an unknown flag of no command is refused',
    args: ['--nope'],
    says: /unknown option '--nope' \(see ociregistry --help\)/,
  },
  {
    name: 'a port that is too large names what is allowed',
    args: ['serve', '--port', '65536'],
    says: /--port "65536": allowed: 0 to 65535/,
  },
  { name: 'a port that is no number is refused', args: ['serve', '--port', '5e3'], says: /--port "5e3"/ },
  { name: 'an empty port is refused', args: ['serve', '--port='], says: /--port ""/ },
  {
    name: 'a flag without its value is refused',
    args: ['serve', '--port'],
    says: /'--port <number>' argument missing/,
  },
  {
    name: 'a bad variable is named',
    args: ['serve'],
    env: { OCIREGISTRY_LISTEN_PORT: 'x' },
    says: /OCIREGISTRY_LISTEN_PORT "x": allowed: 0 to 65535/,
  },
  {
    name: 'a mount without = is refused',
    args: ['serve', '--mount', 'dir'],
    says: /--mount "dir": allowed: PREFIX=DIR/,
  },
  {
    name: 'a mount whose prefix is no repository name is refused',
    args: ['serve', '--mount', 'Upper=/srv'],
    says: /--mount "Upper=\/srv"/,
  },
  { name: 'a mount without a folder is refused', args: ['list', '--mount', 'p='], says: /--mount "p="/ },
  {
    name: 'an unknown log level lists those that are',
    args: ['list', '--log-level', 'loud'],
    says: /--log-level "loud": allowed: error, warn, info, debug/,
  },
  { name: 'an argument too many is refused', args: ['serve', 'images'], says: /too many arguments for 'serve'/ },
  {
    name: 'an upstream that is no host is refused',
    args: ['serve', '--upstream', 'a/b'],
    says: /--upstream "a\/b": allowed: HOST or HOST=URL/,
  },
  {
    name: 'a default upstream that is none names what is to be done',
    args: ['serve', '--upstream', 'quay.io', '--default-upstream', 'docker.io'],
    says: /--default-upstream docker\.io: no such upstream: add --upstream docker\.io/,
  },
  {
    name: 'a variable without a flag is checked as well',
    args: ['config', 'show'],
    env: { OCIREGISTRY_CACHE_MAX_BYTES: '50G' },
    says: /OCIREGISTRY_CACHE_MAX_BYTES "50G": allowed: 50GiB/,
  },
  {
    name: 'an unknown command of a group names the nearest one',
    args: ['config', 'chek'],
    says: /unknown command 'chek', did you mean check\? \(see ociregistry config --help\)/,
  },
  { name: 'inspect without an image is refused', args: ['inspect'], says: /missing required argument 'ref'/ },
  { name: 'inspect of what is no reference is refused', args: ['inspect', 'UPPER:v1'], says: /"UPPER:v1" is no image/ },
  {
    name: 'inspect prints raw or JSON, not both',
    args: ['inspect', '--raw', '--json', 'a'],
    says: /'--raw' cannot be used with option '--json'/,
  },
];

describe('wrong usage', { concurrency: 2 }, () => {
  for (const { name, args, env = {}, says } of wrong) {
    test(`${name}, in one line, with status 2`, async () => {
      const { status, stdout, stderr } = await runProgram(args, { env });
      assert.match(stderr, says);
      assert.match(stderr, /^ociregistry: [^\n]+\n$/);
      assert.equal(stdout, '');
      assert.equal(status, 2);
    });
  }

  test('no command at all prints the help to stderr, with status 2', async () => {
    const { status, stdout, stderr } = await runProgram([]);
    assert.match(stderr, /^Usage: ociregistry/);
    assert.equal(stdout, '');
    assert.equal(status, 2);
  });
});

describe('help', { concurrency: 2 }, () => {
  for (const command of [[], ['serve'], ['list'], ['inspect'], ['config'], ['config', 'check'], ['config', 'schema']]) {
    const name = ['ociregistry', ...command].join(' ');
    test(`${name} --help has purpose, usage, options with defaults and variables, and two examples`, async () => {
      const { status, stdout, stderr } = await runProgram([...command, '--help']);
      assert.match(stdout, new RegExp(`^Usage: ${name} `));
      assert.match(stdout, /--images <dir> +the images folder \(default: \.\/images; env:\s+OCIREGISTRY_IMAGES\)/);
      assert.match(stdout, /\nExamples:\n {2}ociregistry .*\n {2}ociregistry .*\n$/);
      assert.equal(stderr, '');
      assert.equal(status, 0);
    });
  }

  test('--version prints the version alone', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    assert.deepEqual(await runProgram(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
  });
});
