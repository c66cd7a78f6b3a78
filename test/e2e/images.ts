import { copyFile, cp, link, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { run } from '../support/clients/command.ts';
import { startDockerRegistry } from '../support/clients/docker-registry.ts';
import { startDockerd } from '../support/clients/dockerd.ts';
import { LayoutWriter } from '../support/clients/layout-writer.ts';
import { oncePerRun } from '../support/clients/once-per-run.ts';
import { preparePodman } from '../support/clients/podman.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { layoutDigest, sha256OfFile, readJson } from '../support/clients/stored.ts';

// The images that the clients pull, made by the tools that people fill a folder with. Each set is one slice of an
// images folder, is made once in a test run, and names what its tools need.

/** An image in the folder. */
export interface StoredImage {
  /** `repository:tag`. */
  readonly reference: string;
  /** Of its manifest as it lies there; a `docker save` folder has none. */
  readonly digest?: string;
}

interface ImageSet {
  /** Programs to make it, for `missing`. */
  readonly requires: readonly string[];
  readonly make: (folder: string) => Promise<void>;
  readonly images: (folder: string) => Promise<StoredImage[]>;
}

export type SetName = keyof typeof sets;

/** What the program of every image but the built-in sample prints; its argument is `world`. */
export const GREETING = 'hello, world';
/** What the built-in sample prints. */
export const SAMPLE_GREETING = /^Hello from ociregistry!$/m;
/** The size of the layer of `big/layer:1`. */
export const BIG_LAYER_BYTES = 1024 ** 3;
/** The layer of the artifact `artifact/notes:v1`. */
export const ARTIFACT_TEXT = 'some content\n';
export const ARTIFACT_TYPE = 'application/vnd.example.notes';
export const REFERRER_TYPE = 'application/vnd.example.review';

const PROGRAM = `#include <stdio.h>
int main(int argc, char **argv) {
  printf("hello, %s\\n", argc > 1 ? argv[1] : "nobody");
  return 0;
}
`;

/** An images folder with these sets in it, for one test file: it may add and remove. */
export async function imagesFolder(
  stack: AsyncDisposableStack,
  ...names: readonly SetName[]
): Promise<{ readonly path: string; readonly images: readonly StoredImage[] }> {
  const { path } = stack.use(await tempFolder('images'));
  const images: StoredImage[] = [];
  for (const name of names) {
    const made = await madeSet(name);
    await linkTree(made, path);
    images.push(...(await sets[name].images(path)));
  }
  return { path, images };
}

/** What making these sets needs, for `missing`. */
export function requirementsOf(...names: readonly SetName[]): readonly string[] {
  return names.flatMap((name) => sets[name].requires);
}

/** The static program that all images hold. */
export async function helloProgram(): Promise<string> {
  const folder = await oncePerRun('program', async (made) => {
    await writeFile(join(made, 'hello.c'), PROGRAM);
    await run(tool('gcc'), ['-static', '-Os', '-s', '-o', 'hello', 'hello.c'], { cwd: made });
  });
  return join(folder, 'hello');
}

const LAYOUT_TOOLS = ['gcc', 'umoci', 'skopeo', 'buildah'] as const;

const sets = {
  /** OCI layouts: several tags in one, with an index; one unnamed root; one as umoci makes it, without `mediaType`. */
  layouts: {
    requires: LAYOUT_TOOLS,
    make: async (folder) => {
      const source = await multiArch();
      await mkdir(join(folder, 'layout'));
      for (const tag of ['amd64', 'arm64']) {
        await skopeoCopy(`oci:${source}/umoci:${tag}`, `oci:${folder}/layout/hello:${tag}`);
      }
      await skopeoCopy('--all', `oci:${source}/index:index`, `oci:${folder}/layout/hello:latest`);
      await mkdir(join(folder, 'layout', 'single'));
      await skopeoCopy(`oci:${source}/umoci:amd64`, `oci:${folder}/layout/single/v1`);
      await mkdir(join(folder, 'umoci'));
      await cp(join(source, 'umoci'), join(folder, 'umoci', 'hello'), { recursive: true });
    },
    images: async (folder) => [
      ...(await layoutImages(folder, 'layout/hello', 'amd64', 'arm64', 'latest')),
      { reference: 'layout/single:v1', digest: await layoutDigest(join(folder, 'layout/single/v1')) },
      ...(await layoutImages(folder, 'umoci/hello', 'amd64', 'arm64')),
    ],
  },

  /** `skopeo copy … dir:` in every format. */
  dirs: {
    requires: LAYOUT_TOOLS,
    make: async (folder) => {
      const source = await multiArch();
      const hello = join(folder, 'dir', 'hello');
      await mkdir(hello, { recursive: true });
      await skopeoCopy('--format', 'v2s2', '--dest-compress', `oci:${source}/umoci:amd64`, `dir:${hello}/v2s2`);
      await skopeoCopy('--format', 'oci', `oci:${source}/umoci:amd64`, `dir:${hello}/oci`);
      await skopeoCopy('--all', `oci:${source}/index:index`, `dir:${hello}/index`);
      await skopeoCopy('--all', `dir:${source}/list`, `dir:${hello}/list`);
    },
    images: async (folder) =>
      Promise.all(
        ['v2s2', 'oci', 'index', 'list'].map(async (tag) => ({
          reference: `dir/hello:${tag}`,
          digest: await sha256OfFile(join(folder, 'dir', 'hello', tag, 'manifest.json')),
        })),
      ),
  },

  /** One image with gzip layers, one with zstd layers. */
  layers: {
    requires: LAYOUT_TOOLS,
    make: async (folder) => {
      const source = await multiArch();
      await mkdir(join(folder, 'layers'));
      await using work = await tempFolder('layers');
      for (const format of ['gzip', 'zstd']) {
        const compressed = `dir:${work.path}/${format}`;
        const flags = ['--format', 'oci', '--dest-compress', '--dest-compress-format', format];
        // Only a plain layer is compressed, a gzip layer would be taken as it is.
        await skopeoCopy('--dest-decompress', `oci:${source}/umoci:amd64`, `dir:${work.path}/${format}-plain`);
        await skopeoCopy(...flags, `dir:${work.path}/${format}-plain`, compressed);
        await skopeoCopy(compressed, `oci:${folder}/layers/hello:${format}`);
      }
    },
    images: (folder) => layoutImages(folder, 'layers/hello', 'gzip', 'zstd'),
  },

  /** A `docker save` archive, unpacked; an image whose layers repeat, so that one is a link to another. */
  saved: {
    requires: ['root', 'gcc', 'dockerd', 'docker', 'tar'],
    make: async (folder) => {
      await using work = await tempFolder('saved');
      await using engine = await startDockerd();
      await buildWithDocker(engine, work.path, 'saved/hello:docker');
      const archive = join(work.path, 'saved.tar');
      await engine.docker('save', '-o', archive, 'saved/hello:docker');
      await unpack(archive, join(folder, 'saved', 'hello', 'docker'));
    },
    images: () => Promise.resolve([{ reference: 'saved/hello:docker' }]),
  },

  /** A `crane pull` archive, unpacked: its config is named `sha256:<hex>`. */
  craned: {
    requires: [...LAYOUT_TOOLS, 'crane', 'docker-registry', 'tar'],
    make: async (folder) => {
      const source = await multiArch();
      await using registry = await startDockerRegistry();
      await using work = await tempFolder('craned');
      const image = `${registry.host}/craned/hello:crane`;
      await skopeoCopy('--dest-tls-verify=false', `oci:${source}/umoci:amd64`, `docker://${image}`);
      const archive = join(work.path, 'craned.tar');
      await run(tool('crane'), ['pull', image, archive]);
      await unpack(archive, join(folder, 'craned', 'hello', 'crane'));
    },
    images: () => Promise.resolve([{ reference: 'craned/hello:crane' }]),
  },

  /** What a pod is built around: a program that waits to be ended. */
  pause: {
    requires: ['gcc', 'umoci'],
    make: async (folder) => {
      await using work = await tempFolder('pause');
      await writeFile(join(work.path, 'pause.c'), '#include <unistd.h>\nint main(void) { return pause(); }\n');
      await run(tool('gcc'), ['-static', '-Os', '-s', '-o', 'pause', 'pause.c'], { cwd: work.path });
      await mkdir(join(folder, 'pause'));
      const umoci = (...args: readonly string[]) => run(tool('umoci'), args, { cwd: join(folder, 'pause') });
      await umoci('init', '--layout', 'pause');
      await umoci('new', '--image', 'pause:1');
      const config = ['--architecture', 'amd64', '--os', 'linux', '--config.entrypoint', '/pause'];
      await umoci('config', '--image', 'pause:1', ...config);
      await umoci('insert', '--image', 'pause:1', join(work.path, 'pause'), '/pause');
    },
    images: (folder) => layoutImages(folder, 'pause/pause', '1'),
  },

  /** One layer of 1 GiB, each 64 KiB of it different, and sparse on disk. */
  big: {
    requires: [],
    make: async (folder) => {
      const layout = new LayoutWriter(join(folder, 'big', 'layer'));
      const layerFile = join(folder, 'layer.tar');
      await writeBigLayer(layerFile);
      const digest = await sha256OfFile(layerFile);
      const config = await layout.addBlob(
        'application/vnd.oci.image.config.v1+json',
        JSON.stringify({
          architecture: 'amd64',
          os: 'linux',
          config: {},
          rootfs: { type: 'layers', diff_ids: [digest] },
          history: [{ created_by: 'a file of numbers' }],
        }),
      );
      const layer = await layout.moveBlob('application/vnd.oci.image.layer.v1.tar', layerFile, digest, BIG_LAYER_BYTES);
      await layout.addManifest({ config, layers: [layer] }, '1');
      await layout.finish();
    },
    images: (folder) => layoutImages(folder, 'big/layer', '1'),
  },

  /** An artifact of the kind `oras push` makes, and another that refers to it. */
  artifacts: {
    requires: [],
    make: async (folder) => {
      const layout = new LayoutWriter(join(folder, 'artifact', 'notes'));
      const config = await layout.addBlob('application/vnd.oci.empty.v1+json', '{}');
      const text = await layout.addBlob('text/plain', ARTIFACT_TEXT);
      const title = { 'org.opencontainers.image.title': 'test.txt' };
      const layers = [{ ...text, annotations: title }];
      const subject = await layout.addManifest({ artifactType: ARTIFACT_TYPE, config, layers }, 'v1');
      const annotations = { 'org.example.verdict': 'good' };
      await layout.addManifest({ artifactType: REFERRER_TYPE, config, layers: [config], subject, annotations });
      await layout.finish();
    },
    images: (folder) => layoutImages(folder, 'artifact/notes', 'v1'),
  },

  /** A chart that helm packed. */
  charts: {
    requires: ['helm'],
    make: async (folder) => {
      await using work = await tempFolder('chart');
      const chart = { apiVersion: 'v2', name: 'hello', version: '0.1.0', description: 'A chart', type: 'application' };
      await mkdir(join(work.path, 'hello', 'templates'), { recursive: true });
      await writeFile(join(work.path, 'hello', 'Chart.yaml'), JSON.stringify(chart));
      await writeFile(join(work.path, 'hello', 'templates', 'none.yaml'), '');
      await run(tool('helm'), ['package', 'hello'], { cwd: work.path, env: { HELM_CONFIG_HOME: work.path } });
      const bytes = await readFile(join(work.path, 'hello-0.1.0.tgz'));
      const layout = new LayoutWriter(join(folder, 'charts', 'hello'));
      const config = await layout.addBlob('application/vnd.cncf.helm.config.v1+json', JSON.stringify(chart));
      const layer = await layout.addBlob('application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes);
      await layout.addManifest({ config, layers: [layer] }, '0.1.0');
      await layout.finish();
    },
    images: (folder) => layoutImages(folder, 'charts/hello', '0.1.0'),
  },

  /** An image that cosign signed in a registry, taken from there with its signature. The key to verify it is `_keys/cosign.pub`. */
  signed: {
    requires: [...LAYOUT_TOOLS, 'cosign', 'docker-registry'],
    make: async (folder) => {
      const source = await multiArch();
      await using registry = await startDockerRegistry();
      await using work = await tempFolder('signed');
      const image = `${registry.host}/signed/hello`;
      await skopeoCopy('--all', '--dest-tls-verify=false', `oci:${source}/index:index`, `docker://${image}:latest`);
      const digest = await layoutDigest(join(source, 'index'), 'index');
      const options = { cwd: work.path, env: { COSIGN_PASSWORD: '', HOME: work.path } };
      await run(tool('cosign'), ['generate-key-pair'], options);
      const flags = ['--key', 'cosign.key', '--tlog-upload=false', '--allow-http-registry', '--yes'];
      await run(tool('cosign'), ['sign', ...flags, `${image}@${digest}`], options);
      await mkdir(join(folder, 'signed'));
      for (const tag of ['latest', `${digest.replace(':', '-')}.sig`]) {
        const flags = ['--all', '--preserve-digests', '--src-tls-verify=false'];
        await skopeoCopy(...flags, `docker://${image}:${tag}`, `oci:${folder}/signed/hello:${tag}`);
      }
      await mkdir(join(folder, '_keys'));
      await copyFile(join(work.path, 'cosign.pub'), join(folder, '_keys', 'cosign.pub'));
    },
    images: async (folder) => {
      const [latest] = await layoutImages(folder, 'signed/hello', 'latest');
      if (latest?.digest === undefined) throw new Error('signed/hello:latest was not made');
      const signature = `${latest.digest.replace(':', '-')}.sig`;
      return [latest, ...(await layoutImages(folder, 'signed/hello', signature))];
    },
  },
} as const satisfies Readonly<Record<string, ImageSet>>;

/** The tags of an OCI layout. */
async function layoutImages(folder: string, repository: string, ...tags: readonly string[]): Promise<StoredImage[]> {
  return Promise.all(
    tags.map(async (tag) => ({
      reference: `${repository}:${tag}`,
      digest: await layoutDigest(join(folder, repository), tag),
    })),
  );
}

async function madeSet(name: SetName): Promise<string> {
  return oncePerRun(`images-${name}`, sets[name].make);
}

/** A folder with `umoci` (two images in a layout), `index` (an OCI index of them in a layout) and `list` (a Docker
 *  manifest list in a skopeo dir). The arm64 image is the amd64 one with another word in its config. */
async function multiArch(): Promise<string> {
  return oncePerRun('multi-arch', async (folder) => {
    const program = await helloProgram();
    const umoci = (...args: readonly string[]) => run(tool('umoci'), args, { cwd: folder });
    await umoci('init', '--layout', 'umoci');
    for (const architecture of ['amd64', 'arm64']) {
      const image = ['--image', `umoci:${architecture}`];
      await umoci('new', ...image);
      const platform = ['--architecture', architecture, '--os', 'linux'];
      await umoci('config', ...image, ...platform, '--config.entrypoint', '/hello', '--config.cmd', 'world');
      await umoci('insert', ...image, program, '/hello');
    }
    await using builder = await preparePodman();
    await builder.buildah('manifest', 'create', 'both');
    await builder.buildah('manifest', 'add', '--arch', 'amd64', 'both', `oci:${folder}/umoci:amd64`);
    await builder.buildah('manifest', 'add', '--arch', 'arm64', 'both', `oci:${folder}/umoci:arm64`);
    const push = ['manifest', 'push', '--all', '--format'];
    await builder.buildah(...push, 'oci', 'both', `oci:${folder}/index:index`);
    await builder.buildah(...push, 'v2s2', 'both', `dir:${folder}/list`);
  });
}

/** Builds an image of the hello program with three layers, of which the first and the last are the same. */
export async function buildWithDocker(
  engine: { readonly docker: (...args: readonly string[]) => Promise<unknown> },
  workFolder: string,
  image: string,
): Promise<void> {
  const context = join(workFolder, 'context');
  await mkdir(context, { recursive: true });
  await copyFile(await helloProgram(), join(context, 'hello'));
  await writeFile(join(context, 'text'), 'no program\n');
  const copies = ['hello', 'text', 'hello'].map((file) => `COPY ${file} /hello\n`).join('');
  await writeFile(join(context, 'Dockerfile'), `FROM scratch\n${copies}ENTRYPOINT ["/hello"]\nCMD ["world"]\n`);
  await engine.docker('build', '-t', image, context);
}

/** `tar -x`, as a person would, into a folder that is made. */
export async function unpack(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await run(tool('tar'), ['-xf', archive, '-C', folder]);
}

/** The digest of the config in the `manifest.json` of an unpacked archive: its image id. */
export async function savedImageId(folder: string): Promise<string> {
  const [image] = await readJson<readonly { readonly Config: string }[]>(folder, 'manifest.json');
  if (image === undefined) throw new Error(`${folder}: no image in manifest.json`);
  return sha256OfFile(join(folder, image.Config));
}

async function skopeoCopy(...args: readonly string[]): Promise<void> {
  await run(tool('skopeo'), ['--insecure-policy', 'copy', '--quiet', ...args]);
}

async function tarHeader(name: string, size: number): Promise<Buffer> {
  const archive = pack();
  // It complains of the content that it does not get.
  archive.entry({ name, size }).on('error', () => undefined);
  const header = await new Promise<Buffer>((resolve) => {
    archive.once('data', (chunk) => {
      resolve(chunk as Buffer);
    });
  });
  archive.destroy();
  return header;
}

async function writeBigLayer(path: string): Promise<void> {
  const STEP = 64 * 1024;
  const contentBytes = BIG_LAYER_BYTES - 512 - 1024; // the header before it, the two empty blocks after it
  const header = await tarHeader('numbers', contentBytes);
  await using handle = await open(path, 'wx');
  await handle.write(header, 0, 512, 0);
  for (let offset = STEP; offset < BIG_LAYER_BYTES - STEP; offset += STEP) {
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(offset));
    await handle.write(number, 0, number.length, offset);
  }
  await handle.truncate(BIG_LAYER_BYTES);
}

/** Copies a tree without its bytes: files are hard links. */
export async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await linkTree(source, target);
    } else if (entry.isSymbolicLink()) {
      await cp(source, target, { verbatimSymlinks: true });
    } else {
      await rm(target, { force: true });
      await link(source, target);
    }
  }
}
