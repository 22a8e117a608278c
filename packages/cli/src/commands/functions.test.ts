import { describe, expect, it } from 'vitest';
import { gaiwanHere } from '../testing/run-here.ts';

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await gaiwanHere(args);
  return { code, stdout: stdout.toString(), stderr };
};

describe('gaiwan functions, without a platform', () => {
  it('lists what is built in', async () => {
    const { code, stdout } = await run('functions', 'list', '--builtin');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^builtin-echo +Returns its argument\.$/m);
    const { builtins } = JSON.parse((await run('functions', 'list', '--builtin', '--json')).stdout) as {
      builtins: { name: string }[];
    };
    expect(builtins.map(({ name }) => name)).toContain('builtin-private-set-intersect');
    expect(stdout.trimEnd().split('\n')).toHaveLength(builtins.length + 1);
  });

  it('shows one, with commands to paste', async () => {
    const { code, stdout } = await run('functions', 'show', 'builtin-private-set-intersect');
    expect(code).toBe(0);
    expect(stdout).toContain('num_user (unsigned, from 2 to 1000; required)');
    expect(stdout).toContain(
      'gaiwan functions register --name builtin-private-set-intersect --public --parties 3',
    );
    const entry = JSON.parse((await run('functions', 'show', 'builtin-rsa-sign', '--json')).stdout) as object;
    expect(entry).toMatchObject({
      name: 'builtin-rsa-sign',
      arguments: [{ name: 'data', required: true, type: 'string' }],
      example: { inputs: { rsa_key: expect.stringMatching(/^3082/) as string } },
    });
  });

  it('says where the names are when one is not built in', async () => {
    const { code, stderr } = await run('functions', 'show', 'builtin-join-aggregat');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'There is no built-in function "builtin-join-aggregat"; see gaiwan functions list --builtin.',
    );
  });

  it.each([
    [['functions', 'list', '--builtin', '--owner', 'alice'], 2],
    [['functions', 'register', '--name', 'builtin-private-set-intersect'], 2],
    [['functions', 'register', '--name', 'builtin-echo', '--parties', '2'], 2],
    [['functions', 'register', '--name', 'builtin-nothing', '--parties', '2'], 2],
    [['functions', 'register', '--name', 'builtin-echo', '--argument', 'message', '--parties', '2'], 2],
    [['functions', 'register', '--name', 'builtin-echo', '--optional-argument', 'message'], 2],
    [['functions', 'register', '--name', 'builtin-echo'], 4],
    [['functions', 'show', 'function-1b4e'], 4],
  ])('%j ends with %i', async (args, code) => {
    const ended = await run(...args);
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stderr).toMatch(/^gaiwan: /);
  });
});
