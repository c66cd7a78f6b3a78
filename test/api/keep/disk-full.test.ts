import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CacheBounds } from '../../../api/keep/cache-bounds.ts';
import { Store } from '../../../api/store/store.ts';
import { UsageTimes } from '../../../api/store/usage-times.ts';
import { keepingLog } from '../../support/keeping-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { tinyImage } from '../../support/tiny-image.ts';
import { keepImage } from './keep-image.ts';
import { ManualClock } from './manual-clock.ts';

describe('the disk is full', () => {
  test('while too little is free and nothing can go; not while something can, and not any more when there is room', async () => {
    using store = new Store(join(tempFolder(), 'images'));
    const { log } = keepingLog();
    const clock = new ManualClock();
    await keepImage(store, 'docker.io/library/app', tinyImage(), 'v1', { fetched: new Date(clock.now() - 60_000) });
    const usage = await UsageTimes.open(join(store.root, '_known'), log);
    let free = 1_000;
    const evicted: number[] = [];
    const bounds = new CacheBounds({
      store,
      usage,
      log,
      clock,
      isPinned: () => false,
      maxBytes: Infinity,
      minFreeBytes: 500,
      freeBytesAt: () => Promise.resolve(free),
      onEvicted: (bytes) => evicted.push(bytes),
    });
    bounds.start();
    await clock.idle();
    assert.equal(bounds.isDiskFull, false);
    free = 499;
    await clock.pass(3_000);
    assert.equal(bounds.isDiskFull, false);
    assert.equal(evicted.length, 1);
    assert.ok(evicted[0]! > 0);
    for (let i = 0; i < 20; i++) await clock.pass(60_000);
    assert.equal(bounds.isDiskFull, true);
    free = 1_000;
    await clock.pass(3_000);
    assert.equal(bounds.isDiskFull, false);
    await bounds.stop();
  });
});
