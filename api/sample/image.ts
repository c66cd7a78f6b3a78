import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { MemoryRegistry } from '../memory-registry.ts';
import { digestOf } from '../oci/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '../oci/media-types.ts';
import { ARCHITECTURES, createProgram, type Architecture } from './program.ts';

const NAME = 'sample/hello';
const TAG = 'latest';
const GREETING = `Hello from ociregistry!
This image was pulled from your own registry, so everything works.
`;
/** Everything that could differ from build to build is fixed: the digests stand in the documentation. */
const CREATED = new Date('2026-11-21T00:00:00Z');

/** The built-in sample, `sample/hello:latest`: an index of one program for each architecture, which prints a greeting. */
export async function createSample(): Promise<MemoryRegistry> {
  const registry = new MemoryRegistry();
  const manifests = [];
  for (const architecture of ARCHITECTURES) {
    const { mediaType, digest, size } = await putImage(registry, architecture);
    manifests.push({ mediaType, digest, size, platform: { architecture, os: 'linux' } });
  }
  registry.putManifest(NAME, json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }), { tag: TAG });
  return registry;
}

async function putImage(
  registry: MemoryRegistry,
  architecture: Architecture,
): Promise<ReturnType<MemoryRegistry['putManifest']>> {
  const tar = await tarOf('hello', createProgram(architecture, GREETING));
  const layer = { ...registry.putBlob(NAME, gzipped(tar)), mediaType: `${OCI_LAYER}+gzip` };
  const config = json({
    created: CREATED.toISOString(),
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created: CREATED.toISOString(), created_by: 'ociregistry serve --sample' }],
  });
  const configDescriptor = { ...registry.putBlob(NAME, config), mediaType: OCI_CONFIG };
  return registry.putManifest(
    NAME,
    json({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: configDescriptor, layers: [layer] }),
  );
}

async function tarOf(name: string, content: Buffer): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name, mode: 0o755, mtime: CREATED, uid: 0, gid: 0 }, content);
  tar.finalize();
  return buffer(tar);
}

/** In gzip's form, which some clients take every layer for, but not compressed: what zlib makes of it differs from version to
 *  version. The header names the operating system; ours says "unknown". */
function gzipped(bytes: Buffer): Buffer {
  const result = gzipSync(bytes, { level: 0 });
  result[9] = 255;
  return result;
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
