import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Rules } from '../../../api/auth/rules.ts';

const pulls = (glob: string, repository: string): boolean => new Rules({ anonymous: [glob] }).isAnonymous([repository]);

describe('globs over repositories', () => {
  for (const [glob, repository, isMeant] of [
    ['team/app', 'team/app', true],
    ['team/app', 'team/app/x', false],
    ['team/app', 'x/team/app', false],
    ['team/*', 'team/a', true],
    ['team/*', 'team/a/b', false],
    ['team/**', 'team/a/b', true],
    ['team/**', 'team', false],
    ['team/**', 'teams/a', false],
    ['**', 'docker.io/library/alpine', true],
    ['*/**', 'alpine', false],
    ['docker.io/**', 'docker.io.evil.test/a', false],
    ['docker.io/**', 'docker-io/a', false],
    ['t?am/{a,b}', 'team/b', true],
    ['!team/**', 'other', false],
    ['!(team)', 'other', false],
  ] as const) {
    test(`${glob} is ${isMeant ? '' : 'not '}${repository}`, () => assert.equal(pulls(glob, repository), isMeant));
  }

  test('that one spelling of a repository is meant is enough', () => {
    const { isAnonymous } = new Rules({ anonymous: ['library/*'] });
    assert.equal(isAnonymous(['docker.io/library/alpine', 'docker.io/alpine', 'library/alpine', 'alpine']), true);
  });
});

describe('rules', () => {
  const rules = new Rules({
    anonymous: ['sample/*'],
    rules: [
      { users: ['alice', 'ci-*'], repositories: ['team/**'] },
      { users: ['*'], repositories: ['common/*'] },
      { users: ['root'], repositories: ['**'] },
    ],
  });

  for (const [user, repository, may] of [
    ['alice', 'team/a', true],
    ['ci-17', 'team/a/b', true],
    ['ci-x/y', 'team/a', true],
    ['Alice', 'team/a', false],
    ['bob', 'team/a', false],
    ['bob', 'common/a', true],
    ['bob', 'sample/hello', true],
    ['root', 'other', true],
  ] as const) {
    test(`${user} may ${may ? '' : 'not '}pull ${repository}`, () =>
      assert.equal(rules.mayPull(user, [repository]), may));
  }

  test('without any, every user may pull all, and nobody else anything', () => {
    const none = new Rules({ anonymous: [] });
    assert.equal(none.mayPull('bob', ['x']), true);
    assert.equal(none.isAnonymous(['x']), false);
    assert.deepEqual([none.isOpen, none.isRestricted, none.allowsAll('bob')], [false, false, true]);
  });

  test('they tell who may pull whatever there is, and whether there is anything to hide', () => {
    assert.deepEqual([rules.allowsAll('root'), rules.allowsAll('alice'), rules.isRestricted], [true, false, true]);
    assert.equal(new Rules({ anonymous: ['**'] }).isOpen, true);
  });
});
