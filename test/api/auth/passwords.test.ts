import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { hashSync } from 'bcryptjs';
import { parseHtpasswd } from '../../../api/auth/htpasswd.ts';
import { PasswordChecks, TooManyChecks, type PasswordChecksOptions } from '../../../api/auth/password-checks.ts';
import { PasswordMemory, Passwords } from '../../../api/auth/passwords.ts';

const fileOf = (users: Readonly<Record<string, string>>): string =>
  Object.entries(users).map(([user, password]) => `${user}:${hashSync(password, 4)}\n`).join(''); // prettier-ignore

/** Counts what is compared. */
function setUp(t: TestContext, options?: PasswordChecksOptions) {
  const checks = new PasswordChecks(options);
  t.after(() => checks[Symbol.asyncDispose]());
  const compare = t.mock.method(checks, 'compare');
  let now = 1;
  const memory = new PasswordMemory(checks, () => now);
  return {
    memory,
    compared: () => compare.mock.callCount(),
    hashes: () => compare.mock.calls.map(({ arguments: [{ hash }] }) => hash),
    open: (users: Readonly<Record<string, string>>) => new Passwords(parseHtpasswd(fileOf(users), 'users'), memory),
    later: (ms: number) => (now += ms),
  };
}

const login = (user: string, password: string, client = '192.0.2.1') => ({ user, password, client });

describe('passwords', () => {
  test('are right or wrong, and nobody has one who is not in the file', async (t) => {
    const users = setUp(t).open({ alice: 'secret', bob: 'other' });
    assert.equal(await users.isRight(login('alice', 'secret')), true);
    assert.equal(await users.isRight(login('alice', 'other')), false);
    assert.equal(await users.isRight(login('bob', 'secret')), false);
    assert.equal(await users.isRight(login('carol', 'secret')), false);
    assert.equal(await users.isRight(login('alice', 'secret')), true);
  });

  test('that were right are compared once, for a while; those that were wrong each time', async (t) => {
    const { open, compared, later } = setUp(t);
    const users = open({ alice: 'secret' });
    for (let i = 0; i < 3; i++) assert.equal(await users.isRight(login('alice', 'secret')), true);
    assert.equal(compared(), 1);
    for (let i = 0; i < 3; i++) assert.equal(await users.isRight(login('alice', 'wrong')), false);
    assert.equal(compared(), 4);
    later(5 * 60_000 + 1);
    assert.equal(await users.isRight(login('alice', 'secret')), true);
    assert.equal(compared(), 5);
  });

  test('U11 of a user that is not known cost a comparison of the same kind, which is the same each time', async (t) => {
    const { open, hashes } = setUp(t);
    const users = open({ alice: 'secret', bob: 'other' });
    for (let i = 0; i < 3; i++) await users.isRight(login('nobody', 'secret'));
    assert.equal(new Set(hashes()).size, 1);
    assert.match(hashes()[0]!, /^\$2[aby]\$04\$/);
  });

  test('of an empty file cost a comparison, too', async (t) => {
    const { open, compared } = setUp(t);
    assert.equal(await open({}).isRight(login('alice', 'x')), false);
    assert.equal(compared(), 1);
  });

  test('that were changed are not taken any more, although they were right a moment ago; others still are', async (t) => {
    const { memory, compared } = setUp(t);
    const bob = `bob:${hashSync('b', 4)}\n`;
    const before = new Passwords(parseHtpasswd(`alice:${hashSync('old', 4)}\n${bob}`, 'u'), memory);
    assert.equal(await before.isRight(login('alice', 'old')), true);
    assert.equal(await before.isRight(login('bob', 'b')), true);
    const after = new Passwords(parseHtpasswd(`alice:${hashSync('new', 4)}\n${bob}`, 'u'), memory);
    assert.equal(await after.isRight(login('alice', 'old')), false);
    assert.equal(await after.isRight(login('alice', 'new')), true);
    assert.equal(compared(), 4);
    assert.equal(await after.isRight(login('bob', 'b')), true);
    assert.equal(compared(), 4);
    const without = new Passwords(parseHtpasswd('', 'u'), memory);
    assert.equal(await without.isRight(login('bob', 'b')), false);
  });

  test('that many ask for at once are one comparison', async (t) => {
    const { open, compared } = setUp(t);
    const users = open({ alice: 'secret' });
    const asked = Array.from({ length: 100 }, () => users.isRight(login('alice', 'secret')));
    assert.deepEqual(new Set(await Promise.all(asked)), new Set([true]));
    assert.equal(compared(), 1);
  });
});

describe('comparing', () => {
  const hash = hashSync('x', 4);

  test('one client that guesses leaves room for others, and all of them are bounded', async (t) => {
    const checks = new PasswordChecks({ threads: 1, limit: 3, limitPerClient: 2 });
    t.after(() => checks[Symbol.asyncDispose]());
    const ask = (password: string, client: string) => checks.compare({ password, hash }, client);
    const asked = [ask('a', 'one'), ask('b', 'one')];
    await assert.rejects(ask('c', 'one'), TooManyChecks);
    asked.push(ask('x', 'two'));
    await assert.rejects(ask('x', 'three'), TooManyChecks);
    assert.deepEqual(await Promise.all(asked), [false, false, true]);
    assert.equal(await ask('x', 'three'), true);
    assert.equal(await ask('x', 'one'), true);
  });

  test('runs beside the event loop', async (t) => {
    const checks = new PasswordChecks({ threads: 1 });
    t.after(() => checks[Symbol.asyncDispose]());
    await checks.compare({ password: 'x', hash }, 'one');
    let isOver = false;
    let turns = 0;
    const long = checks.compare({ password: 'x', hash: hashSync('x', 9) }, 'one').finally(() => (isOver = true));
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    await long;
    assert.ok(turns > 20, `${turns} turns of the loop`);
  });

  test('what a thread was comparing when it ended fails', async () => {
    const checks = new PasswordChecks({ threads: 1 });
    const asked = checks.compare({ password: 'x', hash: hashSync('x', 12).replace('$12$', '$14$') }, 'one');
    const rejected = assert.rejects(asked, /a thread that compares passwords has ended/);
    await checks[Symbol.asyncDispose]();
    await rejected;
  });
});
