/** Models as Python's libraries export them: the same answers as from native ONNX Runtime. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OnnxBench } from '../../packages/executors/src/testing/onnx.ts';
import { ONNXRUNTIME, sayOnnxruntimeSkipped } from '../../packages/executors/src/testing/onnxruntime.ts';
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

sayOnnxruntimeSkipped();

const script = fileURLToPath(new URL('onnx_models.py', import.meta.url));
const hasLibraries = hasPython('sklearn', 'skl2onnx', 'onnx', 'onnxruntime');
const folder = mkdtempSync(join(tmpdir(), 'gaiwan-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isNear = (found: string, expected: number | string | undefined): boolean =>
  typeof expected === 'number'
    ? Math.abs(Number(found) - expected) <= 1e-6 * Math.max(1, Math.abs(expected))
    : found === expected;

type Predict = (
  args: Record<string, unknown>,
  files: Readonly<Record<string, Uint8Array>>,
) => Promise<{ readonly csv: string; readonly text: string }>;

const inWebAssembly: Predict = async (args, files) => {
  const { outputs, text } = await runFunction(builtins.get('builtin-onnx-predict'), args, files, {
    cut: 1 << 16,
  });
  return { csv: outputs['result_file'] ?? '', text };
};

/** Numbers are compared as such. */
const cellOf = (field: string): number | string =>
  field !== '' && Number.isFinite(Number(field)) ? Number(field) : field;

const filesOf = ({ name }: Exported) => ({
  model_file: readFileSync(join(folder, `${name}.onnx`)),
  data_file: readFileSync(join(folder, `${name}.csv`)),
});

async function differences(one: Exported, predict: Predict): Promise<string[]> {
  return compare(one, await predict(one.args, filesOf(one)).then(({ csv }) => csv, String));
}

function compare({ name, expected }: Exported, text: string): string[] {
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

/** What the script of Python's libraries prints, and leaves in the folder. */
let exported: readonly Exported[] = [];
beforeAll(() => {
  if (!hasLibraries) return;
  const { status, stdout, stderr } = python3([script, folder]);
  expect(status, stderr).toBe(0);
  exported = JSON.parse(stdout) as Exported[];
  console.log(`exported models: ${exported.length}`);
});

it.skipIf(!hasLibraries)(
  'answers as native ONNX Runtime to 1e-6 (skipped: python3 has no skl2onnx and onnxruntime here)',
  async () => {
    expect(exported.length).toBeGreaterThan(40);
    const wrong: string[] = [];
    for (const one of exported) wrong.push(...(await differences(one, inWebAssembly)));
    expect(wrong).toEqual([]);
  },
);

it.skipIf(!hasLibraries || ONNXRUNTIME === undefined)(
  'on native code in a sandbox it answers the same to 1e-6 (skipped: no skl2onnx, or no onnxruntime-node)',
  async () => {
    const bench = await OnnxBench.open(`${ONNXRUNTIME}`);
    const natively: Predict = async (args, files) => {
      const { csv, text } = await bench.run(args, files);
      return { csv, text };
    };
    const wrong: string[] = [];
    try {
      for (const one of exported) {
        wrong.push(...(await differences(one, natively)));
        const files = filesOf(one);
        const [native, web] = [await natively(one.args, files), await inWebAssembly(one.args, files)];
        if (native.text !== web.text) wrong.push(`${one.name}: ${native.text} for ${web.text}`);
        const lines = web.csv
          .trimEnd()
          .split('\n')
          .map((line) => splitRecord(line, ',') ?? []);
        const expected = lines.map((fields) => fields.map(cellOf));
        wrong.push(...compare({ ...one, expected }, native.csv));
      }
    } finally {
      await bench.close();
    }
    expect(wrong).toEqual([]);
  },
);
