import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { checkAuthFiles } from '../../cmd/auth.ts';
import * as auth from '../../cmd/config/auth.ts';
import { assertSafe } from '../../cmd/config/safety.ts';
import { variableOf } from '../../cmd/config/setting.ts';
import { configShow } from '../../cmd/config/show.ts';
import { Problems, UsageError } from '../../cmd/failure.ts';
import { read, writeConfig } from './config-sources.ts';
import { problemsOf } from './config-texts.ts';

const TOKEN = 'token: { realm: "https://auth.test/token", service: registry, issuer: auth, jwks: keys.json }';
const FULL = `auth:
  htpasswd: users
  ${TOKEN}
  anonymous: ["sample/*"]
  rules: [{ users: [alice, "ci-*"], repositories: ["team/**"] }]
`;

describe('auth in the configuration', () => {
  test('is nothing unless something is said of it', async () => assert.equal((await read()).auth, undefined));

  test('is read whole, its files relative to the configuration', async () => {
    const path = writeConfig(FULL);
    const config = await read({ flags: { '--config': [path] } });
    const folder = dirname(path);
    assert.deepEqual(config.auth, {
      htpasswd: { path: join(folder, 'users'), by: `${path}:2: auth.htpasswd` },
      token: {
        realm: 'https://auth.test/token',
        service: 'registry',
        issuer: 'auth',
        jwks: { path: join(folder, 'keys.json'), by: `${path}:3: auth.token.jwks` },
      },
      anonymous: ['sample/*'],
      rules: [{ users: ['alice', 'ci-*'], repositories: ['team/**'] }],
    });
  });

  test('a password file is named by flag, then variable, then file; the rest of the file stays', async () => {
    const env = { [variableOf(auth.htpasswd)]: '/e' };
    const named = await read({ file: FULL, env });
    assert.deepEqual(named.auth?.htpasswd, { path: '/e', by: 'OCIREGISTRY_AUTH_HTPASSWD' });
    const flagged = await read({ file: FULL, env, flags: { '--htpasswd': ['/f'] } });
    assert.deepEqual(flagged.auth?.htpasswd, { path: '/f', by: '--htpasswd' });
    assert.deepEqual(flagged.auth.anonymous, ['sample/*']);
    assert.deepEqual((await read({ flags: { '--htpasswd': ['/f'] } })).auth, { htpasswd: { path: '/f', by: '--htpasswd' }, anonymous: [] }); // prettier-ignore
  });

  test('all but the rules may be said by variables', async () => {
    const env = {
      OCIREGISTRY_AUTH_ANONYMOUS: 'a/*,b/**',
      OCIREGISTRY_AUTH_TOKEN_REALM: 'https://auth.test/token',
      OCIREGISTRY_AUTH_TOKEN_SERVICE: 'registry',
      OCIREGISTRY_AUTH_TOKEN_ISSUER: 'auth',
      OCIREGISTRY_AUTH_TOKEN_JWKS: '/keys.json',
    };
    const { auth: said } = await read({ env });
    assert.deepEqual([said?.anonymous, said?.token?.jwks.path], [['a/*', 'b/**'], '/keys.json']);
    const { OCIREGISTRY_AUTH_TOKEN_JWKS: _, ...partly } = env;
    await assert.rejects(read({ env: partly }), (err) => {
      assert.ok(err instanceof UsageError);
      assert.equal(err.message, 'OCIREGISTRY_AUTH_TOKEN_REALM needs auth.token.jwks as well');
      return true;
    });
  });

  test('a user by certificate needs an authority for certificates', async () => {
    await assert.rejects(
      read({ file: 'auth: { certificate: commonName }' }),
      /auth\.certificate: needs tls\.clientCa as well/,
    );
  });

  test('is shown as it would be written', async () => {
    let text = '';
    configShow({ config: await read({ file: FULL }), print: (output) => (text += output.toString()) });
    const shown = parse(text) as { auth: { rules: unknown; anonymous: unknown } };
    assert.deepEqual(shown.auth.rules, [{ users: ['alice', 'ci-*'], repositories: ['team/**'] }]);
    assert.deepEqual((await read({ file: text })).auth?.anonymous, ['sample/*']);
  });

  const glob = 'allowed: a glob over names with their host, like team/** or docker.io/library/*, in lower case';
  for (const [text, problem] of [
    [
      'auth: {}',
      'c.yaml:1: auth: a mapping with nothing: allowed: at least one way to log in, or what anyone may pull',
    ],
    ['auth: { anonymous: ["!team/**"] }', `c.yaml:1: auth.anonymous[0]: "!team/**": ${glob}`],
    ['auth: { anonymous: ["@(a|b)"] }', `c.yaml:1: auth.anonymous[0]: "@(a|b)": ${glob}`],
    ['auth: { anonymous: [Team] }', `c.yaml:1: auth.anonymous[0]: "Team": ${glob}`],
    ['auth: { anonymous: [team/] }', `c.yaml:1: auth.anonymous[0]: "team/": ${glob}`],
    ['auth: { rules: [] }', 'c.yaml:1: auth.rules: a list: allowed: a list with one rule at least; leave it out and every user may pull all'], // prettier-ignore
    ['auth: { rules: [{ users: [a] }] }', 'c.yaml:1: auth.rules[0]: repositories is missing'],
    ['auth: { token: { realm: "https://a", service: s, issuer: i } }', 'c.yaml:1: auth.token: jwks is missing'],
    ['auth: { htpasword: x }', 'c.yaml:1: auth.htpasword: unknown key, did you mean htpasswd?'],
  ] as const) {
    test(`${text} is refused`, () => assert.deepEqual(problemsOf(text), [problem]));
  }

  test('what would break a header is refused', () => {
    for (const realm of ['https://a/\\nX: y', 'ftp://a', '/token', 'https://u:p@a/token']) {
      assert.equal(
        problemsOf(`auth: { token: { realm: "${realm}", service: s, issuer: i, jwks: k } }`).length,
        1,
        realm,
      );
    }
    assert.equal(
      problemsOf('auth: { token: { realm: "https://a", service: "a\\r\\nb", issuer: i, jwks: k } }').length,
      1,
    );
  });

  test('files that cannot be used are told with key, file and line', async () => {
    const path = writeConfig(FULL);
    writeFileSync(join(dirname(path), 'users'), 'alice:plain\nbob\n');
    const config = await read({ flags: { '--config': [path] } });
    await assert.rejects(checkAuthFiles(config), (err) => {
      assert.ok(err instanceof Problems);
      const users = join(dirname(path), 'users');
      assert.deepEqual(err.problems, [
        `${path}:2: auth.htpasswd: ${users}:1: "alice": not a bcrypt hash, which is the only kind taken: htpasswd -B makes them`,
        `${path}:2: auth.htpasswd: ${users}:2: not user:hash`,
        `${path}:3: auth.token.jwks: ${join(dirname(path), 'keys.json')}: no such file or directory`,
      ]);
      return true;
    });
  });
});

describe('an upstream with credentials behind a listener for others', () => {
  const upstream = 'upstreams: { quay.io: { endpoints: [{ url: "https://m", credentials: { tokenFile: t } }] } }\n';
  const check = async (said: string): Promise<void> =>
    assertSafe(await read({ file: upstream + said, flags: { '--host': ['0.0.0.0'] } }));

  test('goes with a login, or with words that say that anyone may', async () => {
    await check('auth: { htpasswd: users }');
    await check('auth: { anonymous: ["quay.io/**"] }');
    await check('auth: { htpasswd: users, anonymous: ["sample/*", "quay.io/coreos/*"] }');
  });

  for (const glob of ['**', '*/**', 'q*/coreos/*', '{quay.io,x}/**']) {
    test(`does not go with ${glob} for anyone, which does not name it`, async () => {
      await assert.rejects(
        check(`auth: { anonymous: ["${glob}"] }`),
        /lets anyone pull with the credentials of quay\.io: say so in words, "quay\.io\/\*\*"/,
      );
    });
  }

  test('goes with ** when that is said beside its own name', async () => {
    await check('auth: { anonymous: ["**", "quay.io/**"] }');
  });

  test('is refused without any of it, with the ways out', async () => {
    await assert.rejects(
      check(''),
      /credentials: whoever reaches 0\.0\.0\.0 could pull with them: say who may log in \(auth\), or that anyone may \(auth: \{ anonymous: \["quay\.io\/\*\*"\] \}\), or listen on loopback \(--host 127\.0\.0\.1\)$/,
    );
  });
});
