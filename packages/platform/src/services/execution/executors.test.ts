import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor, Layer } from '@gaiwan/executors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ONNXRUNTIME, sayOnnxruntimeSkipped } from '../../../../executors/src/testing/onnxruntime.ts';
import { executorSettings, measuredExecutors } from './executor-settings.ts';
import { openExecutors } from './executors.ts';

sayOnnxruntimeSkipped();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-executors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a description of an executor, whose program is a file beside it. */
function described(change: object = {}, shown: readonly string[] = []): string {
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const path = join(folder, 'executor.json');
  const description = {
    name: 'own',
    pairs: ['custom:own/own'],
    command: ['program'],
    readOnly: ['program', ...shown],
    interpreter: 'none',
    overheadMiB: 1,
  };
  writeFileSync(path, JSON.stringify({ ...description, ...change }));
  return path;
}

const measuredOf = (path: string) =>
  JSON.stringify(measuredExecutors(executorSettings({ customExecutors: [path] })));

describe("the operator's choice of executors", () => {
  it('has a default, in one order however it is given', () => {
    expect(executorSettings({})).toMatchObject({ kinds: ['python', 'wasm', 'javascript'], custom: [] });
    const [one, other] = [
      executorSettings({ executors: ['wasm', 'cpython', 'builtin'], sandbox: ['seccomp', 'process'] }),
      executorSettings({ executors: ['cpython', 'wasm'], sandbox: ['process', 'seccomp', 'seccomp'] }),
    ];
    expect(one).toMatchObject({ kinds: ['cpython', 'wasm'], require: ['process', 'seccomp'] });
    expect(other).toEqual(one);
    expect(executorSettings({ executors: [], sandbox: [] })).toMatchObject({ kinds: [], require: [] });
  });

  it.each([
    [{ executors: ['cobol'] }, 'no executor "cobol"'],
    [{ sandbox: ['hope'] }, 'no layer "hope"'],
    [{ cgroup: 'gaiwan' }, 'must be an absolute path'],
    [{ executors: ['onnx-native'] }, '--onnxruntime FOLDER'],
    [{ onnxruntime: 'ort' }, 'must be an absolute path'],
    [{ onnxruntime: '/nowhere' }, '--prefix /nowhere onnxruntime-node@'],
    [{ customExecutors: ['/nowhere/executor.json'] }, '/nowhere/executor.json'],
  ])('is refused as %j', (options, why) => {
    expect(() => executorSettings(options)).toThrow(
      expect.objectContaining({ code: 'bad-executors', message: expect.stringContaining(why) as string }),
    );
  });

  it.each([
    [{ pairs: ['builtin/builtin'] }, 'not "builtin/builtin"'],
    [{ pairs: ['custom:own/other'] }, 'not "custom:own/other"'],
    [{ pairs: [] }, 'pairs'],
    [{ surprise: 1 }, 'unknown key "surprise"'],
  ])('has no executor that says %j', (change, why) => {
    expect(() => executorSettings({ customExecutors: [described(change)] })).toThrow(
      expect.objectContaining({ code: 'bad-executors', message: expect.stringContaining(why) as string }),
    );
  });

  it.each(['overheadMiB', 'interpreter', 'forks', 'name'])('is measured with its %s', (key) => {
    const changes = { overheadMiB: 2, interpreter: 'much', forks: true, name: 'other' };
    const change = { [key]: changes[key as keyof typeof changes] };
    expect(measuredOf(described(change))).not.toBe(measuredOf(described()));
  });

  it('is measured with the folders that it sees, in any order, and where they lead to', () => {
    const [one, other, link] = ['one', 'other', 'link'].map((name) => join(folder, name));
    for (const path of [one, other]) mkdirSync(path as string, { recursive: true });
    const point = (at: string) => {
      rmSync(link as string, { force: true });
      symlinkSync(at, link as string);
      return measuredOf(described({}, ['link']));
    };
    expect(measuredOf(described({}, ['one']))).not.toBe(measuredOf(described()));
    expect(measuredOf(described({}, ['one']))).not.toBe(measuredOf(described({}, ['other'])));
    expect(measuredOf(described({}, ['one', 'other']))).toBe(measuredOf(described({}, ['other', 'one'])));
    expect(point('one')).not.toBe(point('other'));
  });

  it('sees nothing of the data folder, nor a folder that it is in', () => {
    const data = join(folder, 'around', 'data');
    mkdirSync(join(data, 'work'), { recursive: true });
    symlinkSync(data, join(folder, 'harmless'));
    for (const shown of ['around', 'around/data', 'around/data/work', 'harmless']) {
      const customExecutors = [described({}, [shown])];
      expect(() => executorSettings({ customExecutors, data })).toThrow(/the data folder/);
      expect(executorSettings({ customExecutors }).custom).toHaveLength(1);
    }
    mkdirSync(join(folder, 'around', 'data-of-others'));
    const customExecutors = [described({}, ['around/data-of-others'])];
    expect(executorSettings({ customExecutors, data }).custom).toHaveLength(1);
  });

  it.skipIf(ONNXRUNTIME === undefined)(
    'has native ONNX where it names a folder, measured by the digests of what is loaded',
    () => {
      const settings = executorSettings({ executors: [], onnxruntime: `${ONNXRUNTIME}` });
      expect(settings).toMatchObject({ kinds: ['onnx-native'], onnxruntime: ONNXRUNTIME });
      expect(measuredExecutors(settings)).toMatchObject({
        onnxruntime: {
          folder: ONNXRUNTIME,
          addon: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
          library: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
        },
      });
      expect(executorSettings({})).not.toHaveProperty('onnxruntime');
    },
  );

  it('is measured with its control group', () => {
    const measured = (cgroup?: string) =>
      JSON.stringify(measuredExecutors(executorSettings(cgroup === undefined ? {} : { cgroup })));
    expect(new Set([measured(), measured('/a'), measured('/b')]).size).toBe(3);
  });

  it('is measured with whether each call gets a new sandbox: by default some are kept', () => {
    const measured = (freshSandboxes: boolean) =>
      JSON.stringify(measuredExecutors(executorSettings({ freshSandboxes })));
    expect(measured(true)).not.toBe(measured(false));
    expect(executorSettings({}).freshSandboxes).toBe(false);
  });

  it('is measured with the files that it names', () => {
    const measured = () =>
      JSON.stringify(measuredExecutors(executorSettings({ customExecutors: [described()] })));
    const before = measured();
    expect(measured()).toBe(before);
    const path = described();
    writeFileSync(join(folder, 'program'), '#!/bin/sh\nexit 1\n');
    const after = JSON.stringify(measuredExecutors(executorSettings({ customExecutors: [path] })));
    expect(after).not.toBe(before);
    const python = (name: string) =>
      JSON.stringify(
        measuredExecutors(executorSettings({ executors: ['cpython'], pythonModules: [name], cpython: path })),
      );
    expect(python('a')).not.toBe(python('b'));
    expect(() =>
      measuredExecutors(executorSettings({ executors: ['cpython'], cpython: '/nowhere/python3' })),
    ).toThrow(expect.objectContaining({ code: 'bad-executors' }));
  });
});

const abilities = (executors: readonly Executor[]) =>
  executors.map(({ name, ability = 'able' }) => `${name} ${ability}`);

describe("a worker's executors", () => {
  it.runIf(process.platform === 'linux')(
    'have their groups where the operator says (skipped: no Linux)',
    async () => {
      const complaints: Error[] = [];
      const cgroup = join(folder, 'no-such-group');
      const settings = executorSettings({ executors: ['wasm'], sandbox: ['process', 'cgroups'], cgroup });
      const opened = openExecutors(settings, {
        slots: 1,
        folder,
        report: (error) => complaints.push(error as Error),
      });
      await expect.poll(() => abilities(opened)).toEqual(['builtin able', 'wasm unable']);
      for (const executor of opened) await executor.close();
      expect(complaints.map(({ message }) => message)).toEqual([expect.stringContaining(cgroup)]);
    },
  );

  it('are able one after the other, as their first sandboxes start', async () => {
    const complaints: unknown[] = [];
    const settings = { ...executorSettings({ executors: ['wasm', 'javascript'] }), require: [] };
    const opened = openExecutors(settings, { slots: 1, folder, report: (error) => complaints.push(error) });
    expect(abilities(opened)).toEqual(['builtin able', 'wasm coming', 'javascript coming']);
    await expect
      .poll(() => abilities(opened))
      .toEqual(['builtin able', 'WebAssembly able', 'JavaScript able']);
    for (const executor of opened) await executor.close();
    expect(complaints).toEqual([]);
  });

  it('of the operator are not able where their program does not start, and it says why', async () => {
    const complaints: Error[] = [];
    const settings = { ...executorSettings({ executors: [], customExecutors: [described()] }), require: [] };
    const opened = openExecutors(settings, {
      slots: 1,
      folder,
      report: (error) => complaints.push(error as Error),
    });
    await expect.poll(() => abilities(opened)).toEqual(['builtin able', 'own unable']);
    for (const executor of opened) await executor.close();
    expect(complaints[0]?.message).toContain('The runner "own" does not start');
  });

  it('are without those that cannot run here, and it says why', async () => {
    const complaints: Error[] = [];
    const settings = {
      ...executorSettings({ executors: ['wasm'], customExecutors: [described()] }),
      require: ['a layer that nobody has' as Layer],
    };
    const opened = openExecutors(settings, {
      slots: 1,
      folder,
      report: (error) => complaints.push(error as Error),
    });
    try {
      await expect.poll(() => abilities(opened)).toEqual(['builtin able', 'wasm unable', 'own unable']);
      expect(complaints.map(({ message }) => message)).toEqual([
        expect.stringMatching(
          /^wasm is not run by this worker: The layer "a layer that nobody has" is required/,
        ),
        expect.stringMatching(/^own is not run by this worker: /),
      ]);
    } finally {
      for (const executor of opened) await executor.close();
    }
  });
});
