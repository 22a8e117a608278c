import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Context } from '../context.ts';
import type { TaskRecord } from '../ring/record.ts';
import { Ring } from '../ring/ring.ts';
import { saveSession } from '../session.ts';
import { gaiwanHere } from '../testing/run-here.ts';
import { completionScripts } from './scripts.ts';

const instance = 'ab'.repeat(32);
const bin = fileURLToPath(new URL('../../bin/gaiwan.js', import.meta.url));

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const env = { GAIWAN_HOME: folder };
  saveSession(env, { authentication: 'https://a', frontend: 'https://b', trust: {}, instance, id: 'ann' });
  // It asks for nothing and prints nothing.
  const context = { env } as unknown as Context;
  for (const [index, name] of ['two-banks', 'two-hospitals', 'other', '\u001b[2K'].entries()) {
    const task = `task-00000000-0000-4000-8000-00000000000${index}`;
    const record: TaskRecord = { instance, user: 'ann', task, name, inputs: {}, outputs: {} };
    new Ring(context, { instance, user: 'ann' }).save(record);
  }
  return folder;
}

const proposed = async (...words: readonly string[]) => {
  const { code, stdout } = await gaiwanHere(['__complete', ...words], { env: { GAIWAN_HOME: home() } });
  expect(code).toBe(0);
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '');
};

describe('a shell is proposed', () => {
  it.each([
    [['ta'], ['tasks']],
    [['attestation-'], ['attestation-service']],
    [['tasks', 'fe'], ['fetch']],
    [['data', 'from'], ['from-output']],
    [
      ['tasks', 'create', '--fi'],
      ['--file', '--file-limit'],
    ],
    [
      ['tasks', 'approve', 'two'],
      ['two-banks', 'two-hospitals'],
    ],
    [
      ['functions', 'code', 'two'],
      ['two-banks', 'two-hospitals'],
    ],
    [
      ['tasks', 'fetch', 'task-00000000-0000-4000-8000-000000000000'],
      ['task-00000000-0000-4000-8000-000000000000'],
    ],
    [['functions', 'show', 'builtin-jo'], ['builtin-join-aggregate']],
    [
      ['completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [['tasks', 'approve', '\u001b'], []],
    [['nothing', 'at', 'all'], []],
  ])('%j: %j', async (words, proposals) => expect(await proposed(...words)).toEqual(proposals));
});

describe('the script for', () => {
  it.each(Object.keys(completionScripts) as (keyof typeof completionScripts)[])(
    '%s is printed, and read by it where it is there',
    async (shell) => {
      const { code, stdout } = await gaiwanHere(['completion', shell]);
      expect([code, stdout.toString()]).toEqual([0, completionScripts[shell]]);
      const { error, status, stderr } = spawnSync(shell, ['-n'], { input: completionScripts[shell] });
      if (error === undefined) expect([status, stderr.toString()]).toEqual([0, '']);
    },
  );

  it('bash completes', () => {
    const folder = home();
    writeFileSync(join(folder, 'gaiwan'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
    chmodSync(join(folder, 'gaiwan'), 0o755);
    const script = `${completionScripts.bash}
COMP_WORDS=(gaiwan tasks approve two); COMP_CWORD=3; _gaiwan; echo "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', script], {
      env: { PATH: `${folder}:${process.env.PATH}`, GAIWAN_HOME: folder },
    });
    expect(stdout.toString()).toBe('two-banks two-hospitals\n');
  });
});
