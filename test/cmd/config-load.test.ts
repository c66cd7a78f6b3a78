import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import type { FetchOptions } from '../../cmd/load-request.ts';
import { openUpstreams } from '../../cmd/upstreams.ts';
import { keepingLog } from '../support/keeping-log.ts';
import { ref, repo } from '../support/repository.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { challenge, FakeUpstream, manifestReply } from '../support/upstream/fake-upstream.ts';
import { read, writeConfig } from './config-sources.ts';

const BY_DEFAULT: FetchOptions = { plainHttp: false, insecure: false, ca: undefined, dockerConfig: undefined };
const { manifest } = tinyImage();
const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;

/** What a registry was sent as logins, when `team/app:v1` of quay.io is fetched as `load` does. */
async function loginsSent(
  upstream: FakeUpstream,
  given: Parameters<typeof read>[0],
  options: FetchOptions,
): Promise<unknown[]> {
  upstream.on('GET /v2/team/app/manifests/v1', challenge('Basic realm="x"'), manifestReply(manifest));
  const config = await read({ ...given, serves: false });
  await using upstreams = await openUpstreams(config, options, {}, keepingLog().log, new AbortController().signal);
  const target = repo('team/app', 'quay.io');
  const fetched = await (await upstreams.registryOf(target.host!)).getManifest(target, ref('v1'));
  assert.deepEqual(Buffer.from(fetched.bytes), manifest.bytes);
  return upstream.asked.map(({ headers }) => headers.authorization);
}

describe('load fetches', () => {
  test('from a host of the file as the file says, whatever the command line says of others', async () => {
    const upstream = await FakeUpstream.start();
    const credentials = '{ username: u, passwordFile: secret }';
    const path = writeConfig(
      `upstreams: { quay.io: { endpoints: [{ url: "${upstream.origin}", credentials: ${credentials} }] } }`,
    );
    writeFileSync(join(dirname(path), 'secret'), 'p\n');
    const dockerConfig = loginFile(upstream.host, 'other:p');
    const sent = await loginsSent(upstream, { flags: { '--config': [path] } }, { ...BY_DEFAULT, dockerConfig });
    assert.deepEqual(sent, [undefined, basic('u:p')]);
  });

  test('from a host of the command line with its options, although the file names it too', async () => {
    const upstream = await FakeUpstream.start();
    const file =
      'upstreams: { quay.io: { endpoints: [{ url: "http://127.0.0.1:1", credentials: { tokenFile: none } }] } }';
    const dockerConfig = loginFile(upstream.host, 'other:p');
    const flags = { '--upstream': [`quay.io=${upstream.origin}`] };
    const sent = await loginsSent(upstream, { file, flags }, { ...BY_DEFAULT, dockerConfig });
    assert.deepEqual(sent, [undefined, basic('other:p')]);
  });

  test('from no host of the file whose files are missing, and from the others all the same', async () => {
    const upstream = await FakeUpstream.start();
    const none = '{ url: "http://127.0.0.1:1", credentials: { tokenFile: none } }';
    const file = `upstreams: { ghcr.io: { endpoints: [${none}] }, quay.io: { endpoints: [{ url: "${upstream.origin}" }] } }`;
    upstream.on('GET /v2/team/app/manifests/v1', manifestReply(manifest));
    const config = await read({ file, serves: false });
    const signal = new AbortController().signal;
    await using upstreams = await openUpstreams(config, BY_DEFAULT, {}, keepingLog().log, signal);
    const [broken, sound] = [repo('a', 'ghcr.io'), repo('team/app', 'quay.io')];
    await assert.rejects(upstreams.registryOf(broken.host!), /tokenFile: .*none: no such file or directory$/);
    await (await upstreams.registryOf(sound.host!)).getManifest(sound, ref('v1'));
  });
});

/** A docker config with a login to a host. */
function loginFile(host: string, login: string): string {
  const auth = Buffer.from(login).toString('base64');
  return writeConfig(JSON.stringify({ auths: { [host]: { auth } } }));
}
