import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { before, describe, test } from 'node:test';
import { digestOf, type Digest } from '../../../api/oci/digest.ts';
import type { Blob, Body, Lister, Registry } from '../../../api/registry.ts';
import { codeOf, type Served } from '../../support/http-client.ts';
import { serve } from '../../support/http-images.ts';
import { keepingLog } from '../../support/keeping-log.ts';

const CHUNK = 256 * 1024;

interface Made {
  readonly size: number;
  /** Throws instead of giving the chunk of this number. */
  readonly failAt?: number;
  /** Gives so many bytes in truth. */
  readonly gives?: number;
  /** Never gives the chunk of this number. */
  readonly hangAt?: number;
}

/** Blobs made as they are read, through two buffers that are used again as soon as the contract allows it. */
class MadeBlobs {
  readonly made = new Map<Digest, Made>();
  opened = 0;
  returned = 0;

  add(name: string, made: Made): Digest {
    const digest = digestOf(Buffer.from(name));
    this.made.set(digest, made);
    return digest;
  }

  openBlob(_repo: unknown, digest: Digest): Promise<Blob> {
    const made = this.made.get(digest)!;
    this.opened++;
    return Promise.resolve({
      descriptor: { mediaType: 'application/octet-stream', digest, size: made.size },
      body: this.#body(made),
    });
  }

  #body({ size, failAt, hangAt, gives = size }: Made): Body {
    const buffers = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
    let number = 0;
    let returned = false;
    const body: Body = {
      next: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        const start = number * CHUNK;
        if (number === failAt) throw new Error('the bytes are not what they should be');
        if (number === hangAt) await new Promise(() => {});
        if (start >= gives) return { done: true, value: undefined };
        const chunk = buffers[number % 2]!.subarray(0, Math.min(CHUNK, gives - start)).fill(number % 251);
        number++;
        return { done: false, value: chunk };
      },
      return: () => {
        if (!returned) this.returned++;
        returned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => body,
    };
    return body;
  }
}

function expected(size: number): Buffer {
  return Buffer.concat(
    Array.from({ length: Math.ceil(size / CHUNK) }, (_, i) => Buffer.alloc(Math.min(CHUNK, size - i * CHUNK), i % 251)),
  );
}

describe('sending a body', () => {
  const blobs = new MadeBlobs();
  const { log, lines } = keepingLog();
  const errors = (): string[] => lines.filter((line) => line.startsWith('error'));
  const unhandled: unknown[] = [];
  let served: Served;
  before(async () => {
    process.on('unhandledRejection', (reason) => unhandled.push(reason));
    served = await serve(blobs as unknown as Registry & Lister, { log });
  });

  const path = (digest: Digest): string => `/v2/a/blobs/${digest}`;
  const allReturned = async (): Promise<void> => {
    for (let i = 0; i < 500 && blobs.returned < blobs.opened; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(blobs.returned, blobs.opened);
  };

  test('a chunk is not overwritten before it has left', async () => {
    const size = 20 * CHUNK + 17;
    const digest = blobs.add('large', { size });
    const answers = await Promise.all(Array.from({ length: 6 }, () => served.ask('GET', path(digest))));
    for (const { body } of answers) assert.ok(body.equals(expected(size)));
    await allReturned();
  });

  test('a slow client gets the same', async () => {
    const size = 40 * CHUNK;
    const digest = blobs.add('slow', { size });
    const response = await get(served.port, path(digest));
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (chunks.length % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.ok(Buffer.concat(chunks).equals(expected(size)));
    await allReturned();
  });

  test('N7 what fails before the first byte is told', async () => {
    const answer = await served.ask('GET', path(blobs.add('bad', { size: 10, failAt: 0 })));
    assert.equal(answer.status, 500);
    assert.equal(codeOf(answer), 'UNKNOWN');
    assert.equal(answer.headers.get('etag'), null);
    assert.equal(answer.headers.get('docker-content-digest'), null);
    assert.doesNotMatch(answer.body.toString(), /bytes/);
    assert.equal(errors().length, 1);
    await allReturned();
  });

  const cut: [title: string, made: Made][] = [
    ['a body that turns out wrong', { size: 3 * CHUNK, failAt: 2 }],
    ['a body that is too short', { size: 3 * CHUNK, gives: 2 * CHUNK }],
  ];
  for (const [title, made] of cut) {
    test(`L11 ${title} cuts the connection, and is logged`, async () => {
      const before = errors().length;
      await assert.rejects(served.ask('GET', path(blobs.add(title, made))), /aborted|ECONNRESET/);
      await allReturned();
      assert.equal(errors().length, before + 1);
    });
  }

  test('B11 clients that hang up, early, late, in the middle: nothing is left, nothing is an error', async () => {
    const before = errors().length;
    const large = blobs.add('aborted', { size: 400 * CHUNK });
    const hanging = blobs.add('hanging', { size: 400 * CHUNK, hangAt: 3 });
    const dead = blobs.add('dead', { size: CHUNK, hangAt: 0 });
    await Promise.all(
      Array.from({ length: 90 }, async (_, i) => {
        const socket = net.connect(served.port, '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(`GET ${path([large, hanging, dead][i % 3]!)} HTTP/1.1\r\nHost: x\r\n\r\n`);
        let seen = 0;
        socket.on('data', (data) => {
          seen += data.length;
          if (seen <= i * 20_000) return;
          if (i % 2) socket.destroy();
          else socket.resetAndDestroy();
        });
        setTimeout(() => socket.destroy(), 100 + i * 3);
        await once(socket, 'close');
      }),
    );
    await allReturned();
    assert.deepEqual(unhandled, []);
    assert.equal(errors().length, before);
  });

  test('HEAD and 304 open no body', async () => {
    const opened = blobs.opened;
    const stat = Object.assign(Object.create(blobs) as Registry & Lister, {
      statBlob: (_repo: unknown, digest: Digest) => Promise.resolve({ mediaType: '', digest, size: 5 }),
    });
    const digest = blobs.add('stat', { size: 5 });
    const served = await serve(stat);
    await served.ask('HEAD', path(digest));
    await served.ask('GET', path(digest), { 'If-None-Match': digest });
    assert.equal(blobs.opened, opened);
  });
});

function get(port: number, path: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => http.get({ port, path, host: '127.0.0.1' }, resolve).on('error', reject));
}
