import { expect, it } from 'vitest';
import { PlainLauncher } from './launcher.ts';
import { runOnce } from './run-once.ts';

const run = (script: string, withinMs: number) =>
  runOnce(
    new PlainLauncher(),
    {
      name: 'once',
      pairs: [],
      command: [process.execPath, '-e', script],
      readOnly: [],
      layers: { interpreter: '' },
      overheadMiB: 0,
    },
    withinMs,
  );

it('gives what was printed, and ends what takes too long or prints too much', async () => {
  expect(await run('console.log("out"); console.error("err")', 200_000)).toEqual({
    stdout: 'out\n',
    stderr: 'err\n',
  });
  await run('setInterval(() => {}, 1000)', 300);
  const { stdout } = await run('for (;;) require("fs").writeSync(1, "x".repeat(4096))', 3_600_000);
  expect(stdout.length).toBeGreaterThan(0);
  expect(stdout.length).toBeLessThanOrEqual(1 << 20);
});
