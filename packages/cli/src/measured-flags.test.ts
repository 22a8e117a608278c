import { expect, it } from 'vitest';
import { configurationOf } from './measured-flags.ts';
import { gaiwan } from './testing/run.ts';

it('the folder of the native ONNX Runtime is part of the configuration, and must hold it', async () => {
  expect(configurationOf({ onnxruntime: '/opt/ort' })).toMatchObject({ onnxruntime: '/opt/ort' });
  const { code, stderr } = await gaiwan(['measure', '--json', '--onnxruntime', '/nowhere']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('npm install --ignore-scripts --prefix /nowhere onnxruntime-node@');
});

it('a control group is part of the configuration, and of its measurement', async () => {
  expect(configurationOf({ cgroup: '/sys/fs/cgroup/gaiwan' })).toMatchObject({
    cgroup: '/sys/fs/cgroup/gaiwan',
  });
  expect(configurationOf({})).not.toHaveProperty('cgroup');
  const configuration = async (...options: string[]) => {
    const { stdout } = await gaiwan(['measure', '--json', ...options]);
    return (JSON.parse(stdout.toString()) as { configuration: string }).configuration;
  };
  const [without, one, other] = [
    await configuration(),
    await configuration('--cgroup', '/sys/fs/cgroup/a'),
    await configuration('--cgroup', '/sys/fs/cgroup/b'),
  ];
  expect(new Set([without, one, other]).size).toBe(3);
  expect(without).toMatch(/^[0-9a-f]{64}$/);
});
