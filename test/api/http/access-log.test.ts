import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { before, beforeEach, describe, test } from 'node:test';
import type { Answered } from '../../../api/http/access-log.ts';
import type { Log } from '../../../api/log.ts';
import type { Served } from '../../support/http-client.ts';
import { createImages, serve } from '../../support/http-images.ts';

type Fields = Record<string, unknown>;

describe('the access log', () => {
  let served: Served;
  let lines: Fields[] = [];
  let wake = (): void => {};
  let answered: Answered[] = [];
  const log = {
    info: (message: string, fields: Fields) => {
      lines.push({ message, ...fields });
      wake();
    },
    error() {},
    warn() {},
    debug() {},
  } as unknown as Log;
  before(async () => {
    served = await serve(createImages().registry, { log, onAnswered: (one) => answered.push(one) });
  });
  beforeEach(() => {
    lines = [];
    answered = [];
  });
  const nextLine = async (): Promise<Fields> => {
    if (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return lines.shift()!;
  };

  test('a line has the settled fields', async () => {
    const { body } = await served.ask('GET', '/v2/team/app/manifests/latest', { 'X-Request-Id': 'my-id_1.2' });
    const { durationMs, ...line } = await nextLine();
    assert.equal(typeof durationMs, 'number');
    assert.deepEqual(line, {
      message: 'request',
      method: 'GET',
      path: '/v2/team/app/manifests/latest',
      status: 200,
      bytes: body.length,
      cache: 'hit',
      client: '127.0.0.1',
      requestId: 'my-id_1.2',
    });
    assert.equal(answered[0]?.operation, 'getManifest');
  });

  const refused: [method: string, path: string, status: number][] = [
    ['GET', '/v2/NOT/manifests/x', 400],
    ['GET', '/v2/a/tags/list?n=x', 400],
    ['DELETE', '/v2/a/manifests/x', 405],
    ['GET', '/nothing', 404],
    ['GET', '/docs/', 200],
    ['HEAD', '/v2/', 200],
  ];
  for (const [method, path, status] of refused) {
    test(`${method} ${path} has a line`, async () => {
      const { body } = await served.ask(method, path);
      const line = await nextLine();
      assert.equal(line['method'], method);
      assert.equal(line['path'], path.split('?')[0]);
      assert.equal(line['status'], status);
      assert.equal(line['bytes'], body.length);
      assert.equal(lines.length, 0);
    });
  }

  test('never a credential, a token or a query', async () => {
    const secret = 'hunter2';
    await served.ask('GET', `/v2/team/app/manifests/latest?token=${secret}&ns=${secret}`, {
      Authorization: `Bearer ${secret}`,
      Cookie: secret,
      'X-Request-Id': `${secret}\t${secret}`,
    });
    const line = await nextLine();
    assert.doesNotMatch(JSON.stringify([line, answered]), new RegExp(secret));
    assert.match(String(line['requestId']), /^[0-9a-f-]{36}$/);
    await served.raw(`GET http://u:${secret}@x/v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.doesNotMatch(JSON.stringify(await nextLine()), new RegExp(secret));
  });

  test('the id is sent back, with refusals too', async () => {
    for (const path of ['/v2/', '/v2/NO/tags/list', '/docs/']) {
      const { headers } = await served.ask('GET', path, { 'X-Request-Id': 'abc' });
      assert.equal(headers.get('x-request-id'), 'abc');
      await nextLine();
    }
    for (const bad of ['', 'a b', 'x'.repeat(129), 'é']) {
      const { headers } = await served.ask('GET', '/v2/', { 'X-Request-Id': bad });
      assert.match(headers.get('x-request-id')!, /^[0-9a-f-]{36}$/);
      await nextLine();
    }
  });

  test('B11 a client that hung up before the answer is a line, and no error', async () => {
    const slow = Object.create(createImages().registry) as ReturnType<typeof createImages>['registry'];
    slow.getManifest = () => new Promise(() => {});
    const { port } = await serve(slow, { log });
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'connect');
    setTimeout(() => socket.destroy(), 50);
    const line = await nextLine();
    assert.equal(line['status'], 499);
    assert.equal(line['aborted'], true);
  });
});
