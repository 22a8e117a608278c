import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject } from '../json/scan.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { type JsonNode, walkJson } from './walk.ts';

function visited(json: string, takes: (node: JsonNode) => boolean = () => false): JsonNode[] {
  const nodes: JsonNode[] = [];
  walkJson(json, (node) => {
    nodes.push(node);
    return takes(node);
  });
  return nodes;
}

describe('a walk through JSON', () => {
  it('shows every value where it stands, with its exact text', () => {
    const nodes = visited('{"a": [1, {"b c":"x"}] , "d":{ "e" : 1.0 }}');
    expect(nodes.map((node) => node.path())).toEqual(['', 'a', 'a[0]', 'a[1]', 'a[1].b c', 'd', 'd.e']);
    expect(nodes.map((node) => node.text())).toEqual([
      '{"a": [1, {"b c":"x"}] , "d":{ "e" : 1.0 }}',
      '[1, {"b c":"x"}]',
      '1',
      '{"b c":"x"}',
      '"x"',
      '{ "e" : 1.0 }',
      '1.0',
    ]);
  });

  it('tells the last step of the way: a name, an index, nothing for the document itself', () => {
    const nodes = visited('{"a.b":[{"":1}],"t":"[2.5]"}');
    expect(nodes.map(({ step }) => step)).toEqual([undefined, 'a.b', 0, '', 't', 't', 0]);
  });

  it('no name makes a place longer than people read', () => {
    const long = 'n'.repeat(100_000);
    const deep = JSON.parse(`${`{"${'m'.repeat(100)}":`.repeat(10)}1${'}'.repeat(10)}`) as unknown;
    const nodes = visited(JSON.stringify({ [long]: ['a', 'b'], deep }));
    expect(nodes.map((node) => node.path()).slice(0, 3)).toEqual([
      '',
      `${'n'.repeat(256)}…`,
      `${'n'.repeat(256)}…`,
    ]);
    for (const node of nodes) expect(node.path().length).toBeLessThanOrEqual(257);
  });

  it('goes into documents inside texts, and not into what was taken', () => {
    const inner = '{"x" : [ {"y": 2} ]}';
    const json = JSON.stringify({
      text: inner,
      base64: Buffer.from(inner).toString('base64'),
      left: { x: 1 },
    });
    const nodes = visited(json, ({ step }) => step === 'left');
    expect(nodes.map((node) => node.path())).toEqual([
      '',
      'text',
      'text',
      'text.x',
      'text.x[0]',
      'text.x[0].y',
      'base64',
      'base64',
      'base64.x',
      'base64.x[0]',
      'base64.x[0].y',
      'left',
    ]);
    expect(nodes.filter((node) => node.path() === 'text.x').map((node) => node.text())).toEqual([
      '[ {"y": 2} ]',
    ]);
  });

  it('lists of bytes are values; lists of anything else are lists', () => {
    expect(visited('{"a":[0,255],"b":[0,256],"c":[]}').map((node) => node.path())).toEqual([
      '',
      'a',
      'b',
      'b[0]',
      'b[1]',
      'c',
    ]);
  });

  it('the text of any value of any document is that value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(2), (value, spaces) => {
        walkJson(JSON.stringify(value, undefined, spaces), (node) => {
          // What stands in a text has the place of the text.
          if (isObject(node.value)) expect(JSON.parse(node.text())).toEqual(node.value);
          return typeof node.value === 'string';
        });
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a name that stands twice where exact text is asked for, and what is too long', () => {
    const [, twice] = visited('{"a":1,"a":2}');
    expect(() => twice?.text()).toThrow(Refusal);
    expect(() => walkJson(`"${'x'.repeat(limits.envelope.value)}"`, () => true)).toThrow(Refusal);
    const many = JSON.stringify(Array.from({ length: limits.envelopeValues.value }, () => 'x'));
    expect(() => visited(many)).toThrow('more than');
    expect(() => visited(JSON.stringify({ inside: many }))).toThrow('more than');
  });
});
