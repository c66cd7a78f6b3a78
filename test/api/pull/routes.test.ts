import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RegistryError } from '../../../api/oci/errors.ts';
import { formatRepository, parseHost, type Repository } from '../../../api/oci/repository.ts';
import { Routes } from '../../../api/pull/routes.ts';
import { repo } from '../../support/repository.ts';

function routesTo(hosts: readonly string[], defaultHost?: string): Routes {
  return new Routes({
    hosts: new Set(hosts.map(parseHost)),
    defaultHost: defaultHost === undefined ? undefined : parseHost(defaultHost),
    hasFolder: (host) => host === 'folder.example',
  });
}

const configured = ['docker.io', 'quay.io', '127.0.0.1:5001'];
const both = routesTo(configured, 'docker.io');
const none = routesTo(configured);

const show = (route: Repository | undefined): string | undefined => route && formatRepository(route);
const isUnknown = (err: unknown): boolean => err instanceof RegistryError && err.code === 'NAME_UNKNOWN';

describe('which upstream a request means', () => {
  const cases: readonly [why: string, routes: Routes, asked: Repository, means: string | undefined][] = [
    ['N4 ns first', both, repo('coreos/flannel', 'quay.io'), 'quay.io/coreos/flannel'],
    ['N4 a host in the path', both, repo('quay.io/coreos/flannel'), 'quay.io/coreos/flannel'],
    ['N4 with ns the name is not searched', both, repo('quay.io/x', 'docker.io'), 'docker.io/quay.io/x'],
    ['N4 the default last', both, repo('grafana/grafana'), 'docker.io/grafana/grafana'],
    ['N4 no default: the folder alone', none, repo('grafana/grafana'), undefined],
    ['a host that nobody knows is part of the name', both, repo('ghcr.io/a/b'), 'docker.io/ghcr.io/a/b'],
    ['a host alone is a name', both, repo('quay.io'), 'docker.io/library/quay.io'],
    ['UP2 library/ for Docker Hub', both, repo('alpine', 'docker.io'), 'docker.io/library/alpine'],
    ['UP2 in the path', both, repo('docker.io/alpine'), 'docker.io/library/alpine'],
    ['UP2 by default', both, repo('alpine'), 'docker.io/library/alpine'],
    ['UP2 for nobody else', both, repo('alpine', 'quay.io'), 'quay.io/alpine'],
    ['UP1 an alias in the path', both, repo('index.docker.io/library/alpine'), 'docker.io/library/alpine'],
    ['N5 an alias in ns', both, repo('library/alpine', 'registry-1.docker.io'), 'docker.io/library/alpine'],
    ['a port', both, repo('team/app', '127.0.0.1:5001'), '127.0.0.1:5001/team/app'],
    ['a host that is a folder alone', both, repo('team/app', 'folder.example'), undefined],
    ['a host that is a folder alone, in the path', both, repo('folder.example/team/app'), undefined],
  ];
  for (const [why, routes, asked, means] of cases) {
    test(`${why}: ${formatRepository(asked)} is ${means ?? 'what lies here'}`, () => {
      assert.equal(show(routes.of(asked)), means);
    });
  }

  for (const host of ['evil.example', '127.0.0.1:22', 'ghcr.io']) {
    test(`N5 ns=${host} is nobody that we know, and no address`, () => {
      assert.throws(() => both.of(repo('team/app', host)), isUnknown);
      assert.throws(() => [...both.namesOf(repo('team/app', host))], isUnknown);
    });
  }
});

describe('by which names an upstream’s repository may lie here', () => {
  const cases: readonly [routes: Routes, asked: Repository, names: readonly string[]][] = [
    [both, repo('alpine'), ['alpine', 'docker.io/library/alpine', 'docker.io/alpine', 'library/alpine']],
    [both, repo('alpine', 'docker.io'), ['docker.io/alpine', 'docker.io/library/alpine', 'library/alpine', 'alpine']],
    [both, repo('quay.io/coreos/flannel'), ['quay.io/coreos/flannel']],
    [both, repo('coreos/flannel', 'quay.io'), ['quay.io/coreos/flannel']],
    [both, repo('team/app', '127.0.0.1:5001'), ['127.0.0.1:5001/team/app']],
    [routesTo(configured, 'quay.io'), repo('team/app'), ['team/app', 'quay.io/team/app']],
    [none, repo('library/alpine'), ['library/alpine']],
  ];
  for (const [routes, asked, names] of cases) {
    test(`${formatRepository(asked)}: ${names.join(', ')}`, () => {
      assert.deepEqual([...routes.namesOf(asked)].map(formatRepository), names);
    });
  }
});
