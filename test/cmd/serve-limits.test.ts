import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { eventually } from '../support/clients/eventually.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startServe, type Running } from './program.ts';

const messagesOf = ({ stderr }: Running): string[] =>
  stderr()
    .split('\n')
    .slice(0, -1)
    .map((line) => String((JSON.parse(line) as { message: unknown }).message));

describe('serve and strangers', { concurrency: 2 }, () => {
  test('a connection over the limit is told so', async () => {
    await using served = await startServe([], { cwd: tempFolder(), env: { OCIREGISTRY_LIMITS_CONNECTIONS: '1' } });
    const { hostname, port } = new URL(served.url);
    const open = connect(Number(port), hostname);
    await once(open, 'connect');
    const { status, headers } = await fetch(`${served.url}/v2/`);
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '1');
    open.destroy();
  });

  test('the log has the client that a trusted proxy names', async () => {
    const env = { OCIREGISTRY_LISTEN_TRUSTED_PROXIES: '127.0.0.1,::1' };
    await using served = await startServe([], { cwd: tempFolder(), env });
    await fetch(`${served.url}/v2/`, { headers: { 'X-Forwarded-For': '198.51.100.7' } });
    await eventually('it is logged', () => served.stderr().includes('"client":"198.51.100.7"'));
  });

  test('a start as root is told of once', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
    await using served = await startServe([], { cwd: tempFolder() });
    await fetch(`${served.url}/v2/`);
    await eventually('the request is logged', () => messagesOf(served).includes('request'));
    assert.deepEqual(
      messagesOf(served).filter((message) => message.includes('root')),
      ['running as root, which nothing here needs'],
    );
  });
});
