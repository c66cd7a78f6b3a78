import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, test } from 'node:test';
import type { Log } from '../../api/log.ts';
import type { Config } from '../../cmd/config.ts';
import { createLog } from '../../cmd/log.ts';

async function logged(options: Partial<Config['log']>, write: (log: Log) => void): Promise<string> {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString();
      setImmediate(done);
    },
  });
  const { log, end } = createLog({ level: 'info', format: 'json', colour: false, ...options }, stream);
  write(log);
  await end();
  await finished(stream.end());
  return text;
}

describe('the log', () => {
  test('as JSON a line has timestamp, level and message first, then the fields', async () => {
    const line = await logged({}, (log) => log.info('GET /v2/', { status: 200, bytes: 2 }));
    assert.match(
      line,
      /^\{"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info","message":"GET \/v2\/","status":200,"bytes":2\}\n$/,
    );
  });

  test('as JSON an error is whole, with what caused it', async () => {
    const error = new Error('cannot read', { cause: new Error('EIO') });
    const line = await logged({}, (log) => log.error('failed', { error, size: 12n }));
    const entry = JSON.parse(line) as { error: string; size: string };
    assert.match(entry.error, /Error: cannot read\n +at [\s\S]*\[cause\]: Error: EIO/);
    assert.equal(entry.size, '12');
  });

  test('as text a line has fields that people can read', async () => {
    const line = await logged({ format: 'text' }, (log) =>
      log.warn('slow', { path: '/v2/', agent: 'a b', user: undefined }),
    );
    assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN {2}slow path=\/v2\/ agent="a b"\n$/);
  });

  test('as text nothing that a client sends reaches the terminal as control characters, or begins a line', async () => {
    const line = await logged({ format: 'text' }, (log) =>
      log.info('GET /\u001b[2J\nforged', { agent: '\u009b31m\r\n' }),
    );
    assert.match(line, /GET \/\\u001b\[2J\\u000aforged agent="\\u009b31m\\r\\n"\n$/);
  });

  test('it is coloured only when asked to be', async () => {
    const fail = (log: Log) => log.error('no');
    assert.ok((await logged({ format: 'text', colour: true }, fail)).includes('\u001b[31mERROR'));
    assert.ok(!(await logged({ format: 'text' }, fail)).includes('\u001b'));
  });

  test('a level leaves out those below it', async () => {
    const all = (log: Log) => {
      log.error('e');
      log.warn('w');
      log.info('i');
      log.debug('d');
    };
    const levels = async (level: Config['log']['level']) =>
      [...(await logged({ level }, all)).matchAll(/"message":"(.)"/g)].map(([, name]) => name).join('');
    assert.equal(await levels('error'), 'e');
    assert.equal(await levels('warn'), 'ew');
    assert.equal(await levels('info'), 'ewi');
    assert.equal(await levels('debug'), 'ewid');
  });

  test('no line is lost at the end, however many there are', async () => {
    const text = await logged({}, (log) => {
      for (let i = 0; i < 5000; i++) log.info('line');
    });
    assert.equal(text.split('\n').length, 5001);
  });
});
