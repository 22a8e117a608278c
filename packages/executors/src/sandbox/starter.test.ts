import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const modules = (name: string) => JSON.stringify(join(import.meta.dirname, name));

it.each([
  [true, 'start\n'],
  [false, ''],
])('a worker with nothing else to do waits for a process that a job awaits: %s', (awaited, said) => {
  const script = `
    import { PlainLauncher } from ${modules('launcher.ts')};
    import { Starter } from ${modules('starter.ts')};
    import { nativeRunner } from ${modules('../testing/native.ts')};
    const runner = nativeRunner({ command: [process.execPath, '-e', 'process.exit(1)'] });
    const starter = new Starter(new PlainLauncher(), runner);
    const fails = (awaited) => starter.start({ awaited }).catch(({ code }) => code);
    await fails(true);
    // It fails again, after a pause.
    void fails(${awaited}).then((code) => console.log(code));`;
  const args = ['--no-warnings', '--input-type=module-typescript', '-e', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([stderr, status, stdout]).toEqual(['', 0, said]);
});
