import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gaiwan } from '../testing/run.ts';
import { anchorLine } from './doctor-anchor.ts';

describe('gaiwan doctor', () => {
  it('says of each layer whether it is there, and of what is missing how to get it', async () => {
    const { code, stdout } = await gaiwan(['doctor', '--json']);
    const { ready, lines } = JSON.parse(stdout.toString()) as {
      ready: boolean;
      lines: { what: string; offered: boolean; required: boolean; detail: string; remedy?: string }[];
    };
    expect(lines.map(({ what }) => what)).toEqual([
      'process',
      'namespaces',
      'seccomp',
      'rlimits',
      'cgroups',
      'core-dumps',
      'not-dumpable',
      'python',
      'machine',
      'anchor',
    ]);
    for (const { offered, detail, remedy } of lines) {
      expect(detail).not.toBe('');
      expect(remedy === undefined).toBe(offered);
    }
    expect(ready).toBe(lines.every(({ offered, required }) => offered || !required));
    expect(code).toBe(ready ? 0 : 1);
    const text = await gaiwan(['doctor', '--anchor', 'key-broker']);
    expect(text.code).toBe(code);
    expect(text.stdout.toString()).toMatch(/^(yes|MISSING) +process /m);
    expect(text.stdout.toString()).toMatch(/^not asked +anchor /m);
  });

  it('what is not there is missing: nothing is taken on trust', async () => {
    const { stdout } = await gaiwan([
      'doctor',
      '--json',
      '--cgroup',
      '/nonexistent',
      '--python',
      '/nonexistent',
      '--onnxruntime',
      '/nonexistent',
    ]);
    const { lines } = JSON.parse(stdout.toString()) as { lines: { what: string; offered: boolean }[] };
    const offered = new Map(lines.map((line) => [line.what, line.offered]));
    expect(['cgroups', 'python', 'onnx-native'].map((what) => offered.get(what))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('requires the layers of --sandbox, and refuses one that there is not', async () => {
    const { stdout } = await gaiwan(['doctor', '--json', '--sandbox', 'process,cgroups']);
    const { lines } = JSON.parse(stdout.toString()) as { lines: { what: string; required: boolean }[] };
    const required = lines.filter((line) => line.required).map(({ what }) => what);
    expect(required.filter((what) => what !== 'core-dumps')).toEqual(['process', 'cgroups']);
    const mistyped = await gaiwan(['doctor', '--sandbox', 'process,cgroup']);
    expect(mistyped).toMatchObject({ code: 2, stderr: expect.stringContaining('no layer "cgroup"') });
  });

  it.each([
    ['simulation', [], /^simulated: it proves nothing$/],
    // A file where a TPM's device would be is found, and is not what was asked for.
    [
      'tdx',
      ['--tpm', import.meta.filename],
      /^(is (tpm|snp|cca|sgx|nitro), not tdx|proves what it runs: tdx)$/,
    ],
  ])('looks at the machine of --tee %s', async (tee, more, detail) => {
    const { stdout } = await gaiwan(['doctor', '--json', '--tee', tee, ...more]);
    const { lines } = JSON.parse(stdout.toString()) as { lines: { what: string; detail: string }[] };
    expect(lines.find(({ what }) => what === 'machine')?.detail).toMatch(detail);
  });

  describe('of an anchor', () => {
    it('that is a key broker says that nobody asked it', async () => {
      expect(await anchorLine({ anchor: 'key-broker' })).toMatchObject({
        offered: false,
        detail: expect.stringContaining('not asked'),
      });
    });

    it('that is a key broker does not measure the program into a TPM to ask it', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gaiwan-doctor-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const ca = join(folder, 'ca.pem');
      writeFileSync(ca, '');
      const broker = { keyBroker: 'https://localhost:1', keyBrokerKey: 'k', keyBrokerCa: ca };
      const tpm = { tee: 'tpm', tpm: '/nonexistent' } as const;
      expect(await anchorLine({ anchor: 'key-broker', ...broker, ...tpm })).toMatchObject({
        offered: false,
        asked: false,
        detail: expect.stringContaining('a register of the TPM'),
      });
    });

    it('that is a folder looks for it, and makes none', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gaiwan-doctor-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const { stdout } = await gaiwan([
        'doctor',
        '--json',
        '--anchor',
        `file:${folder}`,
        '--anchor-interval',
        '7',
      ]);
      const { lines } = JSON.parse(stdout.toString()) as { lines: object[] };
      expect(lines).toContainEqual(
        expect.objectContaining({
          what: 'anchor',
          offered: true,
          detail:
            'file, every 7 s: a rollback could hide as much, and what came while the anchor did not answer',
        }),
      );
      const mistyped = join(folder, 'mistyped');
      expect(await anchorLine({ anchor: `file:${mistyped}` })).toMatchObject({
        offered: false,
        detail: expect.stringContaining(mistyped),
        remedy: expect.stringContaining('mkdir'),
      });
      expect(existsSync(mistyped)).toBe(false);
      writeFileSync(mistyped, 'no folder');
      expect(await anchorLine({ anchor: `file:${mistyped}` })).toMatchObject({ offered: false });
    });
  });
});
