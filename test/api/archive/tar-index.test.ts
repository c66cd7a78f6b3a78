import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Header } from 'tar/header';
import { pack } from 'tar-stream';
import { DEFAULT_TAR_LIMITS, type TarLimits } from '../../../api/archive/tar-limits.ts';
import { indexTar, type TarIndex } from '../../../api/archive/tar-index.ts';
import { InvalidArchive } from '../../../api/archive/invalid-archive.ts';
import type { TarEntry } from '../../../api/archive/tar-members.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const root = tempFolder();
const end = Buffer.alloc(1024);

type HeaderData = Exclude<NonNullable<ConstructorParameters<typeof Header>[0]>, Buffer>;

/** An entry as it stands in a tar; `bend` changes the header before its checksum is made. */
function entry(header: HeaderData, content: string | Buffer = '', bend: (block: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.from(content);
  const block = Buffer.alloc(512);
  new Header({ type: 'File', mode: 0o644, mtime: new Date(0), size: bytes.length, ...header }).encode(block);
  bend(block);
  seal(block);
  return Buffer.concat([block, bytes, Buffer.alloc(-bytes.length & 511)]);
}

function seal(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

const file = (path: string, content = path): Buffer => entry({ path }, content);
const link = (path: string, linkpath: string): Buffer => entry({ path, linkpath, type: 'SymbolicLink' });
const hardLink = (path: string, linkpath: string): Buffer => entry({ path, linkpath, type: 'Link' });

function record(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  const length = [1, 2, 3, 4, 5, 6]
    .map((digits) => digits + rest.length)
    .find((all, i) => String(all).length === i + 1);
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

const pax = (
  records: Readonly<Record<string, string | Buffer>>,
  type: NonNullable<HeaderData['type']> = 'ExtendedHeader',
): Buffer =>
  entry({ path: 'pax', type }, Buffer.concat(Object.entries(records).map(([key, value]) => record(key, value))));

/** What indexTar finds in an archive of those bytes. */
async function index(parts: Buffer | readonly Buffer[], limits?: Partial<TarLimits>): Promise<TarIndex> {
  const bytes = Buffer.isBuffer(parts) ? parts : Buffer.concat([...parts, end]);
  const path = join(root, 'a.tar');
  await writeFile(path, bytes);
  return indexFile(path, bytes.length, limits);
}

async function indexFile(path: string, size: number, limits?: Partial<TarLimits>): Promise<TarIndex> {
  const handle = await open(path);
  try {
    return await indexTar({ handle, size }, 'a.tar', limits);
  } finally {
    await handle.close();
  }
}

const contentIn = (bytes: Buffer, { offset, size }: TarEntry): Buffer => bytes.subarray(offset, offset + size);

/** The entries of an archive with their contents. */
async function contents(
  parts: Buffer | readonly Buffer[],
  limits?: Partial<TarLimits>,
): Promise<Record<string, string>> {
  const { entries } = await index(parts, limits);
  const bytes = await readFile(join(root, 'a.tar'));
  return Object.fromEntries([...entries].map(([path, found]) => [path, String(contentIn(bytes, found))]));
}

async function ignored(...parts: readonly Buffer[]): Promise<Record<string, string>> {
  return Object.fromEntries((await index([...parts, file('good')])).ignored);
}

/** What GNU tar makes of those files; `prepare` adds what else there is. */
function gnuTar(
  options: readonly string[],
  files: Readonly<Record<string, string>>,
  prepare: (run: (program: string, ...args: string[]) => void) => void = () => {},
): string {
  const folder = tempFolder();
  const cwd = join(folder, 'files');
  mkdirSync(cwd);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  const run = (program: string, ...args: string[]): void => void execFileSync(program, args, { cwd, stdio: 'pipe' });
  prepare(run);
  run('tar', ...options, '--sort=name', '-cf', '../a.tar', '.');
  return join(folder, 'a.tar');
}

const isInvalid = (message: RegExp) => (err: unknown) => {
  assert.ok(err instanceof InvalidArchive, String(err));
  assert.match(err.message, /^a\.tar: /);
  assert.match(err.message, message);
  return true;
};

describe('archives of GNU tar', () => {
  const short = { 'manifest.json': '[]', 'blobs/sha256/aa': 'x'.repeat(5_000), empty: '', full: 'x'.repeat(512) };
  const long = { [`${'d'.repeat(75)}/${'e'.repeat(75)}/${'f'.repeat(90)}`]: 'over 100 bytes' };
  const longer = {
    [`${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(200)}`]: 'over 256 bytes',
    [`${'n'.repeat(97)}/${'slash at 100'.repeat(9)}`]: 'its first 100 bytes look like a directory',
    'größer/日本語': 'not ASCII',
  };
  for (const { options, files } of [
    { options: ['--format=v7'], files: short },
    { options: ['--format=ustar'], files: { ...short, ...long } },
    { options: ['--format=oldgnu'], files: { ...short, ...long, ...longer } },
    { options: ['--format=gnu'], files: { ...short, ...long, ...longer } },
    { options: ['--format=gnu', '-S'], files: { ...short, ...long, ...longer } },
    { options: ['--format=pax'], files: { ...short, ...long, ...longer } },
    { options: ['--format=pax', '--pax-option=globexthdr.name=g,comment=x'], files: { ...short, ...long, ...longer } },
  ]) {
    test(options.join(' '), async () => {
      const path = gnuTar(options, files, (run) => {
        run('ln', 'manifest.json', 'z-hard');
        run('ln', '-s', 'blobs/sha256/aa', 'z-symbolic');
        if (options[0] !== '--format=v7') run('mkfifo', 'z-pipe');
      });
      const expected = { ...files, 'z-hard': '[]', 'z-symbolic': short['blobs/sha256/aa'] };
      assert.deepEqual(await contents(await readFile(path)), expected);
    });
  }

  for (const options of [
    ['--format=gnu'],
    ...['0.0', '0.1', '1.0'].map((version) => [`--sparse-version=${version}`]),
  ]) {
    test(`a sparse file, ${options[0]!}, is no entry, what follows it is`, async () => {
      const path = gnuTar(
        [...(options[0]!.includes('format') ? options : ['--format=pax', ...options]), '-S'],
        { z: 'z' },
        (run) => {
          // Parts enough for several blocks with the map of them.
          for (let part = 1; part <= 60; part++)
            run('dd', 'if=z', 'of=sparse', `seek=${part * 65_536}`, 'bs=1', 'conv=notrunc');
        },
      );
      const bytes = await readFile(path);
      assert.deepEqual(await contents(bytes), { z: 'z' });
      assert.match((await index(bytes)).ignored.get('sparse')!, /parts of it|SparseFile/);
    });
  }

  test('a volume label and a part of a file from another volume are no entries', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'big'), 'x'.repeat(100_000));
    const volumes = ['-M', '-L', '60', '-f', 'a.tar', '-f', 'b.tar', '-V', 'label'];
    execFileSync('tar', ['--format=gnu', '-c', ...volumes, 'big'], { cwd: folder });
    await assert.rejects(
      index(await readFile(join(folder, 'a.tar'))),
      isInvalid(/ends within the entry at 512, "big"/),
    );
    const { entries, ignored } = await index(await readFile(join(folder, 'b.tar')));
    assert.deepEqual([...entries, ...ignored], [['big', 'it is of type ContinuationFile']]);
  });
});

describe('links', () => {
  const layer = file('aa/layer.tar', 'layer');

  test('links of an old docker save lead to the layer they share', async () => {
    assert.deepEqual(await contents([link('bb/layer.tar', '../aa/layer.tar'), layer]), {
      'aa/layer.tar': 'layer',
      'bb/layer.tar': 'layer',
    });
  });

  /** Each leads to the one before, the first to the layer. */
  const chain = (length: number): Buffer[] =>
    Array.from({ length }, (_, i) => link(`l${i}`, i === 0 ? 'aa/layer.tar' : `l${i - 1}`));

  const leads = (what: string, parts: readonly Buffer[], ...found: readonly string[]): void =>
    void test(`${what} leads to its file`, async () => {
      const { 'aa/layer.tar': own, ...others } = await contents([layer, ...parts]);
      assert.equal(own, 'layer');
      assert.deepEqual(others, Object.fromEntries(found.map((path) => [path, 'layer'])));
    });
  const long = entry({ path: '@', type: 'NextFileHasLongLinkpath' }, 'aa/layer.tar\0');
  const withSize = entry({ path: 'x', type: 'Link', linkpath: 'aa/layer.tar', size: 600 });
  leads('a link to a link', [link('x', 'y'), link('y', './aa//layer.tar')], 'x', 'y');
  leads('a link over a link to a directory', [link('d', 'aa'), link('x', 'd/layer.tar')], 'x');
  leads('a link with .. after such a link', [link('b/c', '../aa'), link('x', 'b/c/../aa/layer.tar')], 'x');
  leads('a hard link in a directory', [hardLink('d/x', 'aa/layer.tar')], 'd/x');
  leads('a hard link to what comes later', [hardLink('x', './y'), file('y', 'layer')], 'x', 'y');
  leads('a hard link to a link', [link('l', 'aa/layer.tar'), hardLink('x', 'l')], 'l', 'x');
  leads('one to a link, but not from elsewhere,', [link('l', 'aa/layer.tar'), hardLink('d/x', 'l')], 'l');
  leads('a hard link with a size', [withSize, link('y', 'x')], 'x', 'y');
  leads('a link to such a one', [link('x', 'd/h'), hardLink('d/h', 'y'), file('y', 'layer')], 'x', 'd/h', 'y');
  leads('a long link of GNU', [long, link('x', 'y')], 'x');
  leads('a long link of PAX', [pax({ linkpath: 'aa/layer.tar' }), link('x', 'y')], 'x');
  leads('each of 40 in a row', chain(40), ...Array.from({ length: 40 }, (_, i) => `l${i}`));

  const isIgnored = (what: string, parts: readonly Buffer[], path: string, reason: RegExp): void =>
    void test(`${what} is ignored`, async () => {
      const { entries, ignored } = await index([layer, ...parts]);
      assert.ok(!entries.has(path) && entries.has('aa/layer.tar'));
      assert.match(ignored.get(path)!, reason);
    });
  isIgnored('an absolute link', [link('x', '/aa/layer.tar')], 'x', /out of the archive/);
  isIgnored('an absolute hard link', [hardLink('x', '/aa/layer.tar')], 'x', /out of the archive/);
  isIgnored('a link that leaves the archive', [link('x', '../aa/layer.tar')], 'x', /out of the archive/);
  isIgnored('one that comes back', [link('d/x', '../../d/../aa/layer.tar')], 'd/x', /out of the archive/);
  isIgnored('a hard link that leaves it', [hardLink('d/x', '../aa/layer.tar')], 'd/x', /out of the archive/);
  isIgnored('a link over one that does', [link('d', '..'), link('x', 'd/aa/layer.tar')], 'x', /out of the archive/);
  isIgnored('a link to nothing', [link('x', 'y')], 'x', /no file/);
  isIgnored('a link to a directory', [link('x', 'aa')], 'x', /no file/);
  isIgnored('a link without a target', [link('x', '')], 'x', /no file/);
  isIgnored('a link to itself', [link('x', 'x')], 'x', /in a circle/);
  isIgnored('a hard link to itself', [hardLink('x', 'x')], 'x', /in a circle/);
  isIgnored('a circle', [link('x', 'y'), link('y', 'z'), hardLink('z', 'x')], 'x', /in a circle/);
  isIgnored('a circle that grows', [link('x', 'x/x/x/x')], 'x', /in a circle/);
  isIgnored('the last of 41 in a row', chain(41), 'l40', /more than 40/);

  test('a path that grows with every link is not followed', async () => {
    const deep = 'd/'.repeat(2_000);
    const parts = [pax({ linkpath: deep }), link('a', ''), pax({ linkpath: `a/${deep}` }), link('b', '')];
    assert.match((await index(parts)).ignored.get('b')!, /too long/);
  });

  test('links are not followed for longer than some seconds', async () => {
    const target = pax({ linkpath: `${'d/'.repeat(2_000)}x` });
    const parts = Array.from({ length: 400 }, (_, i) => Buffer.concat([target, link(`x${i}`, '')]));
    await assert.rejects(index(parts), isInvalid(/links lead too far/));
  });
});

describe('names', () => {
  test('are cleaned', async () => {
    const parts = ['./a//b', './/c/./d', 'e/.', '.hidden', '...', '__proto__', 'a b'].map((path) => file(path, 'x'));
    const found = [...(await index(parts)).entries.keys()];
    assert.deepEqual(found, ['a/b', 'c/d', 'e', '.hidden', '...', '__proto__', 'a b']);
  });

  for (const path of [
    '/etc/passwd',
    '//x',
    '../x',
    'a/../../x',
    'a/../b',
    'a/..',
    '..',
    '.',
    './/',
    'a\nb',
    'a\u0085b',
  ]) {
    test(`${JSON.stringify(path)} is ignored, not changed`, async () => {
      // A name that ends in a slash would be a directory.
      const parts = path.endsWith('/') ? [entry({ path, type: 'ContiguousFile' })] : [file(path)];
      const { entries, ignored } = await index([...parts, file('good')]);
      assert.deepEqual([...entries.keys()], ['good']);
      assert.deepEqual([...ignored.keys()], [path]);
    });
  }

  for (const { what, path } of [
    { what: 'NUL', path: Buffer.from('a\0b') },
    { what: 'a line break', path: Buffer.from('a\nb') },
    { what: 'what is not UTF-8', path: Buffer.from('6180', 'hex') },
  ]) {
    test(`with ${what} in it are ignored, not changed`, async () => {
      assert.deepEqual(Object.keys(await contents([pax({ path }), file('header'), file('good')])), ['good']);
      assert.deepEqual(Object.values(await ignored(pax({ path }), file('header'))), [
        'its name is not printable UTF-8',
      ]);
    });
  }

  test('that nothing says are ignored', async () => {
    assert.deepEqual(await ignored(entry({ path: '' }, 'x')), { '': 'its name is empty' });
    assert.deepEqual(
      await ignored(entry({ path: './', type: 'Directory' }), entry({ path: '/', type: 'Directory' })),
      {},
    );
  });

  test('of PAX and GNU count, not those in the header and its prefix', async () => {
    const withPrefix = entry({ path: 'short' }, 'x', (block) => block.write('prefix', 345));
    const long = (path: string): Buffer => entry({ path: '@', type: 'NextFileHasLongPath' }, `${path}\0 rest`);
    assert.deepEqual(await contents([withPrefix]), { 'prefix/short': 'x' });
    assert.deepEqual(await contents([pax({ path: 'long' }), withPrefix]), { long: 'x' });
    assert.deepEqual(await contents([long('long'), withPrefix]), { long: 'x' });
    assert.deepEqual(await contents([long('gnu'), pax({ path: 'pax' }), withPrefix]), { gnu: 'x' });
    assert.deepEqual(await contents([pax({ path: '' }), withPrefix]), { 'prefix/short': 'x' });
    assert.deepEqual(await contents([pax({ path: 'long' }, 'OldExtendedHeader'), withPrefix]), { long: 'x' });
  });

  test('that a comment of PAX seems to give do not count', async () => {
    assert.deepEqual(await contents([pax({ comment: '\n13 path=evil\n' }), file('good', 'x')]), { good: 'x' });
  });
});

describe('of several entries with one name', () => {
  const counts = (what: string, parts: readonly Buffer[], found: Readonly<Record<string, string>>): void =>
    void test(what, async () => assert.deepEqual(await contents(parts), found));
  const [x, y, again] = [file('x', '1'), file('y', '2'), file('y', '3')];
  counts('the last counts', [y, file('./y', '4')], { y: '4' });
  counts('a directory that comes last counts', [x, entry({ path: 'x/', type: 'Directory' })], {});
  counts('a device that comes last counts', [x, entry({ path: 'x', type: 'FIFO' })], {});
  counts('a link that comes last counts', [x, y, link('x', 'y')], { x: '2', y: '2' });
  counts('a file that comes after a link counts', [link('x', 'y'), x, y], { x: '1', y: '2' });
  counts('a link leads to the last', [y, link('x', 'y'), again], { x: '3', y: '3' });
  counts('a hard link keeps what was there', [y, hardLink('x', './y'), again], { x: '2', y: '3' });
  counts('a hard link to itself changes nothing', [x, hardLink('x', './x')], { x: '1' });
  counts('a volume label does not count', [x, entry({ path: 'x', type: 'TapeVolumeHeader' })], { x: '1' });

  test('one that is good makes those before it forgotten', async () => {
    assert.deepEqual(await ignored(entry({ path: 'x', type: 'FIFO' }), file('x')), {});
  });
});

describe('what is no regular file', () => {
  for (const { type, reason } of [
    ...(['FIFO', 'CharacterDevice', 'BlockDevice', 'SparseFile', 'ContinuationFile'] as const).map((type) => ({
      type,
      reason: `it is of type ${type}`,
    })),
    ...(['Directory', 'GNUDumpDir', 'SolarisACL', 'Inode'] as const).map((type) => ({ type, reason: undefined })),
  ]) {
    test(`${type} is no entry`, async () => {
      const parts = [entry({ path: 'x', type }), file('good', 'content')];
      assert.deepEqual(await contents(parts), { good: 'content' });
      assert.equal((await index(parts)).ignored.get('x'), reason);
    });
  }

  test('but what old tars and real-time systems write is', async () => {
    const typed = (path: string, type: string): Buffer => entry({ path }, path, (block) => block.write(type, 156));
    assert.deepEqual(await contents([typed('old', '\0'), typed('contiguous', '7'), file('y')]), {
      old: 'old',
      contiguous: 'contiguous',
      y: 'y',
    });
  });

  test('a type nobody knows is no entry, but what it holds is skipped', async () => {
    const unknown = entry({ path: 'x' }, file('inside'), (block) => block.write('Z', 156));
    assert.deepEqual(await contents([unknown, file('good')]), { good: 'good' });
    assert.deepEqual(await ignored(unknown), { x: 'it is of type Unsupported' });
    const sized = Buffer.concat([pax({ size: '1024' }), entry({ path: 'x' }, '', (block) => block.write('Z', 156))]);
    assert.deepEqual(await contents([sized, file('inside'), file('good')]), { good: 'good' });
  });

  test('of a million only the first hundred are told', async () => {
    const { ignored } = await index(Array.from({ length: 200 }, (_, i) => entry({ path: `x${i}`, type: 'FIFO' })));
    assert.deepEqual(
      [...ignored.keys()],
      Array.from({ length: 100 }, (_, i) => `x${i}`),
    );
  });
});

describe('sizes', () => {
  test('of PAX count', async () => {
    const lying = (size: number): Buffer => entry({ path: 'x', size }, 'content');
    assert.deepEqual(await contents([pax({ size: '7' }), lying(0), file('y')]), { x: 'content', y: 'y' });
    assert.deepEqual(await contents([pax({ size: '' }), lying(7), file('y')]), { x: 'content', y: 'y' });
  });

  test('over 8 GiB, and places beyond them', async () => {
    const path = join(root, 'big.tar');
    const size = 9 * 2 ** 30;
    const [big, last] = [entry({ path: 'big', size }), file('last')];
    await writeFile(path, big);
    truncateSync(path, big.length + size);
    await writeFile(path, last, { flag: 'a' });
    const { entries } = await indexFile(path, big.length + size + last.length);
    assert.deepEqual(
      [...entries],
      [
        ['big', { offset: 512, size }],
        ['last', { offset: 1024 + size, size: 4 }],
      ],
    );
  });
});

describe('an archive that ends', () => {
  test('without zeros is whole', async () => {
    assert.deepEqual(await contents(file('a', 'content')), { a: 'content' });
    assert.deepEqual(await contents(file('a', 'content').subarray(0, 519)), { a: 'content' });
  });

  test('with zeros is whole, whatever follows', async () => {
    const zeros = Buffer.alloc(512);
    for (const rest of [zeros, Buffer.concat([zeros, zeros.subarray(1)]), end, Buffer.concat([end, file('b')])]) {
      assert.deepEqual(await contents(Buffer.concat([file('a'), rest])), { a: 'a' });
    }
    assert.deepEqual(await contents([]), {});
  });
});

describe('it is an invalid archive', () => {
  const bent = (at: number, bytes: string, type: HeaderData['type'] & string = 'File'): Buffer =>
    entry({ path: 'x', type }, 'content', (block) => block.write(bytes, at, 'latin1'));
  const sized = (type: NonNullable<HeaderData['type']>, size: number): Buffer => entry({ path: 'x', type, size });
  const after = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, file('x')]);
  const invalid = (what: string, bytes: Buffer, message: RegExp, limits?: Partial<TarLimits>): void =>
    void test(what, async () => assert.rejects(index(bytes, limits), isInvalid(message)));

  const map = entry({ path: 'x', type: 'SparseFile' }, '', (block) => (block[482] = 1));
  invalid('without a byte', Buffer.alloc(0), /the header at 0: 0 bytes, expected at least 512/);
  invalid('shorter than a header', file('x').subarray(0, 511), /at 0: 511 bytes, expected at least 512/);
  invalid('that ends within a second one', after(file('x')).subarray(0, 1_100), /at 1024: 1100 bytes, .* 1536/);
  invalid('that ends within a file', file('x', 'content').subarray(0, 518), /at 0, "x": 518 bytes, .* 519/);
  invalid('that ends within PAX', pax({ path: 'x' }).subarray(0, 515), /extended header at 0: 515 bytes, .* 521/);
  invalid('that ends after PAX', pax({ path: 'x' }), /before its entry/);
  invalid('with zeros after PAX', Buffer.concat([pax({ path: 'x' }), end]), /before its entry/);
  invalid('that ends within the map of a sparse file', map, /at 0, "x": 512 bytes, .* 1024/);
  invalid('with one block of zeros', after(file('x'), end.subarray(512)), /a single block of zeros at 1024/);
  invalid('of something else', Buffer.alloc(2_000, 'text '), /the header at 0: bad checksum/);
  invalid('with a bad checksum', after(file('x'), Buffer.from('y')), /the header at 1024: bad checksum/);

  invalid('with a size that is no number', bent(124, 'zzzzzzzzzzz\0'), /the entry at 0, "x": no valid size/);
  invalid('with a negative size', bent(124, '-0000000007\0'), /no valid size/);
  invalid('with a negative size of base 256', bent(124, '\xff'.repeat(12)), /no valid size/);
  invalid('with a size of 2^88', bent(124, `\x80${'\xff'.repeat(11)}`), /the header at 0: parsed number/);
  invalid('with a size of no base', bent(124, `\x90${'\xff'.repeat(11)}`), /the header at 0: invalid base256/);
  invalid('with a size of 2^53 - 1', sized('File', Number.MAX_SAFE_INTEGER), /at least 90071992547/);
  for (const size of ['-1', '1.5', '1e3', '0x10', ' 7', '9007199254740992', '99999999999999999', 'NaN', '٣'])
    invalid(`with a size of ${size} in PAX`, after(pax({ size })), /no valid size/);

  const records = ['9 path=xx\n', '99 path=x\n', '0 path=x\n', '-9 path=x\n', ' 9 path=x\n', '9 path=xx', '9path=xx\n'];
  for (const body of [...records, '5 =x\n', '5 xx\n', 'x', '\0', '1', '1 ', '2 \n'])
    invalid(
      `with PAX that is ${JSON.stringify(body)}`,
      after(entry({ path: 'p', type: 'ExtendedHeader' }, body)),
      /the extended header before 1024: no valid record at its byte 0/,
    );
  for (const key of ['path', 'linkpath', 'size', 'GNU.sparse.major'])
    invalid(
      `where all have one ${key}`,
      after(pax({ [key]: '1' }, 'GlobalExtendedHeader')),
      /a global header before 1024/,
    );
  invalid('with PAX of 1 GiB', sized('ExtendedHeader', 2 ** 30), /the extended header at 0: 1073741824 bytes/);
  invalid('with PAX of over 1 MiB', sized('ExtendedHeader', 2 ** 20 + 1), /1048577 bytes, .* at most 1048576 and/);
  invalid('with a name of 1 GiB', sized('NextFileHasLongPath', 2 ** 30), /1073741824 bytes/);
  invalid('with a target of 1 GiB', sized('NextFileHasLongLinkpath', 2 ** 30), /1073741824 bytes/);
  invalid('with a header of a negative size', bent(124, '\xff'.repeat(12), 'ExtendedHeader'), /-1 bytes/);
  invalid('with a name that is too long', after(pax({ path: 'x'.repeat(4_097) })), /4097 bytes, at most 4096/);
  invalid('with PAX again and again', after(pax({}), pax({})), /several headers of type ExtendedHeader before 1024/);
  const global = pax({}, 'GlobalExtendedHeader');
  invalid('with PAX for all again and again', after(global, global, global), /1536 in all/, { headerBytes: 1_535 });
  invalid('with names of old', after(sized('OldGnuLongPath', 0)), /obsolete/);
  invalid('with more entries than the limit', after(file('y'), link('y', 'x')), /more than 2 entries/, { entries: 2 });
  invalid('with more names than the limit', after(link('yy', 'xx')), /more than 4 bytes in all/, { nameBytes: 4 });

  test('when it becomes shorter while it is read', async () => {
    const bytes = file('x', 'content');
    await index(bytes);
    await assert.rejects(indexFile(join(root, 'a.tar'), bytes.length + 1_000), isInvalid(/shorter than 2024 bytes/));
  });

  test('but not when the disk fails', async () => {
    const failure = new Error('EIO: i/o error, read');
    const handle = { read: async () => Promise.reject(failure) };
    await assert.rejects(indexTar({ handle, size: 10_000 }, 'a.tar'), (err) => err === failure);
  });
});

describe('little is read', () => {
  async function reads(bytes: Buffer, most = Infinity): Promise<{ count: number; bytes: number }> {
    const all = { count: 0, bytes: 0 };
    const read = async (into: Buffer, offset: number, length: number, position: number) => {
      const bytesRead = bytes.copy(into, offset, position, position + Math.min(length, most));
      all.count++;
      all.bytes += bytesRead;
      return Promise.resolve({ bytesRead, buffer: into });
    };
    const { entries } = await indexTar({ handle: { read } as never, size: bytes.length }, 'a.tar');
    assert.equal(entries.size, 1_000);
    return all;
  }
  const files = (size: number): Buffer =>
    Buffer.concat([...Array.from({ length: 1_000 }, (_, i) => file(`x${i}`, 'x'.repeat(size))), end]);

  test('of an archive of large files', async () => {
    const { count, bytes } = await reads(files(100_000));
    assert.ok(count <= 1_001, `${count} reads`);
    assert.ok(bytes <= 1_002 * 16 * 1024, `${bytes} bytes`);
  });

  test('and seldom of an archive of small ones', async () => {
    const { count } = await reads(files(0));
    assert.ok(count <= 8, `${count} reads`);
  });

  test('and reads may give less than was asked for', async () => {
    assert.ok((await reads(files(0), 100)).count >= 5_120);
  });
});

test('whatever tar-stream packs is found where it lies', async () => {
  const name = fc.oneof(
    fc.stringMatching(/^[\w.-]{1,30}(\/[\w.-]{1,60}){0,6}$/),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 150 })
      .map((text) => text.replaceAll(/[\p{Cc}\uFFFD/]/gu, '_')),
  );
  const names = name.filter((path) => !path.split('/').some((part) => part === '.' || part === '..'));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(names, fc.uint8Array({ maxLength: 2_000 }))), async (files) => {
      const packing = pack();
      for (const [path, content] of files) packing.entry({ name: path }, Buffer.from(content));
      packing.finalize();
      const bytes = await buffer(packing);
      const { entries, ignored } = await index(bytes);
      const found = [...entries].map(([path, at]) => [path, contentIn(bytes, at).toString('hex')]);
      assert.deepEqual(
        Object.fromEntries(found),
        Object.fromEntries(files.map(([path, content]) => [path, Buffer.from(content).toString('hex')])),
      );
      assert.equal(ignored.size, 0);
    }),
    { numRuns: 150 },
  );
});

test('whatever is changed in an archive, it is invalid or its entries lie inside and have good names', async () => {
  const whole = Buffer.concat([
    file('oci-layout', '{}'),
    pax({ path: 'blobs/sha256/aa', mtime: '1.5', comment: 'x' }),
    file('aa', 'x'.repeat(700)),
    pax({ comment: 'x' }, 'GlobalExtendedHeader'),
    entry({ path: '@', type: 'NextFileHasLongPath' }, `${'d/'.repeat(100)}x\0`),
    file('long'),
    link('d/link', '../oci-layout'),
    hardLink('hard', 'oci-layout'),
    entry({ path: 'sparse', type: 'SparseFile' }, 'x', (block) => (block[482] = 1)),
    entry({ path: 'dir/', type: 'Directory' }),
    end,
  ]);
  const at = fc.nat(whole.length - 1);
  const changes = fc.oneof(
    fc.record({ at, flip: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ at, write: fc.constantFrom('/', '..', '\0', '../', '7', 'x', 'L', '2', '\x80', '\n', '12 path=/x\n') }),
    fc.record({ at, insert: fc.uint8Array({ maxLength: 600 }) }),
    fc.record({ at, remove: fc.integer({ min: 1, max: 1_024 }) }),
    fc.record({ at, truncate: fc.constant(true) }),
  );
  const apply = (
    bytes: Buffer,
    change: { at: number; flip?: number; write?: string; insert?: Uint8Array; remove?: number; truncate?: boolean },
  ): Buffer => {
    const { at: start, insert = '', remove = change.truncate ? Infinity : 0 } = change;
    const changed = Buffer.concat([
      bytes.subarray(0, start),
      Buffer.from(insert as string),
      bytes.subarray(start + remove),
    ]);
    if (start < changed.length) changed[start]! ^= change.flip ?? 0;
    changed.write(change.write ?? '', Math.min(start, changed.length), 'latin1');
    return changed;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 4 }), fc.boolean(), async (all, isSealed) => {
      const bytes = all.reduce(apply, whole);
      // Otherwise nearly all are told by their checksums.
      for (const change of isSealed ? all : []) {
        const block = bytes.subarray(change.at & ~511).subarray(0, 512);
        if (block.length === 512) seal(block);
      }
      const { entries } = await index(bytes).catch((err: unknown) => {
        isInvalid(/./)(err);
        return { entries: new Map<string, TarEntry>() };
      });
      for (const [path, { offset, size }] of entries) {
        assert.ok(offset >= 512 && size >= 0 && offset + size <= bytes.length);
        assert.doesNotMatch(path, /^$|^\/|\/$|\/\/|\0|(^|\/)\.\.?(\/|$)/);
      }
    }),
    { numRuns: 500 },
  );
});

test('a million entries are allowed', () => assert.equal(DEFAULT_TAR_LIMITS.entries, 1_000_000));
