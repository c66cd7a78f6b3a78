import { join } from 'node:path';
import { registryContract } from '../../contract/registry-contract.ts';
import { openFolder } from '../../support/open-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { layerOf, tinyImage, tinyIndex } from '../../support/tiny-image.ts';
import { writeCraneFolder, writeDockerSaveFolder, writeOciLayout, writeSkopeoDir } from '../../support/write-images.ts';

const image = tinyImage({ layers: [layerOf('one'), layerOf('two', 600_000), layerOf('three', 3_000_000)] });
const index = tinyIndex([tinyImage({ seed: 'a' }), tinyImage({ seed: 'b', architecture: 'arm64' })]);

registryContract('an OCI layout', async () => {
  const root = tempFolder();
  await writeOciLayout(join(root, 'team/app'), [{ image, tag: 'v1' }]);
  return { ...(await openFolder(root)), name: 'team/app', tag: 'v1', image };
});

registryContract('an OCI layout with an index', async () => {
  const root = tempFolder();
  await writeOciLayout(join(root, 'app'), [{ image: index, tag: 'latest' }]);
  return { ...(await openFolder(root)), name: 'app', tag: 'latest', image: index };
});

registryContract('an OCI layout with sha512', async () => {
  const sha512 = tinyImage({ seed: 'sha512', algorithm: 'sha512' });
  const root = tempFolder();
  await writeOciLayout(join(root, 'app'), [{ image: sha512, tag: 'latest' }]);
  return { ...(await openFolder(root)), name: 'app', tag: 'latest', image: sha512 };
});

registryContract('an OCI layout with one unnamed manifest', async () => {
  const root = tempFolder();
  await writeOciLayout(join(root, 'team/app/v2'), [{ image }]);
  return { ...(await openFolder(root)), name: 'team/app', tag: 'v2', image };
});

registryContract('a skopeo dir', async () => {
  const docker = tinyImage({ docker: true });
  const root = tempFolder();
  await writeSkopeoDir(join(root, 'alpine/3.9.3'), docker);
  return { ...(await openFolder(root)), name: 'alpine', tag: '3.9.3', image: docker };
});

registryContract('a skopeo dir of a whole list, deep down', async () => {
  const list = tinyIndex(
    [tinyImage({ docker: true }), tinyImage({ seed: 'arm', docker: true, architecture: 'arm64' })],
    true,
  );
  const root = tempFolder();
  await writeSkopeoDir(join(root, 'a/b/c/d/e/f/v1'), list);
  return { ...(await openFolder(root)), name: 'a/b/c/d/e/f', tag: 'v1', image: list };
});

registryContract('an unpacked crane tarball', async () => {
  const root = tempFolder();
  await writeCraneFolder(join(root, 'appzygy/smallgo/v1.0.0'), image);
  return { ...(await openFolder(root)), name: 'appzygy/smallgo', tag: 'v1.0.0', image, makesManifest: true };
});

registryContract('an unpacked docker save', async () => {
  const root = tempFolder();
  await writeDockerSaveFolder(join(root, 'x/y/v1'), image);
  return { ...(await openFolder(root)), name: 'x/y', tag: 'v1', image, makesManifest: true };
});
