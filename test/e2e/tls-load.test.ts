import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import tls, { type TLSSocket } from 'node:tls';
import { digestOf } from '../../api/oci/digest.ts';
import { startServe } from '../cmd/program.ts';
import { missing } from '../support/clients/requires.ts';
import { peakMemory, tellsPeakMemory } from '../support/peak-memory.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { tinyImage, type TinyImage } from '../support/tiny-image.ts';
import { Authority } from '../support/upstream/certificates.ts';
import { writeOciLayout } from '../support/write-images.ts';

const IDLE = 2_000;
const SLOW = 500;
const PULLING = 100;
/** Each client pulls so many images, one after the other. */
const IMAGES = 5;
/** Of all together: half a megabyte for each slow reader, and 50 kB for each other connection over TLS. */
const MAX_BYTES = 700 * 2 ** 20;

describe('load over TLS', { skip: missing('openssl'), timeout: 240_000 }, () => {
  test(`${IDLE} idle connections, ${SLOW} readers that stop and ${PULLING} clients that pull: no failure, memory bounded`, async (t) => {
    const folder = tempFolder();
    const big = tinyImage({ seed: 'big', layers: [randomBytes(16 * 2 ** 20)] });
    const images = Array.from({ length: IMAGES }, (_, i) =>
      tinyImage({ seed: `${i}`, layers: [randomBytes(300_000)] }),
    );
    await writeOciLayout(join(folder, 'images/big'), [{ image: big, tag: 'v1' }]);
    await Promise.all(images.map((image, i) => writeOciLayout(join(folder, `images/app${i}`), [{ image, tag: 'v1' }])));
    const authority = await Authority.create(folder);
    const { certFile, keyFile } = await authority.server('server');
    const config = join(folder, 'config.yaml');
    await writeFile(config, 'limits: { connections: 4000, connectionsPerClient: 0 }\nlog: { accessLog: false }');
    const flags = ['--tls-cert', certFile, '--tls-key', keyFile, '--config', config];
    await using served = await startServe([...flags, '--images', join(folder, 'images')]);
    const { hostname: host, port } = new URL(served.url);
    const options = { host, port: Number(port), ca: authority.ca };

    const held: TLSSocket[] = [];
    const connectMany = async (count: number): Promise<TLSSocket[]> => {
      const sockets: TLSSocket[] = [];
      while (sockets.length < count) {
        const some = Array.from({ length: Math.min(100, count - sockets.length) }, () => tls.connect(options));
        await Promise.all(some.map((socket) => once(socket, 'secureConnect')));
        sockets.push(...some);
      }
      held.push(...sockets);
      return sockets;
    };
    t.after(() => {
      for (const socket of held) socket.destroy();
    });
    const idle = await connectMany(IDLE);
    const slow = await connectMany(SLOW);
    const begun = slow.map(async (socket) => {
      socket.write(`GET /v2/big/blobs/${big.layers[0]!.digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await once(socket, 'readable');
    });
    await Promise.all(begun);
    for (const socket of slow) assert.match((socket.read(12) as Buffer).toString(), /^HTTP\/1\.1 200/);

    const agent = new Agent({ keepAlive: true, maxSockets: PULLING, ca: authority.ca });
    const pulls = Array.from({ length: PULLING }, async () => {
      for (const [i, image] of images.entries()) await pull(`${served.url}/v2/app${i}`, image, agent);
    });
    await Promise.all(pulls);
    agent.destroy();

    assert.equal([...idle, ...slow].filter((socket) => socket.destroyed).length, 0);
    if (tellsPeakMemory) {
      const peak = peakMemory(served.child.pid!);
      t.diagnostic(`${Math.round(peak / 2 ** 20)} MiB at most`);
      assert.ok(peak < MAX_BYTES, `${peak} bytes`);
    }
    assert.doesNotMatch(served.stderr(), /"level":"(?:error|warn)"/);
  });
});

async function pull(repository: string, image: TinyImage, agent: Agent): Promise<void> {
  assert.ok((await read(`${repository}/manifests/v1`, agent)).equals(image.manifest.bytes));
  for (const { digest } of [image.config, ...image.layers]) {
    assert.equal(digestOf(await read(`${repository}/blobs/${digest}`, agent)), digest);
  }
}

async function read(url: string, agent: Agent): Promise<Buffer> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200, url);
  return Buffer.concat((await response.toArray()) as Buffer[]);
}
