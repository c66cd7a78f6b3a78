import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { run, runRefused } from '../support/clients/command.ts';
import { startContainerd, type Containerd } from '../support/clients/containerd.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { eventually } from '../support/clients/eventually.ts';
import { preparePodman } from '../support/clients/podman.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { program, serve, type Served } from '../support/clients/served.ts';
import { sha256OfFile, verifyLayout, verifySkopeoDir } from '../support/clients/stored.ts';
import { ARCHIVES_NEED, madeArchives, type ArchivedImage } from './archives.ts';
import { GREETING } from './images.ts';

// What a person does who was given an archive: put it into the folder that is being served, and pull from there.

/** Where an archive is put: uncompressed at the top, compressed into folders. */
const PLACES = [
  { folder: '', suffix: '.tar' },
  { folder: 'carried', suffix: '.tar.gz' },
  { folder: 'carried/far', suffix: '.tar.zst' },
] as const;

/** An image as clients ask for it. */
interface PlacedImage extends ArchivedImage {
  /** `repository:tag`. */
  readonly reference: string;
  /** The archive, relative to the images folder. */
  readonly file: string;
}

interface ListedImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly path: string;
}

interface Listing {
  readonly images: readonly ListedImage[];
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
}

const crane = async (...args: readonly string[]) => (await run(tool('crane'), args)).stdout.trim();

async function start(stack: AsyncDisposableStack) {
  const made = await madeArchives();
  const { path } = stack.use(await tempFolder('images'));
  const work = stack.use(await tempFolder('archives')).path;
  const server = stack.use(await serve(path));
  const images: PlacedImage[][] = [];
  for (const { folder, suffix } of PLACES) {
    await mkdir(join(path, folder), { recursive: true });
    for (const { name } of made.archives) {
      await copyFile(join(made.folder, `${name}.tar${suffix.slice(4)}`), join(path, folder, `${name}${suffix}`));
    }
    images.push(
      made.archives.flatMap((archive) =>
        archive.images.map((image) => ({
          ...image,
          reference: join(folder, image.name ?? `${archive.name}:latest`),
          file: join(folder, `${archive.name}${suffix}`),
        })),
      ),
    );
  }
  const digests = new Map<string, string>();
  for (const { reference } of images.flat()) {
    const digest = async () => digestServed(server, reference);
    await eventually(`${reference} is served`, async () => (await digest()) !== undefined);
    digests.set(reference, (await digest()) ?? '');
  }
  /** Every image once, each in another place than that of its neighbours and of the other clients. */
  const forClient = (client: number) =>
    (images[0] ?? []).flatMap((_, i) => images[(i + client) % PLACES.length]?.[i] ?? []);
  return { path, work, made: made.folder, server, images: images.flat(), digests, forClient };
}

type Lab = Awaited<ReturnType<typeof start>>;

/** `<registry>/<reference>` by its tag and by its digest. */
function names(lab: Lab, { reference }: PlacedImage, registry = lab.server.host) {
  const digest = lab.digests.get(reference) ?? '';
  const repository = reference.slice(0, reference.lastIndexOf(':'));
  return { tagged: `${registry}/${reference}`, byDigest: `${registry}/${repository}@${digest}`, digest };
}

const archiveTest = clientTests(ARCHIVES_NEED, start);

archiveTest('list shows archives and layouts alike, named by the folder and what is written inside', async (lab) => {
  const loading = ['load', '--images', lab.path, '--prefix', 'loaded', join(lab.made, 'docker-one.tar')];
  await run(program, loading);
  const expected = [
    ...lab.images.map(({ reference, file }) => ({ reference, file, digest: lab.digests.get(reference) })),
    { reference: 'loaded/docker/one:1', file: 'loaded/docker/one', digest: lab.digests.get('docker/one:1') },
  ].map(({ reference, file, digest }) => `${reference} ${String(digest)} ${join(lab.path, file)}`);
  const { images, problems } = await list(lab.path);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    images.map(({ repository, tag, digest, path }) => `${repository}:${tag} ${digest} ${path}`).sort(),
    expected.sort(),
  );
  for (const { reference, digest } of lab.images) {
    if (digest !== undefined) assert.equal(lab.digests.get(reference), digest);
  }
});

archiveTest(
  'crane pulls every image by tag and by digest, with every byte of the manifest that was saved',
  async (lab) => {
    for (const [i, image] of lab.forClient(0).entries()) {
      const { tagged, byDigest, digest } = names(lab, image);
      for (const name of [tagged, byDigest]) {
        const layout = join(lab.work, `crane-${i}-${Number(name === byDigest)}`);
        await crane('pull', '--format', 'oci', name, layout);
        assert.ok((await verifyLayout(layout, digest)).length >= 2);
      }
    }
  },
);

archiveTest('skopeo copies every image by tag and by digest', async (lab) => {
  for (const [i, image] of lab.forClient(1).entries()) {
    const { tagged, byDigest, digest } = names(lab, image);
    for (const name of [tagged, byDigest]) {
      const folder = join(lab.work, `skopeo-${i}-${Number(name === byDigest)}`);
      const flags = ['--insecure-policy', 'copy', '--quiet', '--all', '--src-tls-verify=false'];
      await run(tool('skopeo'), [...flags, `docker://${name}`, `dir:${folder}`]);
      assert.ok((await verifySkopeoDir(folder, digest)).length >= 2);
    }
  }
});

archiveTest('docker pulls every image by tag and by digest, with its id, and runs it', async (lab) => {
  await using engine = await startDockerd();
  const ran = new Set<string>();
  for (const image of lab.forClient(2)) {
    const { tagged, byDigest, digest } = names(lab, image);
    for (const name of [tagged, byDigest]) {
      await engine.docker('pull', name);
      const { stdout } = await engine.docker('image', 'inspect', '--format', '{{.Id}} {{json .RepoDigests}}', name);
      assert.ok(stdout.startsWith(image.id ?? 'sha256:'), `${name}: ${stdout}`);
      assert.ok(stdout.includes(byDigest), `${name}: ${stdout}`);
    }
    // Most are the same image.
    if (ran.has(digest)) continue;
    assert.equal((await engine.docker('run', '--rm', '--network', 'none', byDigest)).stdout.trim(), GREETING);
    ran.add(digest);
  }
});

archiveTest('podman pulls every image by tag and by digest, with its id', async (lab) => {
  await using engine = await preparePodman();
  for (const image of lab.forClient(0)) {
    const { tagged, byDigest } = names(lab, image);
    for (const name of [tagged, byDigest]) {
      const { stdout } = await engine.podman('pull', '--quiet', '--tls-verify=false', name);
      if (image.id !== undefined) assert.equal(`sha256:${stdout.trim()}`, image.id, name);
    }
  }
});

archiveTest('containerd pulls every image by tag and by digest through hosts.toml, every byte right', async (lab) => {
  await using engine = await startContainerd();
  const hosts = await configure(engine, lab, 'archives.test');
  const pull = ['images', 'pull', '--hosts-dir', hosts, '--snapshotter', 'native'];
  for (const image of lab.forClient(1)) {
    const { tagged, byDigest, digest } = names(lab, image, 'archives.test');
    for (const name of [tagged, byDigest]) {
      await engine.ctr(...pull, name);
      assert.equal(await digestIn(engine, name), digest, name);
    }
  }
  for (const hex of await readdir(engine.contentFolder)) {
    assert.equal(await sha256OfFile(join(engine.contentFolder, hex)), `sha256:${hex}`);
  }
});

archiveTest('containerd pulls by the name of another registry what an archive has under that name', async (lab) => {
  await using engine = await startContainerd();
  const hosts = await configure(engine, lab, 'quay.io');
  const name = 'quay.io/docker/tags:1';
  await engine.ctr('images', 'pull', '--hosts-dir', hosts, '--snapshotter', 'native', name);
  assert.equal((await engine.ctr('run', '--rm', '--snapshotter', 'native', name, 'run')).stdout.trim(), GREETING);
});

/** Names that two archives have. */
const CONTENTS = { 'docker-several': ['team/base:1', 'team/app:1'], 'ctr-1': ['docker.io/ctr/one:1'] } as const;
type Name = keyof typeof CONTENTS;

/** What is put in one place, one after the other, and how. */
const REPLACEMENTS: readonly (readonly [
  suffix: string,
  steps: readonly (readonly [way: 'cp' | 'mv', name: Name])[],
])[] = [
  [
    '.tar',
    [
      ['cp', 'docker-several'],
      ['mv', 'ctr-1'],
      ['cp', 'docker-several'],
    ],
  ],
  [
    '.tar.zst',
    [
      ['cp', 'docker-several'],
      ['cp', 'ctr-1'],
    ],
  ],
];

for (const [suffix, steps] of REPLACEMENTS) {
  const title = `an archive (${suffix}) is served when it lies there, anew when it is replaced, and no more when it is gone`;
  archiveTest(title, async (lab) => {
    const folder = `changing${suffix.replaceAll('.', '-')}`;
    await mkdir(join(lab.path, folder));
    const file = join(lab.path, folder, `image${suffix}`);
    const inside = (archive: Name) => CONTENTS[archive].map((name) => `${lab.server.host}/${folder}/${name}`);
    let before: Name | undefined;
    for (const [way, archive] of steps) {
      for (const name of inside(archive)) await refused(name);
      await copyFile(join(lab.made, `${archive}${suffix}`), way === 'cp' ? file : `${file}.part`);
      if (way === 'mv') await rename(`${file}.part`, file);
      for (const name of inside(archive)) {
        // A compressed one is looked into when it has not changed for a moment.
        if (suffix === '.tar') await crane('digest', name);
        else await eventually(`${name} is served`, () => isThere(name));
      }
      for (const name of before ? inside(before) : []) await refused(name);
      before = archive;
    }
    await rm(file);
    for (const name of before ? inside(before) : []) await refused(name);
  });
}

archiveTest('who asks for another image is answered while a large archive is unpacked', async (lab) => {
  const large = await largeArchive(lab.work);
  // Archives count in the order of their names, and a name of Docker Hub is looked for in several forms.
  const others = ['docker/one', 'skopeo/oci', 'ctr/one'];
  const get = (name: string) => fetch(`${lab.server.url}/v2/${name}/manifests/1`);
  await rename(large, join(lab.path, basename(large)));
  // What takes long is not waited for.
  const served = eventually('the large image is served', async () => (await get('large/image')).ok);
  const answered = async () => {
    await eventually('it is being unpacked', () => isUnpacking(lab.path));
    for (const name of others) assert.ok((await get(name)).ok, name);
    assert.ok(await isUnpacking(lab.path), 'the answers came before it was done');
  };
  await Promise.all([served, answered()]);
});

archiveTest(
  'of a folder that cannot be written, plain archives are served, and compressed ones reported',
  async (lab) => {
    const images = join(lab.work, 'read-only');
    await mkdir(images);
    await copyFile(join(lab.made, 'docker-one.tar'), join(images, 'docker-one.tar'));
    await copyFile(join(lab.made, 'podman-oci.tar.gz'), join(images, 'podman-oci.tar.gz'));
    await utimes(join(images, 'podman-oci.tar.gz'), LONG_AGO, LONG_AGO);
    await run(tool('mount'), ['--bind', '-o', 'ro', images, images]);
    try {
      await using server = await serve(images);
      const layout = join(lab.work, 'from-read-only');
      await crane('pull', '--format', 'oci', `${server.host}/docker/one:1`, layout);
      await verifyLayout(layout, await crane('digest', `${server.host}/docker/one:1`));
      const { stderr } = await runRefused(tool('crane'), ['digest', `${server.host}/docker.io/podman/oci:1`]);
      assert.match(stderr, /404/);
      const listed = await list(images);
      assert.deepEqual(
        listed.images.map(({ repository, tag }) => `${repository}:${tag}`),
        ['docker/one:1'],
      );
      assert.equal(listed.problems.length, 1);
      assert.equal(listed.problems[0]?.path, join(images, 'podman-oci.tar.gz'));
      assert.match(listed.problems[0].reason, /it is compressed, and cannot be unpacked into .*EROFS/);
    } finally {
      await run(tool('umount'), [images]);
    }
  },
);

/** Of a file that nobody writes to any more. */
const LONG_AGO = new Date('2024-01-01T00:00:00Z');
const PIECE_BYTES = 60_000_000;

/** 300 MB that do not get smaller, as one image, compressed. */
async function largeArchive(work: string): Promise<string> {
  const folder = join(work, 'large');
  await mkdir(folder);
  const piece = randomBytes(PIECE_BYTES);
  await using layer = await open(join(folder, 'layer.tar'), 'wx');
  for (let i = 0; i < 5; i++) await layer.write(piece);
  const diffId = await sha256OfFile(join(folder, 'layer.tar'));
  const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [diffId] } };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const images = [{ Config: 'config.json', RepoTags: ['large/image:1'], Layers: ['layer.tar'] }];
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(images));
  const archive = join(work, 'large.tar.zst');
  await run(tool('tar'), ['-C', folder, '--use-compress-program', 'zstd -q -1', '-cf', archive, '.']);
  await utimes(archive, LONG_AGO, LONG_AGO);
  return archive;
}

/** The digest that a HEAD request is answered with; undefined when there is no such image. */
async function digestServed({ url }: Pick<Served, 'url'>, reference: string): Promise<string | undefined> {
  const colon = reference.lastIndexOf(':');
  const manifest = `${url}/v2/${reference.slice(0, colon)}/manifests/${reference.slice(colon + 1)}`;
  const answer = await fetch(manifest, { method: 'HEAD' });
  return answer.ok ? (answer.headers.get('docker-content-digest') ?? undefined) : undefined;
}

async function isUnpacking(images: string): Promise<boolean> {
  return (await readdir(join(images, '_unpacked'))).some((name) => name.startsWith('.'));
}

async function list(images: string): Promise<Listing> {
  return JSON.parse((await run(program, ['list', '--images', images, '--json'])).stdout) as Listing;
}

async function configure(engine: Containerd, { server }: Lab, host: string): Promise<string> {
  return engine.configureHost(
    host,
    `server = "${server.url}"
[host."${server.url}"]
  capabilities = ["pull", "resolve"]
`,
  );
}

async function digestIn({ ctr }: Containerd, name: string): Promise<string | undefined> {
  const { stdout } = await ctr('images', 'ls', `name==${name}`);
  return /sha256:[0-9a-f]{64}/.exec(stdout.replaceAll(name, ''))?.[0];
}

async function isThere(name: string): Promise<boolean> {
  return crane('digest', name).then(
    () => true,
    () => false,
  );
}

async function refused(name: string): Promise<void> {
  const { stderr } = await runRefused(tool('crane'), ['digest', name]);
  assert.match(stderr, /404|NAME_UNKNOWN|MANIFEST_UNKNOWN/);
}
