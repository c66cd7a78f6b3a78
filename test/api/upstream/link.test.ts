import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseNextLink } from '../../../api/upstream/link.ts';

describe('UP22 Link', () => {
  const cases: readonly [header: string | undefined, target: string | undefined][] = [
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', '/v2/a/tags/list?n=2&last=b'],
    ['<https://r.example/v2/a/tags/list?last=b>;rel=next', 'https://r.example/v2/a/tags/list?last=b'],
    ['</a>; rel="prev", </b>; rel="next"', '/b'],
    ['</a,b;c>; title="x; rel=next, <y>"; rel="last next"', '/a,b;c'],
    ['</a>; REL=NEXT', '/a'],
    ['<>; rel=next', ''],
    ['</a>', undefined],
    ['</a>; rel="nextish"', undefined],
    ['/a; rel=next', undefined],
    ['garbage', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [header, target] of cases) {
    test(`${header ?? 'none'} leads to ${target ?? 'nowhere'}`, () => assert.equal(parseNextLink(header), target));
  }

  test('gives the target that it was made of, whatever stands around', () => {
    const target = fc.webPath().map((path) => `${path}?last=x`);
    const other = fc.constantFrom('', '</x>; rel="prev", ', '</y>; title="a \\" > , b", ');
    const params = fc.constantFrom('rel=next', 'rel="next"', 'title="q,;"; rel="first next"', 'a; rel = next');
    fc.assert(
      fc.property(target, other, params, (path, before, after) => {
        assert.equal(parseNextLink(`${before}<${path}>; ${after}`), path);
      }),
    );
  });

  test('of any other text is no error', () => {
    const piece = fc.oneof(fc.constantFrom('<', '>', ';', ',', 'rel', '=', '"', '\\', ' ', 'next'), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const target = parseNextLink(pieces.join(''));
        assert.ok(target === undefined || pieces.join('').includes(`<${target}>`));
      }),
    );
  });
});
