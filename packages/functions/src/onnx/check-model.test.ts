import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runs } from '../testing/runs.ts';
import { checkModel } from './check-model.ts';
import { readModelFile } from './model-file.ts';
import { FieldBudget, fieldsOf } from './protobuf.ts';
import { Session } from './session.ts';
import { type Field, type Graph, message, type Node, writeModel } from './write.ts';
import { withoutMaps } from './zip-map.ts';

const graph: Graph = {
  nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
  inputs: [{ name: 'x', dims: ['n', 1] }],
  outputs: [{ name: 'y', dims: ['n', 1] }],
};
const check = (more: Partial<Graph>) => checkModel(readModelFile(writeModel({ ...graph, ...more })));

describe('E1, M5: versions', () => {
  it.each<[string, Partial<Graph>, Partial<Graph>, string]>([
    [
      'IR',
      { irVersion: 13 },
      { irVersion: 14 },
      'it has IR version 14, and versions up to 13 run here. Save it again',
    ],
    [
      'the opset',
      { domains: { '': 26 } },
      { domains: { '': 27 } },
      'it wants opset 27 of ai.onnx, and opsets up to 26',
    ],
    [
      'the opset of ai.onnx.ml',
      { domains: { 'ai.onnx.ml': 5 } },
      { domains: { 'ai.onnx.ml': 6 } },
      'it wants opset 6 of ai.onnx.ml, and opsets up to 5',
    ],
  ])(
    '%s: the last one runs, the next one is refused with what to do',
    async (_what, last, next, message_) => {
      check(last);
      using session = await Session.open(writeModel({ ...graph, ...last }), {});
      expect(session.inputs.length).toBe(1);
      expect(() => check(next)).toThrow(message_);
      // What we refuse is what the runtime refuses: else the limits are to be raised.
      await expect(Session.open(writeModel({ ...graph, ...next }), {})).rejects.toThrow(
        'The model cannot be loaded',
      );
    },
  );
});

describe('a tensor in another file', () => {
  const outside = message([
    [8, 'w'],
    [14, 1],
  ]);
  const constant = message([
    [2, 'w'],
    [4, 'Constant'],
    [
      5,
      message([
        [1, 'value'],
        [5, outside],
      ]),
    ],
  ]);
  const branch = (graph_: Uint8Array) =>
    message([
      [4, 'If'],
      [
        5,
        message([
          [1, 'then_branch'],
          [6, graph_],
        ]),
      ],
    ]);

  it.each<[string, Field]>([
    ['of the graph', [5, outside]],
    ['of a branch', [1, branch(message([[5, outside]]))]],
    ['of a Constant', [1, constant]],
    ['of a Constant in a branch', [1, branch(message([[1, constant]]))]],
  ])('is refused with what to do: %s', (_where, field) => {
    const model = readModelFile(message([[7, message([field])]]));
    expect(() => checkModel(model)).toThrow('its tensor "w" is in another file. Save it as one file');
  });
});

describe('S7: random numbers', () => {
  const random: Node = { op: 'RandomNormalLike', inputs: ['x'], output: 'y' };

  it('are refused without a seed, also where they are drawn in a branch', () => {
    expect(() => check({ nodes: [random] })).toThrow('draws random numbers (RandomNormalLike)');
    check({ nodes: [{ ...random, attributes: { seed: { float: 1 } } }] });
    check({ nodes: [{ ...random, domain: 'com.example' }] });
    const dropout = (training: string): Node => ({ op: 'Dropout', inputs: ['x', '', training], output: 'y' });
    const switches = {
      initializers: [
        { name: 'on', dims: [], data: [true] },
        { name: 'off', dims: [], data: [false] },
      ],
    };
    check({ nodes: [dropout('off')], ...switches });
    check({ nodes: [dropout('')] });
    expect(() => check({ nodes: [dropout('on')], ...switches })).toThrow('draws random numbers (Dropout)');
    expect(() => check({ nodes: [dropout('x')] })).toThrow('draws random numbers (Dropout)');
    // An attribute with a graph (field 6) around the whole graph of another model.
    const inside = Buffer.from(writeModel({ ...graph, nodes: [random] }));
    const [branch] = [...fields(inside)].filter(({ number }) => number === 7).map(({ bytes }) => bytes);
    const attribute = message([
      [1, 'then_branch'],
      [6, branch ?? ''],
      [20, 5],
    ]);
    const outer = message([
      [
        7,
        message([
          [
            1,
            message([
              [4, 'If'],
              [5, attribute],
            ]),
          ],
        ]),
      ],
    ]);
    expect(() => checkModel(readModelFile(outer))).toThrow('draws random numbers (RandomNormalLike)');
  });
});

const fields = (bytes: Uint8Array) => fieldsOf(bytes, new FieldBudget());

describe("reading strangers' models", () => {
  const maps: Graph = {
    nodes: [
      ...graph.nodes,
      {
        op: 'ZipMap',
        domain: 'ai.onnx.ml',
        inputs: ['y'],
        output: 'z',
        attributes: { classlabels_strings: { strings: ['a'] } },
      },
    ],
    inputs: graph.inputs,
    outputs: [{ name: 'z', dims: [], mapFrom: 8 }],
    domains: { 'ai.onnx.ml': 1 },
    initializers: [{ name: 'w', dims: [2], data: BigInt64Array.of(1n, -1n) }],
  };

  it('reads what was written', () => {
    const model = readModelFile(writeModel(maps));
    expect(model).toMatchObject({
      irVersion: 8,
      opsets: new Map([
        ['', 13],
        ['ai.onnx.ml', 1],
      ]),
    });
    expect(model.graph.nodes.map(({ op, domain, inputs, outputs }) => [op, domain, inputs, outputs])).toEqual(
      [
        ['Identity', '', ['x'], ['y']],
        ['ZipMap', 'ai.onnx.ml', ['y'], ['z']],
      ],
    );
    expect(model.graph.tensors).toEqual([{ name: 'w', dims: [2], ints: [1, -1], isExternal: false }]);
    const { bytes, classes } = withoutMaps(model);
    expect(classes).toEqual(new Map([['z', ['a']]]));
    const again = readModelFile(bytes);
    expect(again.graph.nodes.map(({ op, outputs }) => [op, outputs])).toEqual([
      ['Identity', ['y']],
      ['Identity', ['z']],
    ]);
    // Of what has no maps, nothing is changed.
    expect(withoutMaps(again).bytes).toBe(bytes);
  });

  it('gives a model or a refusal for any bytes, and for any change of a model', () => {
    const valid = writeModel(maps);
    const change = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const altered = change.map((changes) => {
      const bytes = Uint8Array.from(valid);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
    const cut = fc.nat(valid.length - 1).map((length) => valid.subarray(0, length));
    fc.assert(
      fc.property(fc.oneof(altered, cut, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          const model = readModelFile(bytes);
          checkModel(model);
          withoutMaps(model);
        } catch (error) {
          expect(error).toBeInstanceOf(FunctionError);
        }
      }),
      { numRuns: runs(5000) },
    );
  });

  it('does not hold a file of a million empty operators', () => {
    const nodes = Buffer.alloc(3 << 20, Uint8Array.of(0x0a, 0));
    const model = Buffer.concat([message([[1, 8]]), message([[7, nodes]])]);
    expect(() => readModelFile(model)).toThrow(
      'more than 1048576 operators, names, tensors and numbers of lists',
    );
  });

  it('does not hold lists of a million numbers, however they are cut into fields and attributes', () => {
    const half = new Uint8Array((1 << 19) + 1);
    const zipMap = (attributes: readonly Uint8Array[]) =>
      message([
        [2, `z${attributes.length}`],
        [4, 'ZipMap'],
        [7, 'ai.onnx.ml'],
        ...attributes.map((one): Field => [5, one]),
      ]);
    const labels = (lists: readonly Uint8Array[]) =>
      message([[1, 'classlabels_int64s'], ...lists.map((one): Field => [8, one])]);
    const classesOf = (...nodes: readonly Uint8Array[]) =>
      withoutMaps(readModelFile(message([[7, message(nodes.map((node): Field => [1, node]))]]))).classes;
    expect(classesOf(zipMap([labels([half])])).get('z1')?.length).toBe(half.length);
    const refusal = 'more than 1048576 operators, names, tensors and numbers of lists';
    expect(() => classesOf(zipMap([labels([half, half])]))).toThrow(refusal);
    expect(() => classesOf(zipMap([labels([half])]), zipMap([labels([half])]))).toThrow(refusal);
  });

  it('does not follow subgraphs forever', () => {
    let inner: Uint8Array = message([[2, 'graph']]);
    for (let depth = 0; depth < 40; depth++)
      inner = message([
        [
          1,
          message([
            [
              5,
              message([
                [1, 'body'],
                [6, inner],
              ]),
            ],
          ]),
        ],
      ]);
    expect(() => readModelFile(message([[7, inner]]))).toThrow('in more than 16 levels');
  });
});
