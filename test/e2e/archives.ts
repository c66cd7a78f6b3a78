import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../support/clients/command.ts';
import { startContainerd, startContainerd2, type Containerd } from '../support/clients/containerd.ts';
import { startDockerRegistry } from '../support/clients/docker-registry.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { oncePerRun } from '../support/clients/once-per-run.ts';
import { preparePodman } from '../support/clients/podman.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { layoutDigest, readJson } from '../support/clients/stored.ts';
import { helloProgram, imagesFolder, requirementsOf } from './images.ts';

// The archives that people have: made by every tool that writes some, once in a test run.

/** An image in an archive, and what of the original its format keeps. */
export interface ArchivedImage {
  /** As it is written inside, with its tag; undefined when nothing is. */
  readonly name: string | undefined;
  /** Of its manifest. What has the form of `docker save` holds none. */
  readonly digest?: string;
  /** Of its config, by which docker and podman know it; an index has none. */
  readonly id?: string;
}

export interface MadeArchive {
  /** Its name without `.tar`. */
  readonly name: string;
  readonly images: readonly ArchivedImage[];
}

/** What making the archives takes, for `missing`. */
export const ARCHIVES_NEED = [
  ...['root', 'dockerd', 'docker', 'podman', 'buildah', 'skopeo', 'crane', 'docker-registry', 'runc', 'tar', 'zstd'],
  ...['gzip', 'containerd', 'ctr', 'containerd-2', 'ctr-2', 'containerd-shim-2', ...requirementsOf('layouts')],
];

/** A program in one layer, and an image with one layer more on top of it. */
const BASE = 'team/base:1';
const APP = 'team/app:1';
/** The host that names have which crane writes: one that it talks http with, and never asks the world for. */
const CRANE_HOST = 'registry.local';

/** A folder with each archive as `<name>.tar`, `<name>.tar.gz` and `<name>.tar.zst`, and what they hold. */
export async function madeArchives(): Promise<{ readonly folder: string; readonly archives: readonly MadeArchive[] }> {
  const folder = await oncePerRun('archives', makeArchives);
  return { folder, archives: await readJson<MadeArchive[]>(folder, 'archives.json') };
}

async function makeArchives(folder: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const at = (name: string) => join(folder, `${name}.tar`);
  const work = stack.use(await tempFolder('archives')).path;
  const ids = await saveWithDocker(at, work);
  // Everything else is made of that.
  const base = `docker-archive:${at('docker-one')}:docker/one:1`;
  const oci = join(work, 'oci');
  await skopeo(base, `oci:${oci}:1`);
  const ociImage = await imageIn(oci, '1');
  const layout = join((await imagesFolder(stack, 'layouts')).path, 'layout', 'hello');
  await Promise.all([
    saveWithPodman(at),
    saveWithBuildah(at, base),
    saveWithSkopeo(at, base, `oci:${oci}:1`),
    saveFromRegistry(at, { base, oci: `oci:${oci}:1`, index: `oci:${layout}:latest` }, work),
  ]);
  const index = await layoutDigest(layout, 'latest');
  await compress(folder);
  await writeFile(join(folder, 'archives.json'), JSON.stringify(contents({ ...ids, oci: ociImage, index })));
}

/** What is in each archive. */
function contents({ base, app, oci, index }: Originals): MadeArchive[] {
  const ctr = ['1', '2'].flatMap((version) => [
    { name: `ctr-${version}`, images: [{ name: `docker.io/ctr/one:${version}`, ...oci }] },
    { name: `ctr-${version}-all`, images: [{ name: `docker.io/ctr/all:${version}`, digest: index }] },
  ]);
  return [
    { name: 'docker-one', images: [{ name: 'docker/one:1', id: base }] },
    {
      name: 'docker-tags',
      images: ['docker/tags:1', 'docker/tags:V1.0', 'quay.io/docker/tags:1'].map((name) => ({ name, id: app })),
    },
    {
      name: 'docker-several',
      images: [
        { name: BASE, id: base },
        { name: APP, id: app },
      ],
    },
    { name: 'docker-id', images: [{ name: undefined, id: base }] },
    { name: 'podman-docker', images: [{ name: 'docker.io/podman/docker:1', id: base }] },
    { name: 'podman-oci', images: [{ name: 'docker.io/podman/oci:1', ...oci }] },
    {
      name: 'podman-several',
      images: [
        { name: 'docker.io/podman/base:1', id: base },
        { name: 'docker.io/podman/app:1', id: app },
      ],
    },
    { name: 'buildah-docker', images: [{ name: 'docker.io/buildah/docker:1', id: base }] },
    { name: 'buildah-oci', images: [{ name: 'buildah/oci:1', ...oci }] },
    { name: 'skopeo-docker', images: [{ name: 'docker.io/skopeo/docker:1', id: base }] },
    { name: 'skopeo-unnamed', images: [{ name: undefined, id: base }] },
    { name: 'skopeo-oci', images: [{ name: 'skopeo/oci:1', ...oci }] },
    // The tag alone is written inside, so the repository is called as the archive.
    { name: 'skopeo-tag', images: [{ name: 'skopeo-tag:v9', ...oci }] },
    { name: 'crane-tarball', images: [{ name: `${CRANE_HOST}/crane/image:1`, id: base }] },
    { name: 'crane-legacy', images: [{ name: `${CRANE_HOST}/crane/legacy:1`, id: base }] },
    { name: 'crane-oci', images: [{ name: undefined, ...oci }] },
    ...ctr,
  ];
}

/** What all archives hold one or the other of. */
interface Originals {
  /** Their ids. */
  readonly base: string;
  readonly app: string;
  /** The first as an OCI image. */
  readonly oci: { readonly digest: string; readonly id: string };
  /** The digest of an image for two platforms. */
  readonly index: string;
}

type PathOf = (name: string) => string;

/** Gives the ids of the two images. */
async function saveWithDocker(at: PathOf, work: string): Promise<{ readonly base: string; readonly app: string }> {
  await using engine = await startDockerd();
  const context = join(work, 'context');
  await mkdir(context);
  await copyFile(await helloProgram(), join(context, 'hello'));
  await writeFile(join(context, 'text'), 'no program\n');
  const build = async (dockerfile: string, ...names: readonly string[]) => {
    await writeFile(join(context, 'Dockerfile'), dockerfile);
    await engine.docker('build', ...names.flatMap((name) => ['-t', name]), context);
    const { stdout } = await engine.docker('image', 'inspect', '--format', '{{.Id}}', names[0] ?? '');
    return stdout.trim();
  };
  const tags = ['docker/tags:1', 'docker/tags:V1.0', 'quay.io/docker/tags:1'];
  const hello = 'FROM scratch\nCOPY hello /hello\nENTRYPOINT ["/hello"]\nCMD ["world"]\n';
  const base = await build(hello, BASE, 'docker/one:1');
  const app = await build(`FROM ${BASE}\nCOPY text /text\n`, APP, ...tags);
  await engine.docker('save', '-o', at('docker-one'), 'docker/one:1');
  await engine.docker('save', '-o', at('docker-tags'), ...tags);
  await engine.docker('save', '-o', at('docker-several'), BASE, APP);
  await engine.docker('save', '-o', at('docker-id'), base);
  return { base, app };
}

async function saveWithPodman(at: PathOf): Promise<void> {
  await using engine = await preparePodman();
  await engine.podman('load', '-i', at('docker-several'));
  const named = async (image: string, name: string) => {
    await engine.podman('tag', `localhost/${image}`, `docker.io/podman/${name}`);
    return `docker.io/podman/${name}`;
  };
  await engine.podman('save', '-o', at('podman-docker'), await named(BASE, 'docker:1'));
  await engine.podman('save', '--format', 'oci-archive', '-o', at('podman-oci'), await named(BASE, 'oci:1'));
  const several = [await named(BASE, 'base:1'), await named(APP, 'app:1')];
  await engine.podman('save', '-m', '-o', at('podman-several'), ...several);
}

async function saveWithBuildah(at: PathOf, base: string): Promise<void> {
  await using engine = await preparePodman();
  const id = (await engine.buildah('pull', '--quiet', base)).stdout.trim();
  await engine.buildah('push', id, `docker-archive:${at('buildah-docker')}:buildah/docker:1`);
  await engine.buildah('push', id, `oci-archive:${at('buildah-oci')}:buildah/oci:1`);
}

async function saveWithSkopeo(at: PathOf, base: string, oci: string): Promise<void> {
  await skopeo(base, `docker-archive:${at('skopeo-docker')}:skopeo/docker:1`);
  await skopeo(base, `docker-archive:${at('skopeo-unnamed')}`);
  await skopeo(oci, `oci-archive:${at('skopeo-oci')}:skopeo/oci:1`);
  await skopeo(oci, `oci-archive:${at('skopeo-tag')}:v9`);
}

/** What crane and containerd write, who know of registries alone. */
async function saveFromRegistry(
  at: PathOf,
  { base, oci, index }: { readonly base: string; readonly oci: string; readonly index: string },
  work: string,
): Promise<void> {
  await using registry = await startDockerRegistry();
  const push = (source: string, name: string, ...flags: readonly string[]) =>
    skopeo(...flags, '--dest-tls-verify=false', source, `docker://${registry.host}/${name}`);
  await push(base, 'crane/image:1');
  await push(base, 'crane/legacy:1');
  await push(oci, 'oci/image:1');
  await push(index, 'oci/all:1', '--all');
  const crane = (...args: readonly string[]) =>
    run(tool('crane'), ['pull', '--insecure', ...args], {
      env: { HTTP_PROXY: `http://${registry.host}`, NO_PROXY: '' },
    });
  await crane(`${CRANE_HOST}/crane/image:1`, at('crane-tarball'));
  await crane('--format', 'legacy', `${CRANE_HOST}/crane/legacy:1`, at('crane-legacy'));
  const layout = join(work, 'crane-oci');
  await crane('--format', 'oci', `${CRANE_HOST}/oci/image:1`, layout);
  await run(tool('tar'), ['-cf', at('crane-oci'), '-C', layout, '.']);
  await using first = await startContainerd();
  await using second = await startContainerd2();
  await exportWithCtr(at, first, registry.host, '1');
  await exportWithCtr(at, second, registry.host, '2');
}

async function exportWithCtr(at: PathOf, { ctr }: Containerd, host: string, version: string): Promise<void> {
  const all = ['--all-platforms'];
  // Version 2 has its daemon write the archive, and may end before that is done.
  const own = version === '2' ? ['--local'] : [];
  for (const [image, name, file, flags] of [
    ['image', 'one', `ctr-${version}`, []],
    ['all', 'all', `ctr-${version}-all`, all],
  ] as const) {
    const pulled = `${host}/oci/${image}:1`;
    await ctr('images', 'pull', '--plain-http', '--snapshotter', 'native', ...flags, pulled);
    await ctr('images', 'tag', pulled, `docker.io/ctr/${name}:${version}`);
    await ctr('images', 'export', ...own, ...flags, at(file), `docker.io/ctr/${name}:${version}`);
  }
}

async function imageIn(layout: string, tag: string): Promise<{ readonly digest: string; readonly id: string }> {
  const digest = await layoutDigest(layout, tag);
  const { config } = await readJson<{ config: { digest: string } }>(layout, 'blobs', ...digest.split(':'));
  return { digest, id: config.digest };
}

async function compress(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.tar')) continue;
    await run(tool('gzip'), ['-1', '--keep', file], { cwd: folder });
    await run(tool('zstd'), ['-q', '-1', file], { cwd: folder });
  }
}

async function skopeo(...args: readonly string[]): Promise<void> {
  await run(tool('skopeo'), ['--insecure-policy', 'copy', '--quiet', ...args]);
}
