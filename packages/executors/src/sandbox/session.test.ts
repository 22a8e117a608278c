import { getEventListeners } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeJob, nativeRunner, roomy } from '../testing/native.ts';
import { PlainLauncher } from './launcher.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { runSession } from './session.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-session-'));
});
afterAll(() => {
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

/** A launcher whose kernel refuses limits of memory. */
class Refusing extends PlainLauncher {
  readonly #code: string;
  constructor(code: string) {
    super();
    this.#code = code;
  }
  override launch(runner: ReturnType<typeof nativeRunner>) {
    const limitMemory = () => {
      throw Object.assign(new Error(`${this.#code}: write`), { code: this.#code });
    };
    return { ...super.launch(runner), limitMemory };
  }
}

describe('a session whose memory cannot be limited', () => {
  it.each([
    ['EBUSY', 'memory-limit', 'The function used more than the 256 MiB of memory that the task allows.'],
    ['ENOENT', 'crashed', 'The sandbox of the function failed.'],
  ])('for %s ends with %s, and nothing of it remains', async (errno, code, message) => {
    const sandbox = new SandboxProcess(new Refusing(errno), nativeRunner());
    await sandbox.ready();
    const { signal } = new AbortController();
    const session = runSession(sandbox, { ...nativeJob('', folder, { signal }), limits: roomy }, 64);
    await expect(session).rejects.toMatchObject({ name: 'ExecutorError', code, message });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(sandbox.alive).toBe(false);
  });
});
