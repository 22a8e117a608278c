/** Models as Python's libraries export them: the same answers as from native ONNX Runtime. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { builtins } from '../../packages/functions/src/index.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { splitRecord } from '../../packages/functions/src/text/header.ts';
import { hasPython, python3 } from './support/python.ts';

interface Exported {
  readonly name: string;
  readonly args: Record<string, unknown>;
  /** Numbers, or the texts of what is no float. */
  readonly expected: readonly (readonly (number | string)[])[];
}

const script = fileURLToPath(new URL('onnx_models.py', import.meta.url));
const hasLibraries = hasPython('sklearn', 'skl2onnx', 'onnx', 'onnxruntime');
const folder = mkdtempSync(join(tmpdir(), 'gaiwan-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isNear = (found: string, expected: number | string | undefined): boolean =>
  typeof expected === 'number'
    ? Math.abs(Number(found) - expected) <= 1e-6 * Math.max(1, Math.abs(expected))
    : found === expected;

async function differences({ name, args, expected }: Exported): Promise<string[]> {
  const model_file = readFileSync(join(folder, `${name}.onnx`));
  const data_file = readFileSync(join(folder, `${name}.csv`));
  const answer = runFunction(
    builtins.get('builtin-onnx-predict'),
    args,
    { model_file, data_file },
    { cut: 1 << 16 },
  );
  const text = await answer.then(({ outputs }) => outputs['result_file'] ?? '', String);
  const lines = text.trimEnd().split('\n');
  if (lines.length !== expected.length) return [`${name}: ${text.slice(0, 200)}`];
  const wrong = lines.findIndex((line, row) => {
    const fields = splitRecord(line, ',') ?? [];
    return (
      fields.length !== expected[row]?.length || !fields.every((one, i) => isNear(one, expected[row]?.[i]))
    );
  });
  return wrong < 0 ? [] : [`${name}, row ${wrong + 1}: ${lines[wrong]} for ${expected[wrong]?.join(',')}`];
}

it.skipIf(!hasLibraries)(
  'answers as native ONNX Runtime to 1e-6 (skipped: python3 has no skl2onnx and onnxruntime here)',
  async () => {
    const { status, stdout, stderr } = python3([script, folder]);
    expect(status, stderr).toBe(0);
    // What the script above prints.
    const all = JSON.parse(stdout) as Exported[];
    console.log(`exported models: ${all.length}`);
    expect(all.length).toBeGreaterThan(40);
    const wrong: string[] = [];
    for (const one of all) wrong.push(...(await differences(one)));
    expect(wrong).toEqual([]);
  },
);
