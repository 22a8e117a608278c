import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

it.each([
  ['something keeps for ever', 'setInterval(() => undefined, 2 ** 31 - 1);'],
  ['nothing keeps', ''],
])('a process that %s ends with its own exit code', async (_what, keeps) => {
  const module = new URL('./leave.ts', import.meta.url).href;
  const code = `const { leave } = await import('${module}'); ${keeps} process.exitCode = 3; leave();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([3, null]);
});
