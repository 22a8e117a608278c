/** The example in Python: its own test, and itself in the sandbox. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPython3, PYTHON3, PythonBench, saySkipped } from '../testing/python.ts';

saySkipped();

const EXAMPLE = join(import.meta.dirname, '../../../../examples/functions/python');

describe('examples/functions/python', () => {
  const bench = new PythonBench('mesapy');
  beforeAll(() => bench.open());
  afterAll(async () => expect(await bench.close()).toEqual([]));

  it.skipIf(!hasPython3)('its own test passes', () => {
    const { status, stderr } = spawnSync(PYTHON3, ['-B', '-m', 'unittest'], { cwd: EXAMPLE });
    expect([status, stderr.toString()]).toEqual([0, expect.stringContaining('Ran 3 tests')]);
  });

  it('runs in the sandbox', async () => {
    const { text, outputs } = await bench.run(readFileSync(join(EXAMPLE, 'main.py')), {
      args: { min_loans: 2 },
      inputs: { loans: 'branch,amount\r\n"north, old",1\r\nsouth,2.5\r\n"north, old",3\r\n' },
      outputs: ['report'],
    });
    expect(JSON.parse(text)).toEqual({ branches: 1, withheld: 1 });
    expect(outputs['report']).toBe('branch,loans,mean,deviation\n"north, old",2,2.00,1.41\n');
  });

  it('fails with the row and its own lines', async () => {
    const { code, message } = await bench.failure(readFileSync(join(EXAMPLE, 'main.py')), {
      args: { min_loans: 2 },
      inputs: { loans: 'branch,amount\nx,one\n' },
      outputs: ['report'],
    });
    expect(code).toBe('function');
    expect(message).toMatch(
      /^ValueError: row 2: the amount 'one' is no number\n {2}main.py, line \d+, in main\n {2}main.py/,
    );
  });
});
