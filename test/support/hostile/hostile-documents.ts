import { gzipSync } from 'node:zlib';
import { digestOf, type Digest } from '../../../api/oci/digest.ts';
import { OCI_INDEX } from '../../../api/oci/media-types.ts';
import { descriptorOf, piece, piecesOf, type Piece } from '../tiny-image.ts';
import {
  absent,
  blobs,
  deepJson,
  image,
  indexJson,
  indexOf,
  json,
  layer,
  manifestOf,
  MiB,
  named,
  NAME,
  ociTar,
  savedConfig,
  savedManifest,
  savedTar,
  type HostileArchive,
} from './hostile-images.ts';

interface Outcome {
  readonly refused?: RegExp;
  readonly problem?: RegExp;
}

/** Refused by load and not served, for one reason; or loaded and served. */
function archive(what: string, bytes: () => Buffer, both: RegExp | Outcome = {}): HostileArchive {
  const { refused, problem } = both instanceof RegExp ? { refused: both, problem: both } : both;
  return { what, file: 'evil.tar', bytes, refused, problem };
}
const manifest = (what: string, make: () => object | string, both?: RegExp | Outcome): HostileArchive =>
  archive(what, () => ociTar([...blobs, manifestOf(make())]), both);
const config = (what: string, make: () => Buffer): HostileArchive =>
  archive(what, () => {
    const made = piece(make(), image.config.mediaType);
    return ociTar([made, manifestOf({ schemaVersion: 2, config: descriptorOf(made), layers: [] })]);
  });
const index = (what: string, make: () => Buffer, both?: RegExp | Outcome): HostileArchive =>
  archive(what, () => ociTar(undefined, { 'index.json': make() }), both);
const saved = (what: string, changes: () => Record<string, Buffer>, both?: RegExp | Outcome): HostileArchive =>
  archive(what, () => savedTar(changes()), both);

const own = JSON.parse(image.manifest.bytes.toString()) as object;
const DEEP = deepJson(100_000);
const TOO_DEEP = /JSON nested more than 100 deep/;
const withAnnotations = (annotations: object): object => ({ ...named(image.manifest, NAME), annotations });
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** JSON that is deep, huge, or wrong. */
export const hostileDocuments: readonly HostileArchive[] = [
  index('a deep index.json', () => Buffer.from(`{"schemaVersion":2,"manifests":${DEEP}}`), TOO_DEEP),
  index('a digest that is deep', () => Buffer.from(`{"manifests":[{"digest":${DEEP}}]}`), TOO_DEEP),
  index('an index.json of more than 64 MiB', () => Buffer.alloc(64 * MiB + 1, ' '), /at most 67108864 are read/),
  index(
    'an index.json of 64 MiB of empty objects',
    () => Buffer.from(`{"schemaVersion":2,"manifests":[${'{},'.repeat(22_000_000)}{}]}`),
    /index\.json: JSON of more than 2000000 values/,
  ),
  index(
    'an index.json of nothing that is an image',
    () => json({ manifests: many(300_000, (i) => i) }),
    /index\.json: manifests\[1000\] is not an object, as 1000 others/,
  ),
  index('annotations of wrong types', () =>
    indexJson([withAnnotations({ x: [], y: 7, z: null, 'io.containerd.image.name': NAME })]),
  ),
  index('names that are no text', () => indexJson([withAnnotations({ 'org.opencontainers.image.ref.name': {} })]), {
    refused: /evil\.tar: no name is written inside/,
  }),
  index('annotations that are a list', () => indexJson([withAnnotations([NAME])]), {
    refused: /evil\.tar: no name is written inside/,
  }),
  index('an annotation called __proto__', () =>
    Buffer.from(
      indexJson([named(image.manifest, NAME)])
        .toString()
        .replace(':{"io', ':{"__proto__":{"a":"b"},"io'),
    ),
  ),
  manifest('a deep manifest', () => `{"schemaVersion":${DEEP},"config":{},"layers":[]}`, TOO_DEEP),
  manifest('a manifest of 64 MiB', () => ({ x: 'x'.repeat(64 * MiB) }), /at most 4194304 are read/),
  manifest('schema 1', () => ({ schemaVersion: 1, fsLayers: [] }), /Docker schema 1/),
  manifest('an image that is an index too', () => ({ ...own, manifests: [] }), /"manifests" as well as "layers"/),
  manifest('a layer that is larger than it says', () => ({ ...own, layers: [{ ...descriptorOf(layer), size: 1 }] }), {
    refused: new RegExp(`blob ${layer.digest}: more than the 1 bytes`),
    problem: /\d+ bytes, expected 1/,
  }),
  manifest(
    'a layer that says it is a pebibyte',
    () => ({ ...own, layers: [{ ...descriptorOf(layer), size: 2 ** 50 }] }),
    new RegExp(`blob ${layer.digest}: ${layer.bytes.length} bytes, expected 1125899906842624`),
  ),
  manifest(
    '30,000 layers that are nowhere',
    () => ({ ...own, layers: many(30_000, (i) => absent(`${i}`)) }),
    /blob sha256:\w+ is missing/,
  ),
  manifest('20,000 times the same layer', () => ({ ...own, layers: many(20_000, () => descriptorOf(layer)) })),
  config('a deep config', () => Buffer.from(DEEP)),
  config('a config of 64 MiB', () => Buffer.alloc(64 * MiB, '{"a":1}')),
  saved('a deep manifest.json', () => ({ 'manifest.json': Buffer.from(DEEP) }), TOO_DEEP),
  saved(
    'a manifest.json of 64 MiB',
    () => ({ 'manifest.json': Buffer.alloc(64 * MiB, ' ') }),
    /at most 4194304 are read/,
  ),
  saved('a deep config of docker save', () => ({ 'config.json': Buffer.from(`{"rootfs":${DEEP}}`) }), TOO_DEEP),
  saved(
    'a config of docker save of 64 MiB',
    () => ({ 'config.json': Buffer.alloc(64 * MiB) }),
    /at most 4194304 are read/,
  ),
  saved(
    'a list of 100,000 layers',
    () => ({ 'manifest.json': savedManifest({ Layers: many(100_000, () => 'abc/layer.tar') }) }),
    /manifest\.json: \[0\]\.Layers: 100000 layers, at most 1000 are read/,
  ),
  saved(
    '200,000 layers of several images',
    () => ({ 'manifest.json': json(many(200, () => ({ Config: 'c', Layers: many(1_000, () => 'l') }))) }),
    /manifest\.json: 200000 layers of 200 images, at most 100000 are read/,
  ),
  saved('a bomb that a thousand layers name, which is unpacked once', () => {
    const zeros = Buffer.alloc(20 * MiB);
    const digest = digestOf(zeros);
    return {
      'abc/layer.tar': gzipSync(zeros),
      'manifest.json': savedManifest({ Layers: many(1_000, () => 'abc/layer.tar') }),
      'config.json': json({ rootfs: { diff_ids: many(1_000, () => digest) } }),
    };
  }),
  saved(
    'a layer that is not what the config says',
    () => ({ 'config.json': savedConfig([Buffer.from('another')]) }),
    /abc\/layer\.tar: its content is sha256:\w+, the config says sha256:/,
  ),
  archive('children of 36 MiB in all', () => largeChildren(9), {
    refused: /more than 33554432 bytes of manifests for one image/,
  }),
  archive('an index that names itself', selfNaming, /its content is sha256:\w+, not sha256:/),
  archive(
    'an index of 100,000 children',
    () => ociTar([indexOf(many(100_000, (i) => absent(`${i}`)))]),
    /at most 4194304 are read/,
  ),
  archive(
    'an index of 30,000 children that are nowhere',
    () => ociTar([indexOf(many(30_000, (i) => absent(`${i}`)))]),
    {
      refused: /more than 10000 manifests for one image/,
    },
  ),
  archive('40,000 manifests without a name', () => unnamed(40_000), /manifest sha256:\w+ is missing/),
  archive('500,000 manifests without a name', () => unnamed(500_000), /500002 manifests, at most 50000 are read/),
];

/** Each as large as a manifest may be. */
function largeChildren(count: number): Buffer {
  const children = many(count, (i) => manifestOf({ ...own, annotations: { x: `${i}`.repeat(4 * MiB - 1_000) } }));
  return ociTar([...blobs, ...children, indexOf(children.map(descriptorOf))]);
}

/** No index can hold its own digest, so this one is not what its name says. */
function selfNaming(): Buffer {
  const itself = { mediaType: OCI_INDEX, digest: digestOf(Buffer.from('itself')), size: 10 };
  return ociTar([{ ...indexOf([itself]), digest: itself.digest }]);
}

function unnamed(count: number): Buffer {
  const digest = (i: number): Digest => (image.manifest.digest.slice(0, -6) + String(i).padStart(6, '0')) as Digest;
  const several = [0, 1].map((i) => named({ digest: digest(i) }, `evil${i}:v1`));
  const others = many(count, (i) => ({ digest: digest(i), size: 1 }));
  return ociTar(undefined, { 'index.json': indexJson([...several, ...others]) });
}

/** An index in an index, a thousand times; each is whole. */
export function nestedIndexes(depth: number): Buffer {
  const pieces: Piece[] = [...piecesOf(image)];
  for (let i = 0; i < depth; i++) pieces.push(indexOf([descriptorOf(pieces.at(-1)!)]));
  return ociTar(pieces);
}
