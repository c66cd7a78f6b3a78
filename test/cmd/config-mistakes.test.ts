import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfigFile } from '../../cmd/config/file.ts';
import { Problems } from '../../cmd/failure.ts';
import { problemsOf } from './config-texts.ts';

const HOSTS = 'a host like docker.io or registry.example:5000';
const SIZES = '50GiB, 512MiB, 64KiB, or with GB, MB and kB; 0 for no limit';
const WAYS = 'one of: username with passwordFile, username with passwordEnv, tokenFile, dockerConfig';
const POLICY = 'match, and either ttl or immutable: true';
const TIMEOUT = '500ms, 10s, 5m, 2h or 30d, more than none, at most 24d';
const endpoint = (yaml: string) => `upstreams:\n  quay.io:\n    endpoints:\n      - ${yaml}\n`;
const credentials = (yaml: string) => endpoint(`url: https://m\n        credentials: ${yaml}`);
const tags = (yaml: string) => `upstreams:\n  quay.io:\n    tags:\n      - ${yaml}\n`;
const at = 'upstreams.quay.io';

const bad: readonly { name: string; text: string; says: readonly string[] }[] = [
  {
    name: 'an unknown key, with the nearest',
    text: 'imgaes: x',
    says: ['1: imgaes: unknown key, did you mean images?'],
  },
  {
    name: 'an unknown key that is like none',
    text: 'a: 1\nfrobnicate: x',
    says: ['1: a: unknown key', '2: frobnicate: unknown key'],
  },
  {
    name: 'an unknown key in a mapping',
    text: 'cache:\n  maxBites: 1',
    says: ['2: cache.maxBites: unknown key, did you mean maxBytes?'],
  },
  {
    name: 'a key of every object',
    text: '__proto__: 1\nconstructor: 2',
    says: ['1: __proto__: unknown key', '2: constructor: unknown key'],
  },
  { name: 'a key with what pointers are made of', text: '"a/b~c": 1', says: ['1: ["a/b~c"]: unknown key'] },
  { name: 'a list for everything', text: '- a', says: ['1: a list: allowed: a mapping'] },
  { name: 'a text for everything', text: 'hello', says: ['1: the text "hello": allowed: a mapping'] },
  { name: 'a text for a mapping', text: '\nlisten: here', says: ['2: listen: the text "here": allowed: a mapping'] },
  { name: 'nothing for a mapping', text: 'cache:', says: ['1: cache: nothing: allowed: a mapping'] },
  {
    name: 'a number in quotes',
    text: 'listen: { port: "5000" }',
    says: ['1: listen.port: the text "5000": allowed: 0 to 65535 (without quotes)'],
  },
  {
    name: 'a port that is too large',
    text: 'listen: { port: 65536 }',
    says: ['1: listen.port: the number 65536: allowed: 0 to 65535'],
  },
  {
    name: 'an unknown word',
    text: 'log: { level: loud }',
    says: ['1: log.level: "loud": allowed: error, warn, info, debug'],
  },
  {
    name: 'a word for a boolean',
    text: 'airGapped: yes',
    says: ['1: airGapped: the text "yes": allowed: true or false'],
  },
  {
    name: 'a duration without a unit',
    text: 'shutdownGrace: 30',
    says: [
      '1: shutdownGrace: the number 30: allowed: 500ms, 10s, 5m, 2h or 30d, at most 24d (a text; in quotes if need be)',
    ],
  },
  {
    name: 'a duration that is none',
    text: 'shutdownGrace: 1w',
    says: ['1: shutdownGrace: "1w": allowed: 500ms, 10s, 5m, 2h or 30d, at most 24d'],
  },
  {
    name: 'a wait longer than timers can',
    text: 'shutdownGrace: 25d',
    says: ['1: shutdownGrace: "25d": allowed: 500ms, 10s, 5m, 2h or 30d, at most 24d'],
  },
  {
    name: 'a size without a unit',
    text: 'cache: { maxBytes: 50 }',
    says: [`1: cache.maxBytes: the number 50: allowed: ${SIZES}`],
  },
  {
    name: 'a size that is none',
    text: 'cache: { maxBytes: 50G }',
    says: [`1: cache.maxBytes: "50G": allowed: ${SIZES}`],
  },
  {
    name: 'a rate that is a size',
    text: 'cache: { scrub: 1MiB }',
    says: ['1: cache.scrub: "1MiB": allowed: 50MiB/s, 512KiB/s, 1GiB/s, or with GB, MB and kB'],
  },
  {
    name: 'a rate of nothing',
    text: 'cache: { scrub: 0kB/s }',
    says: ['1: cache.scrub: "0kB/s": allowed: 50MiB/s, 512KiB/s, 1GiB/s, or with GB, MB and kB'],
  },
  { name: 'a mount without a folder', text: 'mounts:\n  - prefix: p', says: ['2: mounts[0]: path is missing'] },
  {
    name: 'a mount whose prefix is no name',
    text: 'mounts: [{ path: x, prefix: Up }]',
    says: ['1: mounts[0].prefix: "Up": allowed: a path like team/app: lower case, digits, single separators'],
  },
  {
    name: 'an upstream that is no host',
    text: 'upstreams:\n  not/host: {}',
    says: [`2: upstreams["not/host"]: allowed: ${HOSTS}`],
  },
  {
    name: 'a default that is no host',
    text: 'defaultUpstream: a b',
    says: [`1: defaultUpstream: "a b": allowed: ${HOSTS}`],
  },
  {
    name: 'UP1 two names of Docker Hub',
    text: 'upstreams:\n  docker.io:\n  index.docker.io:',
    says: ['3: upstreams.index.docker.io: the same registry as docker.io: name it once'],
  },
  {
    name: 'a host with and without the default port',
    text: 'upstreams:\n  Quay.io:443:\n  quay.io:',
    says: ['3: upstreams.quay.io: the same registry as Quay.io:443: name it once'],
  },
  {
    name: 'no endpoint at all',
    text: 'upstreams: { a.io: { endpoints: [] } }',
    says: ['1: upstreams.a.io.endpoints: a list: allowed: a list of at least one endpoint'],
  },
  { name: 'an endpoint without a URL', text: endpoint('{}'), says: [`4: ${at}.endpoints[0]: url is missing`] },
  ...['ftp://m', 'm.example', 'https://', 'https://m?x=1', 'https://m/#x'].map((url) => ({
    name: `a URL like ${url}`,
    text: endpoint(`url: "${url}"`),
    says: [
      `4: ${at}.endpoints[0].url: "${url}": allowed: an http or https URL like https://mirror.example:5000/path; credentials have a key of their own`,
    ],
  })),
  {
    name: 'a certificate without its key',
    text: endpoint('url: https://m\n        tls: { cert: c }'),
    says: [`5: ${at}.endpoints[0].tls.cert: needs key as well`],
  },
  {
    name: 'a key without its certificate',
    text: endpoint('url: https://m\n        tls: { key: c }'),
    says: [`5: ${at}.endpoints[0].tls.key: needs cert as well`],
  },
  ...[
    '{ username: u }',
    '{ username: u, tokenFile: t }',
    '{ tokenFile: t, dockerConfig: d }',
    '{ username: u, passwordFile: p, passwordEnv: V }',
  ].map((ways) => ({
    name: `credentials like ${ways}`,
    text: credentials(ways),
    says: [
      `5: ${at}.endpoints[0].credentials: a mapping with ${ways.replace(/: \w/g, '').replace(/[{} ]/g, '').replaceAll(',', ', ')}: allowed: ${WAYS}`,
    ],
  })),
  {
    name: 'a password without a user',
    text: credentials('{ passwordFile: p }'),
    says: [`5: ${at}.endpoints[0].credentials.passwordFile: needs username as well`],
  },
  {
    name: 'a policy of neither way',
    text: tags('match: v*'),
    says: [`4: ${at}.tags[0]: a mapping with match: allowed: ${POLICY}`],
  },
  {
    name: 'a policy of both ways',
    text: tags('{ match: v*, ttl: 1s, immutable: true }'),
    says: [`4: ${at}.tags[0]: a mapping with match, ttl, immutable: allowed: ${POLICY}`],
  },
  {
    name: 'a policy that is not immutable',
    text: tags('{ match: v*, immutable: false }'),
    says: [`4: ${at}.tags[0].immutable: the boolean false: allowed: true, or no such key`],
  },
  {
    name: 'a tag that is a number to YAML',
    text: tags('{ match: 3.10, ttl: 1s }'),
    says: [
      `4: ${at}.tags[0].match: the number 3.1: allowed: a glob like v1.*, of at most 1000 characters (a text; in quotes if need be)`,
    ],
  },
  ...['0s', '25d'].map((text) => ({
    name: `a timeout of ${text}`,
    text: `upstreams: { quay.io: { timeouts: { idle: ${text} } } }`,
    says: [`1: ${at}.timeouts.idle: "${text}": allowed: ${TIMEOUT}`],
  })),
  {
    name: 'a key that is there twice',
    text: 'catalog: true\ncatalog: true',
    says: ['2: the key "catalog" stands on line 1 already'],
  },
  {
    name: 'a second document',
    text: 'catalog: true\n---\n',
    says: ['2: a second document begins here: only one is read'],
  },
  {
    name: 'a tag',
    text: 'catalog: !!bool "true"',
    says: ['1: tag:yaml.org,2002:bool: tags are not read here'],
  },
  { name: 'an alias of nothing', text: 'images: *x', says: ['1: *x stands for nothing: there is no &x before it'] },
  { name: 'an alias of itself', text: 'images: &x [*x]', says: ['1: nested too deeply'] },
  {
    name: 'all of them, in the order of their lines',
    text: 'catalog: 1\nairGapped: 2\nupstreams: { a/b: }\nimages: ""',
    says: [
      '1: catalog: the number 1: allowed: true or false',
      '2: airGapped: the number 2: allowed: true or false',
      `3: upstreams["a/b"]: allowed: ${HOSTS}`,
      '4: images: "": allowed: the path of a folder',
    ],
  },
];

describe('a configuration file that is wrong', () => {
  for (const { name, text, says } of bad) {
    test(`${name}: line, key and reason`, () => {
      assert.deepEqual(
        problemsOf(text),
        says.map((problem) => `c.yaml:${problem}`),
      );
    });
  }

  for (const text of ['listen:\n\tport: 1', 'a: [', 'a: b: c', '%', 'x: "']) {
    test(`what is no YAML is told with its line: ${JSON.stringify(text)}`, () => {
      const problems = problemsOf(text);
      assert.notEqual(problems.length, 0);
      for (const problem of problems) assert.match(problem, /^c\.yaml:\d+: not YAML: /);
    });
  }

  test('aliases of aliases of aliases are not followed for ever', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`);
    assert.match(problemsOf(['a0: &a0 [x]', ...lines].join('\n')).join('\n'), /too much is repeated by aliases/);
  });

  test('what is not UTF-8, or far too long, is not read', () => {
    assert.deepEqual(problemsOf(Uint8Array.of(0xff, 0xfe, 0x61, 0)), ['c.yaml: not UTF-8']);
    assert.deepEqual(problemsOf(' '.repeat(262_145)), ['c.yaml:1: more than 262144 bytes']);
  });

  test('one that is not there, or is no file, is told with the reason', async () => {
    await assert.rejects(readConfigFile('/none/c.yaml'), new Problems(['/none/c.yaml: no such file or directory']));
    await assert.rejects(readConfigFile('/'), new Problems(['/: illegal operation on a directory']));
  });

  test('a secret that stands where it does not belong is not shown', () => {
    for (const text of [
      credentials('hunter2'),
      credentials('{ tokenFile: [hunter2] }'),
      endpoint('url: ftp://u:hunter2@m'),
      credentials('{ username: u, password: hunter2 }'),
    ]) {
      const problems = problemsOf(text).join('\n');
      assert.notEqual(problems, '');
      assert.ok(!problems.includes('hunter2'), problems);
    }
  });
});
