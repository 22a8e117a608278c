import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('is loaded with a setting of V8 that there is, and that is what it was afterwards', () => {
  const script = `
    await import(${JSON.stringify(new URL('./cedar.ts', import.meta.url).href)});
    (await import('node:v8')).setFlagsFromString('--help');
  `;
  const afterwards = ['--no-warnings', '--input-type=module', '-e', script];
  for (const args of [['--v8-options'], afterwards])
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toMatch(
      /--wasm-tiering-budget \(.*\n.*default: --wasm-tiering-budget=13000000$/m,
    );
});
