/** Inputs on which people reported wrong answers elsewhere: what the functions make of them. The evidence among them: `evidence-forms.test.ts`. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { gaiwanHere } from '../../packages/cli/src/testing/run-here.ts';
import { builtins } from '../../packages/functions/src/index.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';

const reported = new URL('../../../shared/faults/', import.meta.url);
const present = existsSync(reported);
if (!present) console.warn('SKIPPED: shared/faults is not on this machine: inputs that were reported');

const read = (name: string) => readFileSync(new URL(name, reported));
const run = (name: string, args: Record<string, unknown>, inputs: Record<string, Uint8Array>) =>
  runFunction(builtins.get(name), args, inputs, { cut: 5 });

describe.skipIf(!present)('lists and tables', () => {
  const intersect = (a: string, b: string) =>
    run('builtin-private-set-intersect', { num_user: 2 }, { input_data0: read(a), input_data1: read(b) });

  it.each([
    ['psi-bom.txt', 'psi-plain.txt'],
    ['psi-cr-only.txt', 'psi-plain.txt'],
  ])('%s beside %s: both names are common', async (a, b) => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const { text, outputs } = await intersect(`csv/${one}`, `csv/${other}`);
      expect(text).toMatch(/^2 common items\n/);
      expect(outputs['output_data0']).toBe('ann\nbob\n');
    }
  });

  it('password.txt, passwords-bom.txt: the password is exposed', async () => {
    const inputs = { password: read('csv/password.txt'), exposed_passwords: read('csv/passwords-bom.txt') };
    expect((await run('builtin-password-check', {}, inputs)).text).toBe('true');
  });

  it('pairs-plain.txt: joins with itself behind a byte order mark', async () => {
    const plain = read('csv/pairs-plain.txt');
    const inputs = { input_data0: plain, input_data1: Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), plain]) };
    const { outputs } = await run('builtin-private-join-and-compute', { num_user: 2 }, inputs);
    expect(outputs['output_data0']).toBe('ann, 2\nbob, 4\n');
  });

  it('table.csv: joins with itself with the line ends of a Macintosh', async () => {
    const plain = read('csv/table.csv');
    const inputs = { input_data0: plain, input_data1: Buffer.from(plain.toString().replaceAll('\n', '\r')) };
    const args = { num_user: 2, key: ['id'], aggregates: ['sum(0.v)', 'sum(1.v)'] };
    const { text, outputs } = await run('builtin-join-aggregate', args, inputs);
    const rows = plain.toString().trimEnd().split('\n').slice(1);
    expect(text).toMatch(new RegExp(`^${rows.length} rows?\n`));
    expect(outputs['output_data0']).toBe(
      ['id,sum(0.v),sum(1.v)', ...rows.map((row) => row.replace(/,(.*)/, ',$1,$1')), ''].join('\n'),
    );
  });
});

describe.skipIf(!present)('models', () => {
  const predict = async (model: string, data: Uint8Array, args: Record<string, unknown> = {}) => {
    const inputs = { model_file: read(`onnx/${model}`), data_file: data };
    const { outputs } = await run('builtin-onnx-predict', { output: 'probabilities', ...args }, inputs);
    return (outputs['result_file'] ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => Number(line.split(',')[1]));
  };
  const right = (name: string) => read(`onnx/${name}`).toString().trimEnd().split('\n').map(Number);

  it.each([
    ['lr-nozip.onnx', 'x.csv', 'lr-expected.txt'],
    ['lr-fixed1.onnx', 'x.csv', 'lr-expected.txt'],
    ['xgb.onnx', 'xn.csv', 'xgb-expected.txt'],
  ])('%s on %s is %s to a millionth', async (model, data, expected) => {
    const found = await predict(model, read(`onnx/${data}`));
    const wanted = right(expected);
    expect(found.length).toBe(wanted.length);
    expect(Math.max(...found.map((one, i) => Math.abs(one - (wanted[i] ?? Number.NaN))))).toBeLessThan(1e-6);
  });

  it('empty-cell.csv: an empty cell is a missing value', async () => {
    const [found] = await predict('xgb.onnx', read('onnx/empty-cell.csv'));
    expect(found).toBeGreaterThan(0);
    expect([found]).toEqual(await predict('xgb.onnx', Buffer.from('1,nan,3\n')));
  });

  it('ir-14.onnx: refused with the versions that run', async () => {
    await expect(predict('ir-14.onnx', read('onnx/x.csv'))).rejects.toThrow(
      'it has IR version 14, and versions up to 13 run here. Save it again',
    );
  });

  it('lr-columns.onnx: its inputs are fed by name', async () => {
    const lines = read('onnx/x.csv').toString().trimEnd().split('\n');
    const turned = [
      'debt,age,income',
      ...lines.map((line) => line.replace(/(.*),(.*),(.*)/, '$3,$1,$2')),
      '',
    ];
    const found = await predict('lr-columns.onnx', Buffer.from(turned.join('\n')), { header: true });
    expect(found.length).toBe(lines.length);
    expect(found).toEqual(await predict('lr-columns.onnx', read('onnx/x.csv')));
  });
});

describe.skipIf(!present)('functions', () => {
  async function test(project: string): Promise<string> {
    // Read where they cannot be changed.
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-reported-'));
    try {
      cpSync(fileURLToPath(new URL(project, reported)), folder, { recursive: true });
      const { stdout, stderr } = await gaiwanHere(['function', 'test', folder, '--log']);
      return `${stdout.toString()}${stderr}`;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('js-streaming-decoder: no character is broken at the end of a chunk', async () => {
    expect(await test('js-streaming-decoder')).toMatch(/streamed 0, whole 0; equal true/);
  });

  it('python-stdlib: asyncio and pbkdf2_hmac are there; a time zone wants tzdata beside the function', async () => {
    expect(await test('python-stdlib')).toContain('ZoneInfoNotFoundError 07f5f5e2 5');
  });
});
