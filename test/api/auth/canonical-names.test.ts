import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CanonicalNames } from '../../../api/auth/canonical-names.ts';
import { formatRepository, type Host, type Repository } from '../../../api/oci/repository.ts';
import { namesWithoutUpstreams } from '../../../api/repository-names.ts';
import { Routes } from '../../../api/pull/routes.ts';

const names = (hosts: readonly string[], defaultHost?: string, folders: readonly string[] = []): CanonicalNames =>
  new CanonicalNames({
    hosts: new Set(hosts as Host[]),
    defaultHost: defaultHost as Host | undefined,
    hasFolder: (host) => folders.includes(host),
  });
const repo = (name: string, host?: string): Repository => ({ name, ...(host !== undefined && { host }) }) as Repository;

describe('without upstreams', () => {
  const none = names([], undefined, ['quay.io']);

  test("all spellings of Docker Hub's are one name", () => {
    for (const asked of [
      repo('alpine'),
      repo('library/alpine'),
      repo('docker.io/alpine'),
      repo('docker.io/library/alpine'),
      repo('index.docker.io/library/alpine'),
      repo('alpine', 'docker.io'),
      repo('library/alpine', 'docker.io'),
    ]) {
      assert.equal(none.of(asked), 'docker.io/library/alpine', formatRepository(asked));
    }
    assert.deepEqual(none.spellings('docker.io/library/alpine'), [
      'docker.io/library/alpine',
      'docker.io/alpine',
      'library/alpine',
      'alpine',
    ]);
  });

  test('a host beside the name, and before it, is one name', () => {
    assert.equal(none.of(repo('a/b', 'quay.io')), 'quay.io/a/b');
    assert.equal(none.of(repo('quay.io/a/b')), 'quay.io/a/b');
  });

  test('a host that is not here is none: the name alone says what is served', () => {
    assert.equal(none.of(repo('team/app', 'ghcr.io')), 'docker.io/team/app');
    assert.equal(none.of(repo('quay.io/a/b', 'ghcr.io')), 'quay.io/a/b');
  });
});

describe('with upstreams', () => {
  test('names without a host are the default one, or nobody else', () => {
    assert.equal(names(['docker.io', 'quay.io'], 'quay.io').of(repo('alpine')), 'quay.io/alpine');
    assert.equal(names(['docker.io'], 'docker.io').of(repo('alpine')), 'docker.io/library/alpine');
    assert.equal(names(['docker.io']).of(repo('alpine')), 'alpine');
    assert.deepEqual(names(['docker.io']).spellings('docker.io/library/alpine'), [
      'docker.io/library/alpine',
      'docker.io/alpine',
    ]);
  });

  test('a host that nobody knows has no name', () => {
    assert.equal(names(['docker.io']).of(repo('a/b', 'quay.io')), undefined);
  });

  test('a name with the port of its host is read only where that is known', () => {
    assert.equal(names(['r.test:5001']).ofFullName('r.test:5001/a'), 'r.test:5001/a');
    assert.equal(names(['docker.io']).ofFullName('r.test:5001/a'), undefined);
    assert.equal(names([]).ofFullName('r.test:5001/a'), undefined);
  });

  test('what is written without a host does not mean what lies at another one', () => {
    const both = names(['docker.io', 'quay.io'], 'docker.io');
    assert.equal(both.of(repo('quay.io/secret/app', 'docker.io')), 'docker.io/quay.io/secret/app');
    assert.deepEqual(both.spellings('docker.io/quay.io/secret/app'), ['docker.io/quay.io/secret/app']);
  });
});

describe('names that are decided apart', () => {
  const served = (canonical: CanonicalNames, namesOf: (repo: Repository) => Iterable<Repository>, asked: Repository) =>
    Array.from(canonical.apart(namesOf)(asked), formatRepository);
  const routes = (hosts: readonly string[], defaultHost?: string): Routes =>
    new Routes({
      hosts: new Set(hosts as Host[]),
      defaultHost: defaultHost as Host | undefined,
      hasFolder: () => false,
    });

  test("docker.io/team/app is not served from the folder team/app where that is not Docker Hub's", () => {
    const asked = repo('team/app', 'docker.io');
    const with_ = (defaultHost?: string) =>
      served(
        names(['docker.io', 'quay.io'], defaultHost),
        (each) => routes(['docker.io', 'quay.io'], defaultHost).namesOf(each),
        asked,
      );
    assert.deepEqual(with_(), ['docker.io/team/app']);
    assert.deepEqual(with_('quay.io'), ['docker.io/team/app']);
    assert.deepEqual(with_('docker.io'), ['docker.io/team/app', 'team/app']);
  });

  test('a host beside a name with a host reaches nothing of the latter', () => {
    const hosts = ['docker.io', 'quay.io'];
    const namesOf = (each: Repository) => routes(hosts, 'docker.io').namesOf(each);
    const asked = repo('quay.io/secret/app', 'docker.io');
    assert.ok(Array.from(namesOf(asked), formatRepository).includes('quay.io/secret/app'));
    assert.deepEqual(served(names(hosts, 'docker.io'), namesOf, asked), ['docker.io/quay.io/secret/app']);
  });

  test('without upstreams neither', () => {
    const hasFolder = (host: Host): boolean => host === 'quay.io';
    const asked = repo('quay.io/secret/app', 'docker.io');
    const canonical = names([], undefined, ['quay.io']);
    assert.deepEqual(served(canonical, namesWithoutUpstreams(hasFolder), asked), ['docker.io/quay.io/secret/app']);
    assert.deepEqual(served(canonical, namesWithoutUpstreams(hasFolder), repo('alpine')), [
      'alpine',
      'docker.io/library/alpine',
      'docker.io/alpine',
      'library/alpine',
    ]);
  });
});
