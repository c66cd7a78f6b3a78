import { MemoryRegistry } from '../../api/memory-registry.ts';
import { registryContract } from '../contract/registry-contract.ts';
import { piecesOf, tinyImage, tinyIndex } from '../support/tiny-image.ts';

const image = tinyIndex([tinyImage({ seed: 'a' }), tinyImage({ seed: 'b', architecture: 'arm64' })]);

registryContract('memory', () => {
  const registry = new MemoryRegistry();
  for (const { bytes, mediaType } of piecesOf(image)) {
    if (/index|manifest/.test(mediaType)) registry.putManifest('team/app', bytes);
    else registry.putBlob('team/app', bytes);
  }
  registry.putManifest('team/app', image.manifest.bytes, { tag: 'latest' });
  return Promise.resolve({ registry, name: 'team/app', tag: 'latest', image });
});
