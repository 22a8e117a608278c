import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PlainLauncher } from './launcher.ts';
import { runOnce } from './run-once.ts';

const run = (script: string, withinMs: number, look?: (pid: number) => void) =>
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
    look,
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

it('lets a program that has written a line be looked at before its input ends', async () => {
  const seen: string[] = [];
  const look = (pid: number) => seen.push(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  const waiting = 'console.log("here"); fs.readSync(0, Buffer.alloc(1)); console.log("and gone")';
  expect(await run(waiting, 200_000, look)).toMatchObject({ stdout: 'here\nand gone\n' });
  expect(seen).toEqual([expect.stringContaining('and gone')]);
  // One that ends without a line is not waited for.
  expect(await run('process.exit(3)', 200_000, look)).toEqual({ stdout: '', stderr: '' });
  expect(seen).toHaveLength(1);
});
