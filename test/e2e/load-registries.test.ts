import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { run, runRefused, type Output } from '../support/clients/command.ts';
import { filesBelow, requireOnce } from '../support/clients/disk.ts';
import { eventually } from '../support/clients/eventually.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { program, serve, type Served } from '../support/clients/served.ts';
import { startStalling } from '../support/clients/stalling-registry.ts';
import { layoutDigest, verifyLayout } from '../support/clients/stored.ts';
import { tinyImage } from '../support/tiny-image.ts';
import { Authority } from '../support/upstream/certificates.ts';
import { DISTRIBUTION, startDistribution, writeHtpasswd } from '../support/upstream/distribution.ts';
import { TokenService } from '../support/upstream/token-service.ts';
import { writeOciLayout } from '../support/write-images.ts';
import { imagesFolder, requirementsOf } from './images.ts';

// What a person does who fills a folder from other registries: name the images, list them in a file, keep an inventory.

const SETS = ['layouts', 'dirs'] as const;
const [USER, PASSWORD] = ['ann', 'p:ss wörd'];
/** Tags of `team/many`. */
const MANY = Array.from({ length: 12 }, (_, i) => `t${String(i)}`);

async function start(stack: AsyncDisposableStack) {
  const work = stack.use(await tempFolder('load-registries')).path;
  const { path, images } = await imagesFolder(stack, ...SETS);
  const data = join(work, 'data');
  const authority = await Authority.create(work);
  const htpasswd = join(work, 'htpasswd');
  await writeHtpasswd(htpasswd, USER, PASSWORD);
  const tokens = stack.use(
    await TokenService.start({ users: { [USER]: PASSWORD }, isPublic: (name) => name.startsWith('public/') }),
  );
  const distribution = (options: Partial<Parameters<typeof startDistribution>[0]> = {}) =>
    startDistribution({ folder: work, data, ...options });
  // All of them have the same images.
  const [open, secured, withTokens] = await Promise.all([
    distribution(),
    distribution({ tls: await authority.server('server'), htpasswd }),
    distribution({ tokens }),
  ]);
  for (const each of [open, secured, withTokens]) stack.use(each);
  const push = async (source: string, name: string) => {
    const flags = ['--insecure-policy', 'copy', '--quiet', '--all', '--preserve-digests', '--dest-tls-verify=false'];
    await run(tool('skopeo'), [...flags, source, `docker://${open.host}/${name}`]);
  };
  const hello = `oci:${path}/layout/hello`;
  for (const name of ['team/index:1', 'public/index:1', 'moving/tag:stable']) await push(`${hello}:latest`, name);
  await push(`dir:${path}/dir/hello/list`, 'team/list:1');
  await push(`${hello}:amd64`, 'team/image:1');
  await push(`${hello}:arm64`, 'team/image:2');
  const many = join(work, 'many');
  await writeOciLayout(
    many,
    MANY.map((tag) => ({
      tag,
      image: tinyImage({ seed: tag, layers: [Buffer.from('one for all'), Buffer.from(tag)] }),
    })),
  );
  for (const tag of MANY) await push(`oci:${many}:${tag}`, `team/many:${tag}`);
  let folders = 0;
  const home = join(work, 'home');
  await mkdir(home);
  /** Nothing that this machine's user keeps for registries. */
  const env = { HOME: home, XDG_RUNTIME_DIR: home, DOCKER_CONFIG: home, REGISTRY_AUTH_FILE: '' };
  const options = (more: Readonly<Record<string, string>>) => ({ env: { ...env, ...more } });
  return {
    work,
    env,
    authority,
    tokens,
    open,
    secured,
    withTokens,
    distribution,
    push,
    hello,
    many,
    digestOf: (reference: string) => images.find((image) => image.reference === reference)?.digest ?? '',
    fresh: (name: string) => join(work, `${name}-${String((folders += 1))}`),
    load: (images: string, args: readonly string[], more = {}) =>
      run(program, ['load', '--images', images, ...args], options(more)),
    refused: async (images: string, args: readonly string[], more = {}): Promise<Output> => {
      const output = await runRefused(program, ['load', '--images', images, ...args], options(more));
      assert.equal(output.exitCode, 1, output.stderr);
      return output;
    },
  };
}

const loadTest = clientTests(
  [...new Set([...DISTRIBUTION, 'openssl', 'htpasswd', 'crane', ...requirementsOf(...SETS)])],
  start,
);

interface Listed {
  readonly images: readonly {
    readonly repository: string;
    readonly tag: string;
    readonly digest: string;
    readonly source: string | null;
  }[];
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
}

async function list(images: string): Promise<Listed> {
  return JSON.parse((await run(program, ['list', '--images', images, '--json'])).stdout) as Listed;
}

/** Digests by `repository:tag`. */
async function listed(images: string): Promise<Record<string, string>> {
  const { images: found, problems } = await list(images);
  assert.deepEqual(problems, []);
  return Object.fromEntries(found.map(({ repository, tag, digest }) => [`${repository}:${tag}`, digest]));
}

/** A registry on this machine as the upstream of a name that people use. */
const standsIn = (host: string, { url }: { readonly url: string }): readonly string[] => [
  '--upstream',
  `${host}=${url}`,
];

loadTest('a registry on this machine needs no flag: by tag or digest, every platform, the same bytes', async (lab) => {
  const images = lab.fresh('images');
  const { host } = lab.open;
  const digest = lab.digestOf('dir/hello:list');
  await lab.load(images, [`${host}/team/index:1`, `${host}/team/image:1`, `${host}/team/list@${digest}`]);
  const layout = (name: string) => join(images, host.replace(':', '_') + '_', name);
  const index = lab.digestOf('layout/hello:latest');
  assert.equal(await layoutDigest(layout('team/index'), '1'), index);
  assert.equal((await verifyLayout(layout('team/index'), index)).length, 4);
  assert.equal(await layoutDigest(layout('team/image'), '1'), lab.digestOf('layout/hello:amd64'));
  assert.equal(await layoutDigest(layout('team/list')), digest);
  await verifyLayout(layout('team/list'), digest);
  await requireOnce(images);
  const absent = await lab.refused(images, [`${host}/team/none:1`]);
  assert.match(absent.stderr, new RegExp(`${host}/team/none:1: .*404`));
});

loadTest('over TLS with a password: what `skopeo login` keeps is found by flag and by variable', async (lab) => {
  const { host } = lab.secured;
  const file = join(lab.work, 'auth.json');
  const env = { SSL_CERT_FILE: lab.authority.pair.certFile };
  await run(tool('skopeo'), ['login', '--authfile', file, '-u', USER, '-p', PASSWORD, host], { env });
  const ca = ['--ca', lab.authority.pair.certFile];
  const images = lab.fresh('images');
  await lab.load(images, [...ca, '--docker-config', file, `${host}/team/index:1`]);
  await lab.load(images, [...ca, `${host}/team/image:1`], { REGISTRY_AUTH_FILE: file });
  await lab.load(images, ['--insecure', `${host}/team/image:2`], { REGISTRY_AUTH_FILE: file });
  assert.deepEqual(await listed(images), {
    [`${host}/team/image:1`]: lab.digestOf('layout/hello:amd64'),
    [`${host}/team/image:2`]: lab.digestOf('layout/hello:arm64'),
    [`${host}/team/index:1`]: lab.digestOf('layout/hello:latest'),
  });
});

loadTest('what `docker login` would keep in the home is found without a flag', async (lab) => {
  const { host } = lab.secured;
  const home = lab.fresh('home');
  const env = { SSL_CERT_FILE: lab.authority.pair.certFile, DOCKER_CONFIG: join(home, '.docker') };
  await run(tool('crane'), ['auth', 'login', host, '-u', USER, '-p', PASSWORD], { env });
  const images = lab.fresh('images');
  const args = ['--ca', lab.authority.pair.certFile, `${host}/team/image:1`];
  await lab.load(images, args, { DOCKER_CONFIG: join(home, '.docker') });
  assert.deepEqual(Object.values(await listed(images)), [lab.digestOf('layout/hello:amd64')]);
});

loadTest(
  'a wrong password, none, and an unknown authority are told with the host, and nothing is written',
  async (lab) => {
    const { host } = lab.secured;
    const images = lab.fresh('images');
    const wrong = join(lab.work, 'wrong.json');
    const auth = Buffer.from(`${USER}:wrong`).toString('base64');
    await writeFile(wrong, JSON.stringify({ auths: { [host]: { auth } } }));
    const ca = ['--ca', lab.authority.pair.certFile];
    for (const credentials of [[], ['--docker-config', wrong]]) {
      const { stderr } = await lab.refused(images, [...ca, ...credentials, `${host}/team/index:1`]);
      assert.match(stderr, new RegExp(`${host}: HEAD team/index:1: 401 denied`));
      assert.ok(!stderr.includes(auth) && !stderr.includes('wrong:'), stderr);
    }
    const unknown = await lab.refused(images, ['--docker-config', wrong, `${host}/team/index:1`]);
    assert.match(unknown.stderr, new RegExp(`cannot reach https://${host}: certificate of an unknown authority`));
    assert.deepEqual(await listed(images), {});
    assert.deepEqual(await readdir(join(images, '_fills')), []);
  },
);

loadTest('with a token service: what is public by anybody, the rest with a password', async (lab) => {
  const { host } = lab.withTokens;
  const images = lab.fresh('images');
  await lab.load(images, [`${host}/public/index:1`]);
  const denied = await lab.refused(images, [`${host}/team/index:1`]);
  assert.match(denied.stderr, new RegExp(`${host}: HEAD team/index:1: 401 denied`));
  const file = join(lab.work, 'token-auth.json');
  await run(tool('skopeo'), ['login', '--authfile', file, '--tls-verify=false', '-u', USER, '-p', PASSWORD, host]);
  await lab.load(images, ['--docker-config', file, `${host}/team/index:1`]);
  const digest = lab.digestOf('layout/hello:latest');
  assert.deepEqual(await listed(images), { [`${host}/public/index:1`]: digest, [`${host}/team/index:1`]: digest });
  assert.ok(
    lab.tokens.grants.some(({ user, scopes }) => user === USER && scopes.includes('repository:team/index:pull')),
  );
});

loadTest('an image list is loaded under the names in it, wherever the registries really are', async (lab) => {
  const images = lab.fresh('images');
  const file = join(lab.work, 'images.txt');
  await writeFile(
    file,
    `# what we need\r\nquay.io/team/index:1\r\n\r\nteam/image:1 # of Docker Hub\nquay.io/team/image@${lab.digestOf('layout/hello:arm64')}\n`,
  );
  const upstreams = [...standsIn('quay.io', lab.open), ...standsIn('docker.io', lab.withTokens)];
  const denied = await lab.refused(images, [...upstreams, file]);
  assert.match(denied.stderr, /docker\.io: HEAD team\/image:1: 401 denied/);
  await lab.load(images, [...standsIn('quay.io', lab.open), ...standsIn('docker.io', lab.open), file]);
  const { images: found, problems } = await list(images);
  assert.deepEqual(
    found.map(({ repository, tag, digest, source }) => [`${repository}:${tag}`, digest, source]),
    [
      ['docker.io/team/image:1', lab.digestOf('layout/hello:amd64'), 'docker.io/team/image:1'],
      ['quay.io/team/index:1', lab.digestOf('layout/hello:latest'), 'quay.io/team/index:1'],
    ],
  );
  assert.deepEqual(problems, [{ path: join(images, 'quay.io/team/image'), reason: 'nothing in it has a tag' }]);
  await using server = await serve(images);
  const byDigest = `${server.host}/quay.io/team/image@${lab.digestOf('layout/hello:arm64')}`;
  await run(tool('crane'), ['validate', '--remote', byDigest]);
});

loadTest(
  'an inventory is loaded with the platforms that it asks for; a tag that YAML would change is an error',
  async (lab) => {
    const images = lab.fresh('images');
    const file = join(lab.work, 'platforms.yaml');
    await writeFile(
      file,
      `images:
  - { name: quay.io/team/index, tags: ["1"], platforms: [linux/arm64] }
  - name: quay.io/team/list
    tags: ['1']
`,
    );
    await lab.load(images, [...standsIn('quay.io', lab.open), file]);
    const index = lab.digestOf('layout/hello:latest');
    assert.equal(await layoutDigest(join(images, 'quay.io/team/index'), '1'), index);
    const blobs = await readdir(join(images, 'quay.io/team/index/blobs/sha256'));
    assert.ok(blobs.includes(lab.digestOf('layout/hello:arm64').slice(7)));
    assert.ok(!blobs.includes(lab.digestOf('layout/hello:amd64').slice(7)));
    await verifyLayout(join(images, 'quay.io/team/list'), lab.digestOf('dir/hello:list'));
    await writeFile(file, 'images:\n  - name: quay.io/team/index\n    tags: [1, "1"]\n');
    const { stderr } = await lab.refused(images, [...standsIn('quay.io', lab.open), file]);
    assert.match(stderr, /platforms\.yaml:3: the tag 1 is read as .*write "1"/);
  },
);

loadTest('what is here is not asked for again: the registry may be gone', async (lab) => {
  const images = lab.fresh('images');
  const stopped = await lab.distribution();
  const args = [...standsIn('quay.io', stopped), 'quay.io/team/index:1', 'quay.io/team/image:2'];
  await lab.load(images, args);
  const before = await filesBelow(images);
  await stopped[Symbol.asyncDispose]();
  const { stderr } = await lab.load(images, args);
  assert.match(stderr, /^0 loaded, 2 unchanged; 0 B new/m);
  assert.deepEqual(await filesBelow(images), before);
  const refresh = await lab.refused(images, ['--refresh', ...args]);
  assert.match(refresh.stderr, /quay\.io: HEAD team\/(index:1|image:2): cannot reach .*: connection refused/);
});

loadTest('--refresh follows a tag that moved, and who has the old digest can still pull it', async (lab) => {
  const images = lab.fresh('images');
  const list = join(lab.work, 'moving.txt');
  await writeFile(list, 'quay.io/moving/tag:stable\n');
  const args = [...standsIn('quay.io', lab.open), list];
  await lab.load(images, args);
  const before = lab.digestOf('layout/hello:latest');
  await lab.push(`${lab.hello}:arm64`, 'moving/tag:stable');
  const after = lab.digestOf('layout/hello:arm64');
  assert.match((await lab.load(images, args)).stderr, /^unchanged /);
  assert.deepEqual(await listed(images), { 'quay.io/moving/tag:stable': before });
  await using server = await serve(images);
  const crane = (...command: readonly string[]) => run(tool('crane'), command);
  const name = `${server.host}/quay.io/moving/tag`;
  assert.equal((await crane('digest', `${name}:stable`)).stdout.trim(), before);
  assert.match((await lab.load(images, ['--refresh', ...args])).stderr, /^loaded /);
  assert.equal((await crane('digest', `${name}:stable`)).stdout.trim(), after);
  await crane('validate', '--remote', `${name}@${before}`);
  assert.match((await lab.load(images, ['--refresh', ...args])).stderr, /^unchanged /);
});

loadTest('--prune-tags removes what an inventory no longer names, and nothing that a person put there', async (lab) => {
  const images = lab.fresh('images');
  const file = join(lab.work, 'pruned.yaml');
  const args = [...standsIn('quay.io', lab.open), file];
  const write = (tags: string) => writeFile(file, `images: [{ name: quay.io/team/image, tags: [${tags}] }]\n`);
  await write('"1", "2"');
  await lab.load(images, [...standsIn('quay.io', lab.open), 'quay.io/team/index:1']);
  await lab.load(images, args);
  await run(tool('skopeo'), [
    '--insecure-policy',
    'copy',
    '-q',
    `${lab.hello}:amd64`,
    `dir:${images}/quay.io/team/image/own`,
  ]);
  await write('"1"');
  await lab.load(images, args);
  assert.ok('quay.io/team/image:2' in (await listed(images)));
  const dry = await lab.load(images, ['--prune-tags', '--dry-run', ...args]);
  assert.match(dry.stdout, /^would remove +quay\.io\/team\/image:2$/m);
  const { stderr } = await lab.load(images, ['--prune-tags', ...args]);
  assert.match(stderr, /^removed +quay\.io\/team\/image:2$/m);
  assert.deepEqual(Object.keys(await listed(images)), [
    'quay.io/team/image:1',
    'quay.io/team/image:own',
    'quay.io/team/index:1',
  ]);
  await verifyLayout(join(images, 'quay.io/team/image'), lab.digestOf('layout/hello:amd64'));
  await requireOnce(images);
});

loadTest('--continue loads all but what fails, exits with 1, and the summary names that', async (lab) => {
  const images = lab.fresh('images');
  const file = join(lab.work, 'some.txt');
  await writeFile(file, 'quay.io/team/index:1\nquay.io/team/none:1\nquay.io/team/image:1\n');
  const { stderr } = await lab.refused(images, ['--continue', ...standsIn('quay.io', lab.open), file]);
  assert.match(stderr, /^failed +some\.txt:2: quay\.io\/team\/none:1: quay\.io: HEAD team\/none:1: 404/m);
  assert.match(stderr, /^2 loaded, 1 failed; /m);
  assert.match(stderr.trimEnd().split('\n').at(-1) ?? '', /^ociregistry: some\.txt:2: quay\.io\/team\/none:1: /);
  assert.deepEqual(Object.keys(await listed(images)), ['quay.io/team/image:1', 'quay.io/team/index:1']);
});

loadTest(
  'two loads into one repository at once lose nothing, and a server beside them answers every pull',
  async (lab) => {
    const images = lab.fresh('images');
    const upstream = standsIn('quay.io', lab.open);
    await lab.load(images, [...upstream, 'quay.io/team/index:1', 'quay.io/team/many:t0']);
    await using server = await serve(images);
    const halves = [MANY.slice(0, 8), MANY.slice(4)];
    const ended = new AbortController();
    const loads = halves.map(async (tags, i) => {
      const file = join(lab.work, `half-${String(i)}.txt`);
      await writeFile(file, tags.map((tag) => `quay.io/team/many:${tag}\n`).join(''));
      await lab.load(images, [...upstream, file]);
    });
    const pulls = async () => {
      do {
        for (const name of ['quay.io/team/index:1', 'quay.io/team/many:t0']) await pull(server, name);
      } while (!ended.signal.aborted);
    };
    await Promise.all([pulls(), Promise.all(loads).finally(() => ended.abort())]);
    const here = await listed(images);
    for (const tag of MANY) {
      assert.equal(here[`quay.io/team/many:${tag}`], await layoutDigest(lab.many, tag));
      await verifyLayout(join(images, 'quay.io/team/many'), here[`quay.io/team/many:${tag}`] ?? '');
      await pull(server, `quay.io/team/many:${tag}`);
    }
    assert.equal(Object.keys(here).length, MANY.length + 1);
    await requireOnce(images);
  },
);

loadTest('a load that is cut by SIGINT leaves nothing of what was under way, and exits with 1', async (lab) => {
  const images = lab.fresh('images');
  await lab.load(images, [...standsIn('quay.io', lab.open), 'quay.io/team/many:t0']);
  const before = await listed(images);
  // It stops in the middle of a layer.
  await using slow = await startStalling(lab.open.url);
  for (const args of [[...standsIn('quay.io', slow), 'quay.io/team/list:1'], ['-']]) {
    const child = spawn(program, ['load', '--images', images, ...args], {
      env: { ...process.env, ...lab.env },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const stderr: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const closed = once(child, 'close') as Promise<[number | null]>;
    try {
      if (args.length === 1) child.stdin.write(Buffer.alloc(100_000));
      await eventually('it has written a part', () => hasPart(join(images, '_fills')));
    } finally {
      child.kill('SIGINT');
    }
    assert.equal((await closed)[0], 1);
    assert.match(Buffer.concat(stderr).toString(), /^ociregistry: .*stopped by SIGINT$/m);
    assert.deepEqual(await readdir(join(images, '_fills')), []);
    assert.deepEqual(await listed(images), before);
  }
});

/** Whether a large file is being written in a folder; others come and go. */
async function hasPart(folder: string): Promise<boolean> {
  return filesBelow(folder).then(
    (files) => files.some(({ size }) => size >= 10_000),
    () => false,
  );
}

/** Pulls as clients do: the manifest, what it names, and all of their bytes. */
async function pull({ url }: Served, reference: string): Promise<void> {
  const [, repository = '', tag = ''] = /^(.*):(.*)$/.exec(reference) ?? [];
  const get = async (path: string) => {
    const answer = await fetch(`${url}/v2/${repository}/${path}`);
    const body = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.status, 200, `${path}: ${body.toString('latin1', 0, 200)}`);
    return body;
  };
  const walk = async (name: string): Promise<void> => {
    const {
      manifests = [],
      config,
      layers = [],
    } = JSON.parse((await get(`manifests/${name}`)).toString()) as {
      manifests?: { digest: string }[];
      config?: { digest: string };
      layers?: { digest: string }[];
    };
    for (const { digest } of manifests) await walk(digest);
    for (const { digest } of [...(config ? [config] : []), ...layers]) await get(`blobs/${digest}`);
  };
  await walk(tag);
}
