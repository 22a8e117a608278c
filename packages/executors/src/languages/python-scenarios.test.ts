/** Scenarios 9 to 12 of the acceptance table, with payloads and data of our own, as an executor sees them. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, EXECUTORS, hasPython3, PythonBench, saySkipped } from '../testing/python.ts';

saySkipped();

const payload = (name: string) =>
  readFileSync(new URL(`../testing/payloads/${name}.py`, import.meta.url), 'utf8');

/** Label 1 where x + 2y > 1.5, roughly. */
const TRAINING = [
  '0.1,0.2,0',
  '0.9,0.9,1',
  '0.4,0.3,0',
  '0.8,0.6,1',
  '0.2,0.9,1',
  '0.7,0.1,0',
  '0.5,0.8,1',
  '0.3,0.1,0',
  '1.0,0.5,1',
  '0.0,0.4,0',
  '0.6,0.7,1',
  '0.9,0.0,0',
].join('\n'); // prettier-ignore
const QUESTIONS = '0.7,0.9\n0.9,0.7\n0.2,0.2\n0.5,0.1\n0.1,0.0\n';

describe.each(EXECUTORS)('python/%s', (name) => {
  const missing = name === 'cpython' && !hasPython3;
  const bench = new PythonBench(name);
  beforeAll(async () => {
    if (!missing) await bench.open();
  });
  afterAll(async () => {
    if (!missing) expect(await bench.close()).toEqual([]);
  });
  const scenario = it.skipIf(missing);
  /** Those that need nothing of a task. */
  let ended: ReadonlyMap<string, Ended>;
  beforeAll(async () => {
    if (missing) return;
    ({ ended } = await bench.table(
      new Map([
        ['9: echo, without its argument', { payload: payload('echo'), args: { text: '' } }],
        ['11: no input at all', { payload: payload('optional_files') }],
      ]),
    ));
  });
  scenario.each([
    ['9: echo, without its argument', 'MESAPY_EXEC_ERROR'],
    ['11: no input at all', 'input_data1 does not exist'],
  ])('%s', (name, text) => {
    expect(ended.get(name)).toEqual({ text });
  });

  scenario('9: echo', async () => {
    const args = { message: 'Hello, Teaclave!' };
    expect((await bench.run(payload('echo'), { args })).text).toBe('Hello, Teaclave!');
  });

  scenario('10: logistic regression; outputs of one task are inputs of the next', async () => {
    const common = { columns: '2', input: 'data', threshold: 0.5 };
    const trained = await bench.run(payload('logistic_reg'), {
      args: { ...common, operation: 'train' },
      inputs: { data: TRAINING },
      outputs: ['params', 'scaler'],
      limits: { timeMs: 60_000, cpuMs: 60_000 },
    });
    expect([trained.text, trained.log]).toEqual(['Training is finished!', '']);
    const { params = '', scaler = '' } = trained.outputs;
    const predicted = await bench.run(payload('logistic_reg'), {
      args: { ...common, operation: 'predict' },
      inputs: {
        data: QUESTIONS,
        params: Buffer.from(params, 'latin1'),
        scaler: Buffer.from(scaler, 'latin1'),
      },
    });
    expect(predicted.text).toBe('[1.0 1.0 0.0 0.0 0.0]');
    // Python 2's marshal: a dict, its keys as byte strings, two float64 as a byte string of 16.
    expect(Buffer.from(scaler, 'latin1').subarray(0, 14).toString('latin1')).toBe(
      '{s\x03\0\0\0lows\x10\0\0\0',
    );
  });

  scenario('11: optional inputs', async () => {
    const line = async (inputs: Record<string, string>) =>
      (await bench.run(payload('optional_files'), { inputs })).text;
    expect(await line({ input_data1: 'one,1\ntwo\n' })).toBe('one,1\n');
    expect(await line({ input_data1: 'one\n', input_data2: 'two\nthree' })).toBe('two\n');
  });

  scenario('12: an endless loop is cancelled at once, and the executor goes on', async () => {
    const abort = new AbortController();
    // oxlint-disable-next-line tests/no-sleep -- at any moment
    setTimeout(() => abort.abort(), 1000);
    const failed = await bench.failure(payload('endless'), { signal: abort.signal });
    expect(failed.code).toBe('canceled');
    expect((await bench.run(payload('echo'), { args: { message: 'next' } })).text).toBe('next');
  });
});
