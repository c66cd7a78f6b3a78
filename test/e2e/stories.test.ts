import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientTests } from '../support/clients/client-test.ts';
import { run } from '../support/clients/command.ts';
import { startContainerd, type Containerd } from '../support/clients/containerd.ts';
import { blobsBelow, requireOnce } from '../support/clients/disk.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { program, serve, type Served } from '../support/clients/served.ts';
import { verifySkopeoDir } from '../support/clients/stored.ts';
import { DISTRIBUTION, startDistribution, type Distribution } from '../support/upstream/distribution.ts';
import { buildWithDocker, GREETING, imagesFolder, requirementsOf } from './images.ts';

// What the README tells of carrying images: an archive is dropped into the folder; an inventory becomes a folder; the
// folder goes to another machine as one file.

const SETS = ['layouts', 'dirs'] as const;
const NEEDS = ['root', 'dockerd', 'docker', 'containerd', 'ctr', 'runc', 'crane', ...requirementsOf(...SETS)];

const ociregistry = async (...args: readonly string[]) => run(program, args);

const dropTest = clientTests(NEEDS, async (stack) => {
  const work = stack.use(await tempFolder('dropped')).path;
  const images = join(work, 'images');
  await mkdir(images);
  const server = stack.use(await serve(images));
  const builder = stack.use(await startDockerd());
  await buildWithDocker(builder, work, 'team/app:v1');
  return { images, server, builder };
});

dropTest('what docker save writes into the folder, docker and containerd pull the next moment', async (lab) => {
  const name = `${lab.server.host}/team/app:v1`;
  await lab.builder.docker('save', '-o', join(lab.images, 'app.tar'), 'team/app:v1');
  await using engine = await startDockerd();
  await engine.docker('pull', name);
  const id = ['image', 'inspect', '--format', '{{.Id}}'];
  assert.equal((await engine.docker(...id, name)).stdout, (await lab.builder.docker(...id, 'team/app:v1')).stdout);
  assert.equal((await engine.docker('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
  await using containerd = await startContainerd();
  await pullAs(containerd, lab.server, 'registry.test', 'registry.test/team/app:v1');
});

/** Pulls by containerd as if from another registry, of which ours is the mirror; runs it, and gives its digest. */
async function pullAs(engine: Containerd, { url }: Served, host: string, name: string): Promise<string> {
  const hosts = await engine.configureHost(
    host,
    `server = "${url}"
[host."${url}"]
  capabilities = ["pull", "resolve"]
`,
  );
  await engine.ctr('images', 'pull', '--hosts-dir', hosts, '--snapshotter', 'native', name);
  const { stdout } = await engine.ctr('run', '--rm', '--snapshotter', 'native', name, name.replaceAll(/\W/g, '-'));
  assert.equal(stdout.trim(), GREETING);
  const row = (await engine.ctr('images', 'ls', `name==${name}`)).stdout;
  return /sha256:[0-9a-f]{64}/.exec(row)?.[0] ?? '';
}

/** As a site keeps it that fills its folder with Ansible and skopeo today. */
const INVENTORY = `all:
  hosts:
    localhost:
      ansible_connection: local
  vars:
    working_dir: /home/artifacts
    registry_dir: "{{ working_dir }}/v2"
    reexported_images:
      - name: nginx
        tags:
          - 1.16.1-alpine
          - alpine
      - name: prom/prometheus
        tags: [v2.15.2]
      - name: prom/node-exporter
        tags: [v0.18.1]
      - name: prom/alertmanager
        tags: [v0.20.0]
      - name: k8s.gcr.io/pause
        tags:
          - '3.1'
          - '3.0'
      - name: coredns/coredns
        tags: ['1.6.6']
      - name: quay.io/coreos/flannel
        tags: [v0.11.0]
`;

/** By the names that they have here, with the registry that each comes from. */
const WANTED = [
  ['docker.io', 'coredns/coredns:1.6.6'],
  ['docker.io', 'library/nginx:1.16.1-alpine'],
  ['docker.io', 'library/nginx:alpine'],
  ['docker.io', 'prom/alertmanager:v0.20.0'],
  ['docker.io', 'prom/node-exporter:v0.18.1'],
  ['docker.io', 'prom/prometheus:v2.15.2'],
  ['k8s.gcr.io', 'pause:3.0'],
  ['k8s.gcr.io', 'pause:3.1'],
  ['quay.io', 'coreos/flannel:v0.11.0'],
] as const;
const HOSTS = ['docker.io', 'k8s.gcr.io', 'quay.io'] as const;
/** Images for several platforms, in either format; every other one is another image on their base. */
const INDEXES: Readonly<Record<string, string>> = {
  'library/nginx:1.16.1-alpine': 'layout/hello:latest',
  'library/nginx:alpine': 'layout/hello:latest',
  'prom/prometheus:v2.15.2': 'dir/hello/list',
  'pause:3.1': 'layout/hello:latest',
};

const inventoryTest = clientTests([...new Set([...NEEDS, ...DISTRIBUTION])], async (stack) => {
  const work = stack.use(await tempFolder('inventory')).path;
  const sets = (await imagesFolder(stack, ...SETS)).path;
  const started = await Promise.all(
    HOSTS.map((host) => startDistribution({ folder: work, data: join(work, `data-${host}`) })),
  );
  const registries = Object.fromEntries(HOSTS.map((host, i) => [host, started[i]])) as Record<string, Distribution>;
  for (const registry of started) stack.use(registry);
  const digests = new Map<string, string>();
  for (const [host, name] of WANTED) {
    const there = `${registries[host]?.host ?? ''}/${name}`;
    await publish(sets, INDEXES[name], there, name);
    digests.set(`${host}/${name}`, (await run(tool('crane'), ['digest', there])).stdout.trim());
  }
  const inventory = join(work, 'inventory.yaml');
  await writeFile(inventory, INVENTORY);
  const images = join(work, 'images');
  const upstreams = HOSTS.flatMap((host) => ['--upstream', `${host}=${registries[host]?.url ?? ''}`]);
  await ociregistry('load', '--images', images, ...upstreams, inventory);
  const server = stack.use(await serve(images));
  return { work, images, upstreams, inventory, started, digests, server, references: [...digests.keys()] };
});

/** Puts an image into a registry, under a name that is a label of it too unless it is an index. */
async function publish(sets: string, index: string | undefined, name: string, label: string): Promise<void> {
  const flags = ['--insecure-policy', 'copy', '--quiet', '--preserve-digests', '--dest-tls-verify=false'];
  const copy = (...args: readonly string[]) => run(tool('skopeo'), [...flags, ...args, `docker://${name}`]);
  if (index === 'dir/hello/list') await copy('--all', `dir:${sets}/${index}`);
  else if (index !== undefined) await copy('--all', `oci:${sets}/${index}`);
  else {
    await copy(`oci:${sets}/layout/hello:amd64`);
    await run(tool('crane'), ['mutate', '--label', `name=${label}`, '--tag', name, name]);
  }
}

/** Digests by full name. */
async function listed(images: string): Promise<Map<string, string>> {
  const { stdout } = await ociregistry('list', '--images', images, '--json');
  const { images: found } = JSON.parse(stdout) as {
    images: readonly { repository: string; tag: string; digest: string }[];
  };
  return new Map(found.map(({ repository, tag, digest }) => [`${repository}:${tag}`, digest]));
}

inventoryTest('an inventory becomes a folder by one command: every digest, every blob once on disk', async (lab) => {
  assert.deepEqual(await listed(lab.images), lab.digests);
  await requireOnce(lab.images);
  const blobs = await blobsBelow(lab.images);
  const inodes = new Set([...blobs.values()].flat().map(({ inode }) => inode));
  assert.equal(inodes.size, blobs.size);
  // All are on one base.
  assert.ok([...blobs.values()].some(([file]) => (file?.links ?? 0) >= 8));
});

inventoryTest('clients pull it by the names of the registries that it comes from', async (lab) => {
  const { host, url } = lab.server;
  for (const [name, digest] of lab.digests) {
    const folder = join(lab.work, `skopeo-${name.replaceAll(/\W/g, '-')}`);
    const flags = ['--insecure-policy', 'copy', '--quiet', '--all', '--src-tls-verify=false'];
    await run(tool('skopeo'), [...flags, `docker://${host}/${name}`, `dir:${folder}`]);
    await verifySkopeoDir(folder, digest);
  }
  await using engine = await startDockerd(`--registry-mirror=${url}`);
  const short = ['nginx:1.16.1-alpine', 'prom/node-exporter:v0.18.1'];
  const full = ['k8s.gcr.io/pause:3.1', 'quay.io/coreos/flannel:v0.11.0', 'coredns/coredns:1.6.6'];
  for (const name of [...short, ...full.map((each) => `${host}/${each}`)]) {
    await engine.docker('pull', name);
    assert.equal((await engine.docker('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
  }
  await using containerd = await startContainerd();
  for (const name of ['docker.io/library/nginx:alpine', 'k8s.gcr.io/pause:3.1', 'quay.io/coreos/flannel:v0.11.0']) {
    const registry = name.slice(0, name.indexOf('/'));
    assert.equal(await pullAs(containerd, lab.server, registry, name), lab.digests.get(name));
  }
});

inventoryTest('the folder goes to another machine as one file, and every digest is the same', async (lab) => {
  const bundle = join(lab.work, 'bundle.tar');
  await ociregistry('export', 'oci-archive', '--images', lab.images, '-o', bundle, ...lab.references);
  // Once as it is, once loaded.
  const [inPlace, loaded] = [join(lab.work, 'in-place'), join(lab.work, 'loaded')];
  await mkdir(inPlace);
  await copyFile(bundle, join(inPlace, 'carried.tar'));
  await ociregistry('load', '--images', loaded, bundle);
  await requireOnce(loaded);
  await using engine = await startDockerd();
  for (const images of [inPlace, loaded]) {
    assert.deepEqual(await listed(images), lab.digests);
    await using server = await serve(images);
    for (const [name, digest] of lab.digests) {
      const [repository = ''] = name.split(':');
      for (const reference of [`${server.host}/${name}`, `${server.host}/${repository}@${digest}`]) {
        assert.equal((await run(tool('crane'), ['digest', reference])).stdout.trim(), digest);
      }
      await run(tool('crane'), ['validate', '--remote', `${server.host}/${name}`]);
    }
    const name = `${server.host}/k8s.gcr.io/pause:3.1`;
    await engine.docker('pull', name);
    assert.equal((await engine.docker('run', '--rm', '--network', 'none', name)).stdout.trim(), GREETING);
  }
});

inventoryTest(
  'the inventory once more asks nobody and changes nothing, though the registries are gone',
  async (lab) => {
    for (const registry of lab.started) await registry[Symbol.asyncDispose]();
    const { stderr } = await ociregistry('load', '--images', lab.images, ...lab.upstreams, lab.inventory);
    assert.match(stderr, /^0 loaded, 9 unchanged; 0 B new/m);
  },
);
