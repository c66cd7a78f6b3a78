import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { OCI_MANIFEST } from '../../../api/oci/media-types.ts';
import { eventually } from '../../support/clients/eventually.ts';
import { challenge, FakeUpstream, redirect, type Reply } from '../../support/upstream/fake-upstream.ts';
import { fails } from '../../support/upstream/fails.ts';
import { FaultyProxy } from '../../support/upstream/faulty-proxy.ts';
import { UNAUTHORIZED } from '../../support/upstream/faults.ts';
import { registryOver, type UnderTest } from '../../support/upstream/registry-over.ts';
import { ref, repo } from '../../support/repository.ts';

const MIB = 1024 * 1024;
const PATH = 'GET /v2/a/manifests/v1';
const get = ({ registry }: UnderTest): Promise<unknown> => registry.getManifest(repo('a'), ref('v1'));

/** An answer that goes on for as long as somebody reads it, and how much of it was taken. */
function endless(headers: Readonly<Record<string, string>>): {
  reply: Reply;
  sent: () => number;
  isOver: () => boolean;
} {
  const block = Buffer.alloc(64 * 1024, ' ');
  let sent = 0;
  let isOver = false;
  return {
    sent: () => sent,
    isOver: () => isOver,
    reply: (_, response) => {
      const more = (): void => {
        sent += block.length;
        response.write(block, (err) => err ?? setImmediate(more));
      };
      response.writeHead(200, headers).once('close', () => (isOver = true));
      more();
    },
  };
}

describe('M11 UP6 an answer that has no end', () => {
  test('is cut at the limit, when it is a manifest', async () => {
    const up = await FakeUpstream.start();
    for (const headers of [{}, { 'content-length': String(30 * MIB) }]) {
      const { reply, sent, isOver } = endless({ 'content-type': OCI_MANIFEST, ...headers });
      up.on(PATH, reply);
      await fails(get(registryOver(up)), 'invalid', /^up.example: GET a:v1: an answer of more than 4194304 bytes$/);
      await eventually('it was cut', isOver);
      assert.ok(sent() < 30 * MIB, String(sent()));
    }
  });

  test('is cut at the limit, when it is a token', async () => {
    const up = await FakeUpstream.start();
    const { reply, isOver, sent } = endless({ 'content-length': String(5 * 1024 * MIB) });
    const { reply: chunked, isOver: isOverToo } = endless({});
    up.on(PATH, challenge(`Bearer realm="${up.origin}/token"`)).on('GET /token', reply, chunked);
    await fails(get(registryOver(up)), 'invalid', /token of .*: an answer of more than 1048576 bytes$/);
    await eventually('it was cut', isOver);
    assert.ok(sent() < 30 * MIB, String(sent()));
    await fails(get(registryOver(up)), 'invalid', /token of .*: an answer of more than 1048576 bytes$/);
    await eventually('it was cut', isOverToo);
  });
});

describe('UP12 UP7 a way that has no end', () => {
  test('of redirects is left after ten', async () => {
    const up = await FakeUpstream.start();
    up.on(PATH, redirect('/v2/a/manifests/v1'));
    await fails(get(registryOver(up)), 'invalid', /: more than 10 redirects$/);
    assert.equal(up.asked.length, 11);
    const other = await FakeUpstream.start();
    other.on(PATH, challenge(`Bearer realm="${other.origin}/token"`)).on('GET /token', redirect('/token'));
    await fails(get(registryOver(other)), 'invalid', /: more than 10 redirects$/);
  });

  test('of challenges is left after one for want of a token, and one for each of two tokens', async () => {
    const up = await FakeUpstream.start();
    let tokens = 0;
    up.on('GET /token', (_, response) => response.end(JSON.stringify({ token: `t${tokens++}` })));
    up.on(PATH, challenge(`Bearer realm="${up.origin}/token"`));
    await fails(get(registryOver(up)), 'denied');
    assert.equal(up.lines.filter((line) => line === PATH).length, 3);
    assert.equal(tokens, 2);
  });

  test('of challenges to a password is left after it was refused', async () => {
    const up = await FakeUpstream.start();
    const proxy = await FaultyProxy.start(up.origin);
    after(() => proxy[Symbol.asyncDispose]());
    proxy.when({}, UNAUTHORIZED);
    const credentials = (): Promise<{ username: string; password: string }> =>
      Promise.resolve({ username: 'ann', password: 'x' });
    await fails(get(registryOver({ url: proxy.origin, credentials })), 'denied');
    assert.deepEqual(proxy.lines, [PATH, PATH]);
  });
});
