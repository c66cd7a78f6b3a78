import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { writeConfig } from '../cmd/config-sources.ts';
import { startServe } from '../cmd/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { writeOciLayout } from '../support/write-images.ts';

// What nobody may read without a login is not read by another spelling of its name either: in a process of its own, over a folder.

const images = tempFolder();
const SECRETS = ['team/app', 'quay.io/secret/app'];
before(async () => {
  for (const name of [...SECRETS, 'docker.io/library/alpine', 'docker.io/grafana/grafana']) {
    await writeOciLayout(join(images, name), [{ image: tinyImage({ seed: name }), tag: 'v1' }]);
  }
});

/** A path, and a header `X-Registry` after a blank. */
type Spelling = string;

const HOSTS = ['docker.io', 'quay.io', 'index.docker.io', 'Docker.IO:443', 'ghcr.io', 'team'];
const everySpelling: readonly Spelling[] = [...SECRETS, 'secret/app', 'app'].flatMap((name) => [
  name,
  name.replaceAll('/', '%2F'),
  ...HOSTS.flatMap((host) => [`${host.toLowerCase()}/${name}`, `${name}?ns=${host}`, `${name} ${host}`]),
]);

async function ask(url: string, spelling: Spelling): Promise<{ status: number; body: string }> {
  const [path = '', header] = spelling.split(' ');
  const [name, query] = path.split('?');
  const target = `${url}/v2/${name}/manifests/v1${query === undefined ? '' : `?${query}`}`;
  const response = await fetch(target, header === undefined ? {} : { headers: { 'x-registry': header } });
  return { status: response.status, body: await response.text() };
}

const UPSTREAMS = 'upstreams: { docker.io: , quay.io: }\nairGapped: true\n';

for (const { name, config, open } of [
  {
    name: 'names without a host are nobody else',
    config: `${UPSTREAMS}auth: { anonymous: ["docker.io/**"] }`,
    open: [
      'docker.io/alpine',
      'alpine?ns=docker.io',
      'library/alpine registry-1.docker.io',
      'grafana/grafana?ns=docker.io',
    ],
  },
  {
    name: 'names without a host are of Docker Hub',
    config: `${UPSTREAMS}defaultUpstream: docker.io\nauth: { anonymous: ["library/*", "docker.io/grafana/*"] }`,
    open: ['alpine', 'library/alpine', 'docker.io/alpine', 'alpine?ns=docker.io', 'grafana/grafana'],
  },
  {
    name: 'names without a host are of another registry',
    config: `${UPSTREAMS}defaultUpstream: quay.io\nauth: { anonymous: ["docker.io/**"] }`,
    open: ['docker.io/library/alpine', 'alpine docker.io'],
  },
  {
    name: 'there are no upstreams',
    config: 'auth: { anonymous: ["docker.io/library/*", "ghcr.io/**"] }',
    open: ['alpine', 'library/alpine', 'docker.io/alpine', 'alpine?ns=docker.io'],
  },
]) {
  describe(`where ${name}`, () => {
    test('what is anonymous is pulled by all its names, and nothing else by any', async () => {
      await using served = await startServe(['--images', images, '--config', writeConfig(config)]);
      for (const spelling of open) assert.equal((await ask(served.url, spelling)).status, 200, spelling);
      const secrets = SECRETS.map((each) => tinyImage({ seed: each }).manifest.bytes.toString());
      for (const spelling of everySpelling) {
        const { status, body } = await ask(served.url, spelling);
        assert.ok(status === 401 || status === 404, `${spelling}: ${status}`);
        assert.ok(!secrets.includes(body), spelling);
      }
      for (const secret of SECRETS) assert.equal((await ask(served.url, secret)).status, 401, secret);
    });
  });
}
