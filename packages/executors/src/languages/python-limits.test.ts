/** Limits, on both interpreters: the one that is exceeded is named, and the next job is right. */
import type { RunLimits } from '@gaiwan/protocol/executor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

saySkipped();

import {
  afterHonestWork,
  body,
  EXECUTORS,
  HONEST_INPUTS,
  hasPython3,
  PythonBench,
  saySkipped,
} from '../testing/python.ts';

describe.each(EXECUTORS)('python/%s', (name) => {
  const missing = name === 'cpython' && !hasPython3;
  const bench = new PythonBench(name);
  beforeAll(async () => {
    if (!missing) await bench.open();
  });
  afterAll(async () => {
    if (!missing) expect(await bench.close()).toEqual([]);
  });
  // Each works honestly first, which tells that the one before it left no burden.
  const inputs = HONEST_INPUTS;
  afterAll(async () => {
    if (!missing) expect((await bench.run(body(afterHonestWork('return 42')), { inputs })).text).toBe('42');
  });

  const functions: Readonly<Record<string, readonly (readonly [string, Partial<RunLimits>])[]>> = {
    'time-limit': [
      ['while True: pass', { timeMs: 300 }],
      ['import time\ntime.sleep(60)', { timeMs: 300 }],
      ['import re\nre.match("(a+)+b", "a" * 60)', { timeMs: 300 }],
    ],
    'cpu-limit': [['while True: pass', { cpuMs: 300 }]],
    'memory-limit': [
      ['x = []\nwhile True: x.append("a" * 4096 + str(len(x)))', { memoryMiB: 64 }],
      ['return len(bytes(300 << 20))', { memoryMiB: 64 }],
      ['return len(b"x" * 10 ** 9)', { memoryMiB: 64 }],
    ],
    'output-limit': [
      ['while True: outputs["o"].write(bytes(1 << 16))', { outputBytes: 1 << 20 }],
      ['return "x" * 2_000_000', { outputBytes: 1 << 20 }],
      // Far beyond what one frame takes.
      ['return "x" * (40 << 20)', { outputBytes: 1 << 30, memoryMiB: 512 }],
    ],
    'log-limit': [
      ['while True: print("x" * 1000)', { logBytes: 10_000 }],
      ['import os\nwhile True: os.write(2, b"x" * 1000)', { logBytes: 10_000 }],
    ],
  };
  describe.skipIf(missing).each(Object.entries(functions))('%s', (expected, cases) => {
    it.each(cases)('%s', async (code, limits) => {
      const job = { inputs, outputs: ['o'], limits };
      const { code: kind, message } = await bench.failure(body(afterHonestWork(code)), job);
      expect([kind, message]).toEqual([expected, expect.not.stringContaining('did harm')]);
    });
  });

  it.skipIf(missing)(
    'files-limit: as many opens as it says, and none more, however they are caught',
    async () => {
      const open = (count: number) =>
        body(
          `for n in range(${count}):\n    try:\n        inputs.open("i").close()\n    except BaseException:\n        pass\nreturn 42`,
        );
      const job = { inputs: { i: '' }, limits: { files: 7 } };
      expect((await bench.run(open(7), job)).text).toBe('42');
      expect((await bench.failure(open(8), job)).code).toBe('files-limit');
    },
  );
});
