import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientTests } from '../support/clients/client-test.ts';
import { run, runRefused, type CommandOptions, type Output } from '../support/clients/command.ts';
import { blobsBelow, filesBelow, requireOnce } from '../support/clients/disk.ts';
import { startDockerRegistry } from '../support/clients/docker-registry.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { program, serve } from '../support/clients/served.ts';
import { layoutDigest, readJson, verifyLayout, verifySkopeoDir } from '../support/clients/stored.ts';
import { ARCHIVES_NEED, madeArchives } from './archives.ts';
import { GREETING, imagesFolder, REFERRER_TYPE, requirementsOf, unpack } from './images.ts';

// What a person does who has images as files and folders, and wants one folder that has all of them: load them.

const SETS = ['layouts', 'dirs', 'artifacts'] as const;

async function start(stack: AsyncDisposableStack) {
  const work = stack.use(await tempFolder('load')).path;
  const sets = await imagesFolder(stack, ...SETS);
  const made = await madeArchives();
  const temporary = join(work, 'temporary');
  await mkdir(temporary);
  const options: CommandOptions = { env: { TMPDIR: temporary } };
  let folders = 0;
  return {
    work,
    temporary,
    made,
    /** A set's image, as it lies in its folder. */
    source: (path: string) => join(sets.path, path),
    digestOf: (reference: string) => sets.images.find((image) => image.reference === reference)?.digest ?? '',
    archive: (file: string) => join(made.folder, file),
    /** A new name in the work folder. */
    fresh: (name: string) => join(work, `${name}-${String((folders += 1))}`),
    load: (images: string, ...args: readonly string[]) => run(program, ['load', '--images', images, ...args], options),
    refused: async (images: string, ...args: readonly string[]): Promise<Output> => {
      const output = await runRefused(program, ['load', '--images', images, ...args], options);
      assert.equal(output.exitCode, 1, output.stderr);
      return output;
    },
  };
}

const loadTest = clientTests(
  [...new Set([...ARCHIVES_NEED, ...requirementsOf(...SETS), 'umoci', 'oras-client', 'gcc', 'sh'])],
  start,
);

interface Listed {
  readonly images: readonly { readonly repository: string; readonly tag: string; readonly digest: string }[];
  readonly problems: readonly unknown[];
}

/** Digests by `repository:tag`. */
async function listed(images: string): Promise<Record<string, string>> {
  const { stdout } = await run(program, ['list', '--images', images, '--json']);
  const { images: found, problems } = JSON.parse(stdout) as Listed;
  assert.deepEqual(problems, []);
  return Object.fromEntries(found.map(({ repository, tag, digest }) => [`${repository}:${tag}`, digest]));
}

loadTest(
  'archives of every tool, compressed or not, are loaded with the digests that they have in place',
  async (lab) => {
    const [inPlace, images] = [lab.fresh('in-place'), lab.fresh('images')];
    await mkdir(inPlace);
    const named = lab.made.archives.filter((archive) => archive.images.every(({ name }) => name !== undefined));
    // Of those with a tag alone the repository is called as the file, which loading does not.
    const archives = named.filter(({ name }) => name !== 'skopeo-tag');
    for (const { name } of archives) await cp(lab.archive(`${name}.tar`), join(inPlace, `${name}.tar`));
    const suffixes = ['.tar', '.tar.gz', '.tar.zst'];
    const files = archives.map(({ name }, i) => lab.archive(`${name}${suffixes[i % 3] ?? ''}`));
    const { stderr } = await lab.load(images, ...files);
    const here = await listed(images);
    assert.deepEqual(here, await listed(inPlace));
    const wanted = archives.flatMap((archive) => archive.images);
    assert.deepEqual(Object.keys(here).sort(), wanted.map(({ name }) => name ?? '').sort());
    for (const { name = '', digest } of wanted) assert.equal(here[name], digest ?? here[name]);
    assert.match(stderr, new RegExp(`^${wanted.length} loaded; `, 'm'));
    await requireOnce(images);
  },
);

loadTest(
  'an archive on standard input, an unpacked one, a layout and a skopeo dir are loaded with their digests',
  async (lab) => {
    const images = lab.fresh('images');
    const unpacked = lab.fresh('unpacked');
    await unpack(lab.archive('docker-tags.tar'), unpacked);
    const pipe = ['-c', 'cat "$2" | "$0" load --images "$1" -', program, images];
    await run(tool('sh'), [...pipe, lab.archive('docker-one.tar.gz')]);
    await run(tool('sh'), [...pipe, lab.archive('ctr-2-all.tar')]);
    await lab.load(images, unpacked);
    await lab.load(images, '--as', 'from/layout', lab.source('layout/hello'));
    await lab.load(images, '--as', 'from/single', lab.source('layout/single/v1'));
    for (const tag of ['v2s2', 'oci', 'index', 'list']) {
      await lab.load(images, '--as', `from/dir:${tag}`, lab.source(`dir/hello/${tag}`));
    }
    const tags = ['docker/tags:1', 'docker/tags:V1.0', 'quay.io/docker/tags:1'];
    const inPlace = lab.fresh('in-place');
    await mkdir(inPlace);
    for (const name of ['docker-one', 'docker-tags'])
      await cp(lab.archive(`${name}.tar`), join(inPlace, `${name}.tar`));
    const saved = await listed(inPlace);
    assert.deepEqual(await listed(images), {
      ...Object.fromEntries(['docker/one:1', ...tags].map((name) => [name, saved[name]])),
      'docker.io/ctr/all:2': lab.digestOf('layout/hello:latest'),
      ...Object.fromEntries(
        ['amd64', 'arm64', 'latest'].map((tag) => [`from/layout:${tag}`, lab.digestOf(`layout/hello:${tag}`)]),
      ),
      'from/single:latest': lab.digestOf('layout/single:v1'),
      ...Object.fromEntries(
        ['v2s2', 'oci', 'index', 'list'].map((tag) => [`from/dir:${tag}`, lab.digestOf(`dir/hello:${tag}`)]),
      ),
    });
    await requireOnce(images);
  },
);

loadTest('skopeo, crane, oras and umoci read the layouts that were written, with every byte', async (lab) => {
  const images = lab.fresh('images');
  await lab.load(images, lab.archive('docker-tags.tar'), lab.archive('skopeo-oci.tar'), lab.archive('ctr-1-all.tar'));
  await lab.load(images, '--as', 'notes', lab.source('artifact/notes'));
  const digests = await listed(images);
  for (const [reference, digest] of Object.entries(digests)) {
    const [repository = '', tag = ''] = reference.split(':');
    const layout = join(images, repository);
    const copies = join(lab.fresh('copies'));
    await mkdir(copies);
    // Version 1.9 finds no manifest of Docker's by a name, and no artifact.
    if (repository !== 'notes' && !repository.endsWith('docker/tags')) {
      const flags = ['--insecure-policy', 'copy', '--quiet', '--all'];
      await run(tool('skopeo'), [...flags, `oci:${layout}:${tag}`, `dir:${copies}/skopeo`]);
      await verifySkopeoDir(join(copies, 'skopeo'), digest);
    }
    const { stdout } = await run(tool('oras-client'), [`oci:${layout}`, tag, join(copies, 'oras')]);
    const { copied, referrers } = JSON.parse(stdout) as {
      copied: { digest: string };
      referrers: { artifactType: string }[] | null;
    };
    assert.equal(copied.digest, digest);
    await verifyLayout(join(copies, 'oras'), digest);
    assert.deepEqual(
      (referrers ?? []).map(({ artifactType }) => artifactType),
      repository === 'notes' ? [REFERRER_TYPE] : [],
    );
  }
  await using registry = await startDockerRegistry();
  for (const reference of ['skopeo/oci:1', 'docker.io/ctr/all:1']) {
    const [repository = ''] = reference.split(':');
    const name = `${registry.host}/${repository}:pushed`;
    await run(tool('crane'), ['push', join(images, repository), name]);
    assert.equal((await run(tool('crane'), ['digest', name])).stdout.trim(), digests[reference]);
  }
  const bundle = lab.fresh('bundle');
  await run(tool('umoci'), ['unpack', '--image', `${join(images, 'skopeo/oci')}:1`, bundle]);
  assert.equal((await run(join(bundle, 'rootfs', 'hello'), ['world'])).stdout.trim(), GREETING);
});

loadTest('two repositories on one base have its layer once: a name in the pool and one in each', async (lab) => {
  const images = lab.fresh('images');
  await lab.load(images, lab.archive('docker-several.tar'));
  const [base, app] = await Promise.all(['team/base', 'team/app'].map((name) => layersOf(join(images, name))));
  const [shared = ''] = base ?? [];
  assert.equal(app?.[0], shared);
  const { stdout } = await run(tool('stat'), ['-c', '%h', join(images, 'team/app/blobs', ...shared.split(':'))]);
  assert.equal(stdout.trim(), '3');
  await requireOnce(images);
  for (const [digest, files] of await blobsBelow(images)) {
    assert.equal(files.length, digest === shared ? 3 : 2);
    assert.ok(files.some(({ path }) => path.startsWith('_blobs/')));
  }
});

loadTest('loaded again, nothing moves and nothing is written, and it says so', async (lab) => {
  const images = lab.fresh('images');
  const sources = ['docker-several.tar', 'podman-several.tar.gz', 'ctr-1-all.tar', 'podman-oci.tar.zst'].map(
    lab.archive,
  );
  await lab.load(images, ...sources);
  const before = await filesBelow(images);
  const { stderr } = await lab.load(images, ...sources);
  assert.deepEqual(await filesBelow(images), before);
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines.length, 7);
  for (const line of lines.slice(0, -1)) assert.match(line, /^unchanged {2}/);
  assert.match(lines.at(-1) ?? '', /^0 loaded, 6 unchanged; 0 B new, /);
});

loadTest('--as gives a name, with a tag to one image alone, and --prefix goes before all names', async (lab) => {
  const images = lab.fresh('images');
  const noName = await lab.refused(images, lab.archive('docker-id.tar'));
  assert.match(noName.stderr, /docker-id\.tar: no name is written inside: give one with --as NAME\[:TAG\]/);
  await lab.load(images, '--as', 'quay.io/given/name:v1', lab.archive('docker-id.tar'));
  await lab.load(images, '--as', 'given/latest', lab.archive('crane-oci.tar'));
  await lab.load(images, '--as', 'given/tags', '--prefix', 'far/away', lab.archive('skopeo-tag.tar'));
  await lab.load(images, '--prefix', 'product-2.4', lab.archive('docker-several.tar'));
  const several = await lab.refused(images, '--as', 'one:tag', lab.archive('docker-several.tar'));
  assert.match(several.stderr, /it holds 2 images, and --as with a tag names one/);
  assert.deepEqual(Object.keys(await listed(images)), [
    'far/away/given/tags:v9',
    'given/latest:latest',
    'product-2.4/team/app:1',
    'product-2.4/team/base:1',
    'quay.io/given/name:v1',
  ]);
});

loadTest(
  '--platform leaves children out, the index is the same to the byte, and the rest can be loaded later',
  async (lab) => {
    const images = lab.fresh('images');
    const source = lab.archive('ctr-2-all.tar');
    const layout = join(images, 'docker.io/ctr/all');
    const digest = lab.digestOf('layout/hello:latest');
    const arm = lab.digestOf('layout/hello:arm64');
    const none = await lab.refused(images, '--platform', 'windows/amd64', source);
    assert.match(none.stderr, /no image for windows\/amd64 in the index: it has linux\/amd64, linux\/arm64/);
    await lab.load(images, '--platform', 'linux/amd64', source);
    assert.equal(await layoutDigest(layout, '2'), digest);
    const bytes = (blob: string, folder = layout) => readFile(join(folder, 'blobs', ...blob.split(':')));
    assert.deepEqual(await bytes(digest), await bytes(digest, lab.source('layout/hello')));
    await assert.rejects(bytes(arm), { code: 'ENOENT' });
    await using server = await serve(images);
    await using engine = await startDockerd();
    const name = `${server.host}/ctr/all:2`;
    await engine.docker('pull', name);
    assert.equal((await engine.docker('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
    const { stderr } = await lab.load(images, '--platform', 'linux/amd64', source);
    assert.match(stderr, /^unchanged /);
    await lab.load(images, source);
    await verifyLayout(layout, digest);
    await engine.docker('pull', '--platform', 'linux/arm64', name);
  },
);

loadTest('--dry-run tells what it would bring in, and leaves no trace', async (lab) => {
  const images = lab.fresh('images');
  const sources = [lab.archive('docker-several.tar'), lab.archive('ctr-1-all.tar.gz')];
  const { stdout } = await lab.load(images, '--dry-run', ...sources);
  assert.match(stdout, /^would load team\/base:1 .* 670 KiB to bring in, 0 B here already$/m);
  assert.match(stdout, /^3 to load; .* to bring in, 0 B here already$/m);
  await assert.rejects(stat(images), { code: 'ENOENT' });
  assert.deepEqual(await readdir(lab.temporary), []);
  await lab.load(images, ...sources);
  const before = await filesBelow(images);
  const again = await lab.load(images, '--dry-run', ...sources, lab.archive('podman-docker.tar'));
  assert.match(again.stdout, /^unchanged {2}team\/base:1 /m);
  assert.match(again.stdout, /^1 to load, 3 unchanged; 0 B to bring in, .* here already$/m);
  assert.deepEqual(await filesBelow(images), before);
});

loadTest('where a file system has no links, files are copied, and all else is the same', async (lab) => {
  const images = lab.fresh('images');
  const shim = join(lab.work, 'failing-links.so');
  const source = fileURLToPath(new URL('../support/failing-links.c', import.meta.url));
  await run(tool('gcc'), ['-shared', '-fPIC', '-O1', '-o', shim, source]);
  const load = (...args: readonly string[]) =>
    run(program, ['load', '--images', images, ...args], { env: { LD_PRELOAD: shim } });
  const sources = ['docker-several.tar', 'ctr-1-all.tar', 'podman-oci.tar.gz'].map(lab.archive);
  await load(...sources);
  for (const { path, links } of await filesBelow(images)) assert.equal(links, 1, path);
  const before = await filesBelow(images);
  assert.match((await load(...sources)).stderr, /^0 loaded, 4 unchanged; 0 B new/m);
  assert.deepEqual(await filesBelow(images), before);
  assert.deepEqual(await readdir(join(images, '_fills')), []);
  const linked = lab.fresh('images');
  await lab.load(linked, ...sources);
  assert.deepEqual(await listed(images), await listed(linked));
  assert.deepEqual([...(await blobsBelow(images)).keys()].sort(), [...(await blobsBelow(linked)).keys()].sort());
});

loadTest('a repository on another file system than the pool gets copies', async (lab) => {
  const images = lab.fresh('images');
  const other = join(images, 'quay.io');
  await mkdir(other, { recursive: true });
  await run(tool('mount'), ['-t', 'tmpfs', '-o', 'size=16m', 'none', other]);
  try {
    await lab.load(images, lab.archive('docker-tags.tar'));
    const here = await listed(images);
    assert.equal(here['quay.io/docker/tags:1'], here['docker/tags:1']);
    await verifyLayout(join(other, 'docker/tags'), here['quay.io/docker/tags:1'] ?? '');
    for (const { path, links } of await filesBelow(other)) assert.equal(links, 1, path);
    const again = await lab.load(images, lab.archive('docker-tags.tar'));
    assert.match(again.stderr, /^0 loaded, 3 unchanged/m);
  } finally {
    await run(tool('umount'), [other]);
  }
});

loadTest('a folder that cannot be written is named with the reason', async (lab) => {
  const images = lab.fresh('images');
  await mkdir(images);
  await run(tool('mount'), ['--bind', '-o', 'ro', images, images]);
  try {
    const { stderr } = await lab.refused(images, lab.archive('docker-one.tar'));
    assert.match(stderr, new RegExp(`read-only file system, mkdir '${images}/`));
    assert.match((await lab.load(images, '--dry-run', lab.archive('docker-one.tar'))).stdout, /^1 to load;/m);
  } finally {
    await run(tool('umount'), [images]);
  }
});

async function layersOf(layout: string): Promise<readonly string[]> {
  const digest = await layoutDigest(layout, '1');
  const { layers } = await readJson<{ layers: { digest: string }[] }>(layout, 'blobs', ...digest.split(':'));
  return layers.map((layer) => layer.digest);
}
