import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { writeConfig } from '../cmd/config-sources.ts';
import { startServe } from '../cmd/program.ts';
import { eventually } from '../support/clients/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';

const CONFIG = 'auth: { htpasswd: users, rules: [{ users: [alice], repositories: ["sample/**"] }] }\n';
const hash = (password: string): string => hashSync(password, 4);

test('passwords and rules are changed by SIGHUP under load, without a failed pull; a bad file changes nothing', async () => {
  const config = writeConfig(CONFIG);
  const replace = async (name: string, text: string): Promise<void> => {
    const path = join(dirname(config), name);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  const bob = `bob:${hash('b')}\n`;
  await replace('users', `alice:${hash('old')}\nalways:${hash('x')}\n${bob}`);
  await replace('config.yaml', CONFIG.replace('[alice]', '[alice, always]'));
  await using served = await startServe(['--sample', '--images', tempFolder(), '--config', config]);
  const statusOf = async (user: string, password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const answer = await fetch(`${served.url}/v2/sample/hello/tags/list`, { headers: { authorization } });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.deepEqual([await statusOf('alice', 'old'), await statusOf('bob', 'b')], [200, 403]);

  let isOver = false;
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      const statuses = new Set<number>();
      while (!isOver) statuses.add(await statusOf('always', 'x'));
      return statuses;
    }),
  );

  await replace('users', `alice:${hash('new')}\nalways:${hash('x')}\n${bob}`);
  served.child.kill('SIGHUP');
  await eventually('the old password is refused', async () => (await statusOf('alice', 'old')) === 401);
  assert.equal(await statusOf('alice', 'new'), 200);

  await replace('config.yaml', CONFIG.replace('[alice]', '[always, bob]'));
  served.child.kill('SIGHUP');
  await eventually('the new rule is in force', async () => (await statusOf('bob', 'b')) === 200);
  assert.equal(await statusOf('alice', 'new'), 403);

  await replace('users', 'alice:plain\n');
  served.child.kill('SIGHUP');
  const told = /auth\.htpasswd: \S+users:1: \\?"alice\\?": not a bcrypt hash/;
  await eventually('the log says what is wrong', () => told.test(served.stderr().replaceAll('\\"', '"')));
  assert.equal(await statusOf('bob', 'b'), 200);

  isOver = true;
  for (const statuses of await load) assert.deepEqual(statuses, new Set([200]));
  assert.ok(!served.stderr().includes('plain'));
});
