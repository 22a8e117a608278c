import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins, FunctionError } from '../index.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';

const exampleModel = String(builtins.get('builtin-gbdt-predict')?.entry.example.inputs?.['model_file']);

const predict = (model: string | Uint8Array, data: string | Uint8Array, args: Record<string, unknown> = {}) =>
  runFunction(builtins.get('builtin-gbdt-predict'), args, { model_file: model, data_file: data });

describe('prediction', () => {
  it('ignores unknown arguments, as Teaclave does, and refuses them beside ours', async () => {
    const { text, log } = await predict(exampleModel, '0.5,7\n', { note: 1 });
    expect([text, log]).toEqual([
      'Predict result has 1 lines of data.',
      ['There is no argument "note": it is ignored.'],
    ]);
    await expect(predict(exampleModel, '0.5,7\n', { note: 1, header: true })).rejects.toThrow('"note"');
    await expect(predict(exampleModel, '0.5,7\n', { extra_column: 'ignore' })).rejects.toThrow('no argument');
  });

  it('trims blanks', async () => {
    const { text, outputs } = await predict(exampleModel, ' 0.5 ,7\n\t2,1\n');
    expect(text).toBe('Predict result has 2 lines of data.');
    expect(outputs['result_file']).toBe('1.0000000000\n3.0000000000\n');
  });

  it('S3: refuses missing values where the model has not learned where they go, and infinities always', async () => {
    for (const data of ['1,1\nnan,1', '1,1\n1,NaN', '1,1\ninf,1', '1,1\n1e39,1']) {
      await expect(predict(exampleModel, data)).rejects.toThrow(
        /^Row 2, column \d: a finite number is wanted/,
      );
    }
    const learned = exampleModel.replace('"missing":0', '"missing":-1');
    expect((await predict(learned, 'nan,1\n ,1\n2,nan\n')).outputs['result_file']).toBe(
      '1.0000000000\n1.0000000000\n3.0000000000\n',
    );
    await expect(predict(learned, '1,1\n-inf,1')).rejects.toThrow('Row 2, column 1: a finite number');
  });

  it.each(['0.9,1,2', '2,1,2,3'])(
    'ignores further columns of a model and a call of Teaclave: %s',
    async (row) => {
      const wanted = row.startsWith('2') ? '3.0000000000\n' : '1.0000000000\n';
      const { outputs, text, log } = await predict(exampleModel, `${row}\n${row},7\n0,0\n`);
      expect(outputs['result_file']).toBe(`${wanted}${wanted}1.0000000000\n`);
      expect(text).toBe('Predict result has 3 lines of data.');
      expect(log).toEqual([
        `Rows have up to ${row.split(',').length - 1} columns more than the 2 that the model was trained on: they were ignored.`,
      ]);
      const { outputs: ours, text: told } = await predict(exampleModel, `${row}\n`, {
        extra_columns: 'ignore',
      });
      expect(Number(ours['result_file'])).toBe(Number(wanted));
      expect(JSON.parse(told)).toMatchObject({
        rows: 1,
        columns_by: 'position',
        ignored_columns: row.split(',').length - 2,
      });
      const named = `${['a', 'b', 'c', 'd'].slice(0, row.split(',').length).join(',')}\n${row}\n`;
      const byHeader = await predict(exampleModel, named, { header: true, extra_columns: 'ignore' });
      expect(Number(byHeader.outputs['result_file'])).toBe(Number(wanted));
      expect((await predict(exampleModel, '0,0\n')).log).toEqual([]);
      await expect(predict(exampleModel, `${row},x\n`)).rejects.toThrow('invalid float literal');
    },
  );

  it.each(['0.9', '0.9,1,2', '0.9,1,2,3'])('S2: refuses another number of columns: %s', async (row) => {
    const count = row.split(',').length;
    const text = `column len = ${count}, expected = 2`;
    if (count < 2) await expect(predict(exampleModel, row)).rejects.toThrow(`Data format error: ${text}`);
    await expect(predict(exampleModel, row, { extra_columns: 'refuse' })).rejects.toThrow(text);
    const names = ['a', 'b', 'c', 'd'].slice(0, count).join(',');
    await expect(predict(exampleModel, `${names}\n${row}`, { header: true })).rejects.toThrow(
      `The data have ${count} columns, and the model was trained on 2.`,
    );
  });

  it('takes missing values where the model says', async () => {
    const missing = '-3.4028235e38,1\n';
    for (const [way, result] of [
      [-1, '1.0000000000\n'],
      [0, '2.0000000000\n'],
      [1, '3.0000000000\n'],
    ] as const) {
      const model = exampleModel.replace('"missing":0', `"missing":${way}`);
      expect((await predict(model, missing)).outputs['result_file']).toBe(result);
    }
  });

  it.each([
    ['SquaredError', '3.0000000000\n'],
    ['BinaryLogistic', '0.9525741339\n'],
    ['RegLogistic', '0.9525741339\n'],
    ['LogLikelyhood', '0.9975274205\n'],
    ['RankPairwise', '3.0000000000\n'],
  ])('of %s', async (loss, result) => {
    const model = exampleModel.replace('SquaredError', loss);
    expect((await predict(model, '2,0')).outputs['result_file']).toBe(result);
  });

  it.each([
    ['an empty line', '1,2\n\n', 'Empty line'],
    ['a blank line', '1,2\n  \n', 'Empty line'],
    ['an empty feature', '1, ', 'Empty feature'],
    ['a wrong number', '1,abc', 'invalid float literal'],
  ])('refuses %s', async (_what, data, message) => {
    await expect(predict(exampleModel, data)).rejects.toThrow(message);
  });

  it.each<[string, (model: string) => string, string]>([
    ['no JSON', () => '{', 'is no JSON.'],
    [
      'little but objects',
      (m) => m.replace('"trees":[', `"trees":[${'{},'.repeat(1000)}`),
      'too many objects',
    ],
    ['no object', () => '[]', 'must be an object'],
    ['nothing', () => '{}', 'missing field `conf`'],
    ['too few trees', (m) => m.replace('"iterations":1', '"iterations":2'), '`iterations` says 2'],
    ['a circle', (m) => m.replace('"left":1', '"left":0'), 'does not come after it'],
    ['a child outside', (m) => m.replace('"right":2', '"right":3'), '`right` must be an integer from 0 to 2'],
    ['a feature outside', (m) => m.replace('"feature_index":0', '"feature_index":2'), '`feature_index`'],
    ['an empty tree', (m) => m.replace(/"tree":\[.*\]\},/, '"tree":[]},'), 'a tree has no nodes'],
    ['null', (m) => m.replace('"bias":2.0', '"bias":null'), '`bias` must be a number'],
    ['too much for 32 bits', (m) => m.replace('"bias":2.0', '"bias":1e300'), 'too large for 32 bits'],
    ['an unknown loss', (m) => m.replace('SquaredError', 'Other'), '`loss`'],
    ['a deep nest', () => '['.repeat(200_000), 'nested deeper than 8'],
  ])('refuses a model with %s', async (_what, change, message) => {
    const refused = await predict(change(exampleModel), '1,2').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FunctionError);
    expect((refused as Error).message).toContain(message);
  });

  it('M6: says of a model of XGBoost or LightGBM what it is, and how it runs', async () => {
    const learner =
      '"learner":{"gradient_booster":{"model":{"trees":[]}},"objective":{"name":"reg:squarederror"}}';
    for (const model of [`{${learner},"version":[3,2,0]}`, `{"version":[3,2,0],${learner}}`]) {
      await expect(predict(model, '1,2')).rejects.toThrow(
        'it is a model of XGBoost: export it as ONNX, and give it to builtin-onnx-predict',
      );
    }
    await expect(predict('tree\nversion=v4\nnum_class=1\n', '1,2')).rejects.toThrow(
      'it is a model of LightGBM: export it as ONNX, and give it to builtin-onnx-predict',
    );
  });

  it('refuses a model that is not UTF-8, and too few features', async () => {
    await expect(predict(Uint8Array.of(0xff), '1')).rejects.toThrow('not UTF-8');
    const second = exampleModel.replace('"feature_index":0', '"feature_index":1');
    await expect(predict(second, '1')).rejects.toThrow('Data format error: column len = 1, expected = 2');
  });

  it('answers or refuses mutated models', async () => {
    const bytes = Buffer.from(exampleModel);
    const change = fc.tuple(
      fc.nat(bytes.length - 1),
      fc.nat(3),
      fc.string({ maxLength: 3, unit: fc.constantFrom(...'0123456789-.e,:{}[]"'.split('')) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let model = exampleModel;
        for (const [at, length, text] of changes)
          model = model.slice(0, at) + text + model.slice(at + length);
        await predict(model, '1,2\n0,0').catch((error: unknown) =>
          expect(error).toBeInstanceOf(FunctionError),
        );
      }),
      { numRuns: runs(700) },
    );
  });
});
