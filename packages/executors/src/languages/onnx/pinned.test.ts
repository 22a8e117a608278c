import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkedOnnxruntime, onnxruntimeFiles } from './pinned.ts';
import { onnxRunner } from './spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaiwan-ort-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the native ONNX Runtime', () => {
  it('is two files for each machine that there is one for, known by their bytes', () => {
    const of = (machine: string) => onnxruntimeFiles('/opt/ort', machine);
    expect(of('linux/x64').library).toEqual({
      path: '/opt/ort/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
      sha256: 'ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23',
    });
    for (const machine of ['linux/x64', 'linux/arm64']) {
      const { addon, library } = of(machine);
      expect(dirname(addon.path)).toBe(dirname(library.path));
      expect(new Set([addon.sha256, library.sha256, of('linux/x64').addon.sha256]).size).toBeGreaterThan(1);
    }
    expect(() => of('darwin/arm64')).toThrow(
      expect.objectContaining({
        code: 'runner',
        message: 'The executor onnx-native runs on linux/x64 and linux/arm64, and this is darwin/arm64.',
      }),
    );
  });

  it.runIf(process.platform === 'linux')(
    'serves one call a process, which sees two files of the package and has their digests',
    () => {
      const { reuse, command, readOnly } = onnxRunner({ folder: '/opt/ort' });
      expect(reuse).toBeUndefined();
      const files = Object.values(onnxruntimeFiles('/opt/ort'));
      expect(command.slice(-4)).toEqual(files.flatMap(({ path, sha256 }) => [path, sha256]));
      expect(command).toEqual(expect.arrayContaining(['--permission', '--allow-addons']));
      expect(readOnly.filter((path) => path.startsWith('/opt/ort'))).toEqual(files.map(({ path }) => path));
    },
  );

  it.runIf(process.platform === 'linux')(
    'is refused where a file is missing, or another, with what to install',
    () => {
      const wanted = `npm install --ignore-scripts --prefix ${folder} onnxruntime-node@1.30.0`;
      expect(() => checkedOnnxruntime(folder)).toThrow(/onnxruntime_binding\.node cannot be read/);
      expect(() => checkedOnnxruntime(folder)).toThrow(wanted);
      for (const { path } of Object.values(onnxruntimeFiles(folder))) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, 'another');
      }
      expect(() => checkedOnnxruntime(folder)).toThrow(/has the SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}/);
      expect(() => checkedOnnxruntime(folder)).toThrow(wanted);
    },
  );
});
