import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidManifest, parseManifest, referrerDescriptor, requiredBlobs } from '../../../api/oci/manifest.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../../api/oci/media-types.ts';
import { descriptorOf, piece, tinyImage, tinyIndex } from '../../support/tiny-image.ts';

const parse = (json: unknown, given?: string): ReturnType<typeof parseManifest> =>
  parseManifest(Buffer.from(JSON.stringify(json)), given);
const config = descriptorOf(piece('{}', 'application/vnd.oci.empty.v1+json'));

describe('a manifest', () => {
  test('M7 without mediaType takes its parent’s, else its shape’s', () => {
    assert.equal(parse({ schemaVersion: 2, config, layers: [] }).mediaType, OCI_MANIFEST);
    assert.equal(parse({ schemaVersion: 2, config, layers: [] }, DOCKER_MANIFEST).mediaType, DOCKER_MANIFEST);
    assert.equal(parse({ schemaVersion: 2, manifests: [] }).mediaType, OCI_INDEX);
    assert.equal(parse({ schemaVersion: 2, manifests: [] }, DOCKER_LIST).mediaType, DOCKER_LIST);
  });

  test('M6 with mediaType keeps its own, whatever its parent says', () => {
    assert.equal(parseManifest(tinyImage().manifest.bytes, DOCKER_MANIFEST).mediaType, OCI_MANIFEST);
  });

  test('K3 of an unknown type is fine, and so are unknown members', () => {
    const artifact = 'application/vnd.oci.artifact.manifest.v1+json';
    const { mediaType, kind, layers } = parse({
      schemaVersion: 2,
      mediaType: artifact,
      blobs: [config],
      artifactType: 'a/b',
      more: 1,
    });
    assert.deepEqual([mediaType, kind, layers.length], [artifact, 'artifact', 1]);
  });

  for (const [what, json] of Object.entries({
    'schema 1': { schemaVersion: 1, fsLayers: [] },
    'signed schema 1': { schemaVersion: 1, mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
    'schema 3': { schemaVersion: 3, config, layers: [] },
    'both manifests and layers': { schemaVersion: 2, manifests: [], config, layers: [] },
    'an index that says it is an image': { schemaVersion: 2, mediaType: OCI_MANIFEST, manifests: [] },
    'an image that says it is an index': { schemaVersion: 2, mediaType: OCI_INDEX, config, layers: [] },
    'a negative size': { schemaVersion: 2, config: { ...config, size: -1 }, layers: [] },
    'a size that is no number': { schemaVersion: 2, config: { ...config, size: '2' }, layers: [] },
    'a digest that climbs': { schemaVersion: 2, config: { ...config, digest: 'sha256:../../x' }, layers: [] },
    'layers that are no list': { schemaVersion: 2, config, layers: {} },
    'a media type that would break a header': { schemaVersion: 2, mediaType: 'a/b\r\nX: y', config, layers: [] },
    'a list': [],
    nothing: null,
    'neither image nor index': { schemaVersion: 2 },
  })) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => parse(json), InvalidManifest);
    });
  }

  test('that is deep, long or random never throws anything but InvalidManifest', () => {
    const deep = Buffer.from('['.repeat(1_000_000));
    assert.throws(() => parseManifest(deep), { name: 'InvalidManifest', message: /nested more than/ });
    assert.throws(
      () =>
        parseManifest(Buffer.from(`{"schemaVersion":2,"config":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`)),
      InvalidManifest,
    );
    const member = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'manifests',
      'subject',
      'digest',
      'size',
      'annotations',
      'platform',
      'os',
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(2, -1, 1e99, null, true, '', 'sha256:x', OCI_INDEX, config.digest),
        fc.array(tie('value')),
        fc.dictionary(member, tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(json, fc.option(fc.constantFrom(OCI_INDEX, 'x'), { nil: undefined }), (value, given) => {
        try {
          const document = parse(value, given);
          assert.ok([...requiredBlobs(document), ...document.manifests].every(({ size }) => size >= 0));
        } catch (err) {
          assert.ok(err instanceof InvalidManifest, String(err));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test('R7 the artifactType of a referrer is its own, else its config’s, an index has none', () => {
  const image = tinyImage();
  const of = (bytes: Buffer): string | undefined =>
    referrerDescriptor(descriptorOf(image.manifest), parseManifest(bytes)).artifactType;
  assert.equal(of(image.manifest.bytes), image.config.mediaType);
  assert.equal(of(tinyImage({ more: { artifactType: 'a/b' } }).manifest.bytes), 'a/b');
  assert.equal(of(tinyImage({ more: { artifactType: '' } }).manifest.bytes), image.config.mediaType);
  assert.equal(of(tinyIndex([image]).manifest.bytes), undefined);
});
