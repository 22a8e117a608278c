import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins, FunctionError } from '../index.ts';
import { columnDots, dot } from '../kernels/logistic/dot.ts';
import { runFunction } from '../testing/run.ts';

const base = { alg_alpha: 0.3, alg_iters: 100, feature_size: 2 };
const train = (data: string | Uint8Array, args: Record<string, unknown> = {}) =>
  runFunction(
    builtins.get('builtin-logistic-regression-train'),
    { ...base, ...args },
    { training_data: data },
    { cut: 999 },
  );
const predict = (model: string | Uint8Array, data: string | Uint8Array, args: Record<string, unknown> = {}) =>
  runFunction(builtins.get('builtin-logistic-regression-predict'), args, {
    model_file: model,
    data_file: data,
  });
const weights = async (data: string, args: Record<string, unknown>) =>
  JSON.parse((await train(data, args)).outputs['model_file'] as string).parameters as number[];

const fixtures = new URL('../../../../../shared/fixtures/functions/', import.meta.url);
it.skipIf(!existsSync(fixtures))(
  "gives Teaclave's model byte for byte (skipped: its files are not on this machine)",
  async () => {
    const ran = await train(readFileSync(new URL('lr_train.txt', fixtures)), { feature_size: 30 });
    expect(ran.text).toBe('Trained 100 lines of data.');
    expect(ran.outputs['model_file']).toBe(readFileSync(new URL('lr_expected_model.txt', fixtures), 'utf8'));
  },
);

describe('sums of products', () => {
  const pair = fc.tuple(
    fc.double({ min: -9, max: 9, noNaN: true }),
    fc.double({ min: -9, max: 9, noNaN: true }),
  );
  it('are added up as the contract says', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 40 }), (pairs) => {
        const products = pairs.map(([a, b]) => a * b);
        const whole = products.length - (products.length % 8);
        const p = [0, 0, 0, 0, 0, 0, 0, 0];
        for (let i = 0; i < whole; i++) p[i % 8] = (p[i % 8] as number) + (products[i] as number);
        let wanted = 0;
        for (const lane of [0, 4, 1, 5, 2, 6, 3, 7]) wanted += p[lane] as number;
        for (const product of products.slice(whole)) wanted += product;
        const [a, b] = [Float64Array.from(pairs, ([x]) => x), Float64Array.from(pairs, ([, x]) => x)];
        expect(dot(a, 0, b, pairs.length)).toBe(wanted);
        const into = new Float64Array(1);
        columnDots(a, b, into);
        expect(into[0]).toBe(wanted);
      }),
    );
  });
});

/** A table from weights, and noise that is always the same. */
function make(rows: number, w: readonly number[]): string {
  const lines: string[] = [];
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < rows; i++) {
    const x = w.slice(1).map(() => random() * 4 - 2);
    const margin = x.reduce((sum, value, c) => sum + value * (w[c + 1] as number), w[0] as number);
    lines.push(`${x.join(',')},${random() < 1 / (1 + Math.exp(-margin)) ? 1 : 0}`);
  }
  return lines.join('\n');
}

/** The gradient of the penalized loss, as it is written in books. */
function gradient(data: string, w: readonly number[], l2: number): number[] {
  const sums = w.map((weight, c) => (c === 0 ? 0 : l2 * weight));
  for (const line of data.split('\n')) {
    const row = line.split(',').map(Number);
    const x = [1, ...row.slice(0, -1)];
    const margin = x.reduce((sum, value, c) => sum + value * (w[c] as number), 0);
    const off = 1 / (1 + Math.exp(-margin)) - (row.at(-1) as number);
    for (const [c, value] of x.entries()) sums[c] = (sums[c] as number) + off * value;
  }
  return sums;
}

describe("Newton's method", () => {
  it.each([
    [50, 0],
    [3000, 0.5],
    [200_000, 10],
  ])('ends at the optimum of %i rows with l2 %d, where the gradient is 0', async (rows, l2) => {
    const data = make(rows, [0.4, -1, 0.5]);
    const found = await weights(data, { solver: 'newton', l2, tolerance: 1e-11 });
    for (const part of gradient(data, found, l2)) expect(Math.abs(part) / rows).toBeLessThan(1e-10);
  });

  it('leaves a sample that serves badly', async () => {
    // Every fifth row, of which the sample consists, has the second column at 0.
    const data = make(200_000, [0.4, -1, 0.5]).split('\n');
    const masked = data.map((line, i) => (i % 5 === 0 ? line.replace(/,.*,/, ',0,') : line)).join('\n');
    const found = await weights(masked, { solver: 'newton' });
    for (const part of gradient(masked, found, 0)) expect(Math.abs(part) / 200_000).toBeLessThan(1e-8);
  });

  it('says whether it has converged', async () => {
    const data = make(500, [0.4, -1, 0.5]);
    expect((await train(data, { solver: 'newton' })).log[0]).toMatch(/^Converged after \d iterations/);
    expect((await train(data, { solver: 'newton', alg_iters: 1 })).log[0]).toMatch(/^Not converged/);
  });

  it('takes names from a header', async () => {
    const data = make(100, [0.4, -1, 0.5]);
    const turned = data.split('\n').map((line) => line.split(',').toReversed().join(','));
    const named = await weights(`y,b,a\n${turned.join('\n')}`, {
      solver: 'newton',
      header: true,
      label: 'y',
    });
    const plain = await weights(data, { solver: 'newton' });
    expect(named[1]).toBeCloseTo(plain[2] as number, 7);
    expect(named[2]).toBeCloseTo(plain[1] as number, 7);
  });
});

describe('training refuses', () => {
  const newton = { solver: 'newton' };
  it.each<[string, string, Record<string, unknown>, string]>([
    ['a ragged row', '1,2,1\n1,0', {}, 'Data format error: column len = 2, expected = 3'],
    ['an empty line', '\n1,2,1', {}, 'Empty line'],
    ['a wrong number', '1,2,yes', {}, 'invalid float literal'],
    ['a blank', '1,2, 1', {}, 'invalid float literal'],
    ['a wrong number, with its place', '1,2,1\nx,2,1', newton, 'Row 2, column 1: invalid float literal'],
    ['NaN', '1,NaN,1', {}, 'Row 1, column 2: a finite number is wanted'],
    ['no rows', '', {}, 'no rows'],
    ['no rows', 'a,b,c\n', { ...newton, header: true }, 'no rows'],
    ['one class', '1,2,1\n2,2,1', newton, 'All labels are the same: both classes are needed.'],
    ['one row', '1,2,0', newton, 'All labels are the same'],
    ['other labels', '1,2,1\n2,2,2', newton, 'Row 2: the label must be 0 or 1.'],
    [
      'columns that depend on each other',
      '1,2,1\n2,4,0\n3,6,1\n5,10,0',
      newton,
      'Columns depend on each other',
    ],
    ['a step that is not above 0', '1,2,1', { alg_alpha: 0 }, '"alg_alpha" must be above 0'],
    [
      'steps that are too long',
      '1e200,2,1\n-1e200,2,0\n1e200,1,0',
      { alg_alpha: 1e200 },
      'smaller "alg_alpha"',
    ],
    ['values that are too large', '1e300,2,1\n-1e300,2,0\n1e300,1,0', newton, 'l2'],
    ['an argument of another type', '1,2,1', { alg_iters: 1.5 }, 'Cannot deserialize arguments'],
    ['an unknown solver', '1,2,1', { solver: 'lbfgs' }, '"solver" must be one of'],
    ['too many features', '1,2,1', { ...newton, feature_size: 5000 }, 'at most 4096'],
    ['a label without header', '1,2,1', { label: 'y' }, 'needs "header"'],
  ])('%s', async (_what, data, args, message) => {
    const refused = await train(data, args).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FunctionError);
    expect((refused as Error).message).toContain(message);
  });

  it('arbitrary bytes, or trains', async () => {
    const line = fc.stringMatching(/^[0-9.,e+-]{0,12}$/);
    const data = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(line).map((lines) => Buffer.from(lines.join('\n'))),
    );
    await fc.assert(
      fc.asyncProperty(data, fc.constantFrom('gradient-descent', 'newton'), async (bytes, solver) => {
        await train(bytes, { feature_size: 1, solver }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(FunctionError);
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('prediction', () => {
  const model = '{"alpha":0.3,"iters":9,"parameters":[0.5,-1.0]}';
  it('gives four decimals', async () => {
    const { text, outputs } = await predict(model, '0\n0.5\r\n-100\n100');
    expect(text).toBe('Predicted 4 lines of data.');
    expect(outputs['result_file']).toBe('0.6225\n0.5000\n1.0000\n0.0000\n');
    expect((await predict(model, '"x, y"\n0', { header: true })).outputs['result_file']).toBe(
      '0.6224593312018546\n',
    );
  });

  it.each([
    ['1,2', 'Data format error: column len = 2, expected = 1'],
    ['\n', 'Empty line'],
    ['x', 'invalid float literal'],
  ])('refuses %j', async (data, message) => {
    await expect(predict(model, data)).rejects.toThrow(message);
  });

  it.each([
    ['{"alpha":0,"iters":1,"parameters":[1]}', '`alpha` must be above 0'],
    ['{"alpha":1,"iters":1,"parameters":[]}', 'it has no parameters'],
    ['{"alpha":1,"iters":1,"parameters":[null]}', 'each of `parameters` must be a number'],
    ['{"alpha":1,"iters":1,"parameters":[1e999]}', 'too large'],
    ['{"alpha":1,"iters":-1,"parameters":[1]}', '`iters`'],
    ['{"alpha":1,"iters":1}', 'missing field `parameters`'],
    ['nonsense', 'is no JSON'],
  ])('refuses the model %s', async (text, message) => {
    await expect(predict(text, '1')).rejects.toThrow(message);
  });

  it('answers or refuses mutated models', async () => {
    const change = fc.tuple(fc.nat(model.length - 1), fc.nat(3), fc.string({ maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let text = model;
        for (const [at, length, insert] of changes)
          text = text.slice(0, at) + insert + text.slice(at + length);
        await predict(text, '1\n2').catch((error: unknown) => expect(error).toBeInstanceOf(FunctionError));
      }),
      { numRuns: 1000 },
    );
  });
});
