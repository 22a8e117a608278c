/** Models on the native ONNX Runtime, where the operator brings it: what a user types and sees; and what he sees where there is none. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { ONNXRUNTIME, sayOnnxruntimeSkipped } from '../packages/executors/src/testing/onnxruntime.ts';
import { writeModel } from '../packages/functions/src/onnx/write.ts';
import { TestPlatform } from './support/platform.ts';

sayOnnxruntimeSkipped();

/** What somebody does at a terminal. */
class Terminal {
  readonly #platform: TestPlatform;
  readonly #home: string;
  readonly #key: string;

  constructor(platform: TestPlatform) {
    this.#platform = platform;
    this.#home = join(platform.folder, 'home');
    mkdirSync(this.#home);
    this.#key = `--key-file ${this.file('key', randomBytes(32).toString('hex'))}`;
  }

  file(name: string, content: Uint8Array | string): string {
    const path = join(this.#home, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  async type(command: string) {
    const env = { GAIWAN_HOME: this.#home, GAIWAN_PASSWORD: 'a test password', HOME: this.#home };
    const { code, stdout, stderr } = await gaiwan(command.split(' '), { env });
    return { code, stdout: stdout.toString(), stderr };
  }

  async json(command: string): Promise<Record<string, string>> {
    const { code, stdout, stderr } = await this.type(`${command} --json`);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Record<string, string>;
  }

  async login(): Promise<void> {
    const { authentication, frontend, machine, policy } = this.#platform;
    await this.json(
      `login --authentication ${authentication} --frontend ${frontend} --simulation ${machine} --policy ${policy} --user admin`,
    );
  }

  /** A task that is ready to be invoked: its id, and how to read its output. */
  async prepare(functionId: string | undefined, executor: string) {
    const { taskId } = await this.json(
      `tasks create --function ${functionId} --executor ${executor} --arguments {"columns":2} ` +
        '--input model_file=admin --input data_file=admin --output result_file=admin',
    );
    const model = writeModel({
      nodes: [{ op: 'Add', inputs: ['x', 'x'], output: 'y' }],
      inputs: [{ name: 'x', dims: ['rows', 2] }],
      outputs: [{ name: 'y', dims: ['rows', 2] }],
    });
    const upload = (path: string) => this.json(`data upload --scheme aes-gcm-256 ${this.#key} --in ${path}`);
    const { dataId: modelId } = await upload(this.file('model.onnx', model));
    const { dataId: rowsId } = await upload(this.file('rows.csv', '1,2\n0.25,-4\n'));
    const { dataId: outId, iv } = await this.json(`data output --scheme aes-gcm-256 ${this.#key} --name out`);
    await this.json(
      `tasks assign ${taskId} --input model_file=${modelId} --input data_file=${rowsId} --output result_file=${outId}`,
    );
    const { digest } = await this.json(`tasks manifest ${taskId}`);
    await this.json(`tasks approve ${taskId} --digest ${digest}`);
    const read = async () => {
      const out = join(this.#home, `${taskId}.csv`);
      await this.json(`data download ${outId} ${this.#key} --iv ${iv} --out ${out}`);
      return readFileSync(out, 'utf8');
    };
    return { taskId, read };
  }
}

describe('on a platform whose operator brings no native ONNX Runtime', () => {
  let platform: TestPlatform;
  let terminal: Terminal;
  beforeAll(async () => {
    platform = await TestPlatform.start(['--executors', 'builtin']);
    terminal = new Terminal(platform);
    await terminal.login();
  });
  afterAll(() => platform.stop());

  it('a task that asks for it is refused by name when it is invoked, with what to do', async () => {
    const { functionId } = await terminal.json(
      'functions register --name builtin-onnx-predict --optional-argument columns',
    );
    // Known once the worker has come.
    const web = await terminal.prepare(functionId, 'builtin');
    await terminal.json(`tasks invoke ${web.taskId}`);
    expect((await terminal.type(`tasks result ${web.taskId}`)).code).toBe(0);
    expect(await web.read()).toBe('2.0,4.0\n0.5,-8.0\n');
    const { taskId } = await terminal.prepare(functionId, 'onnx-native');
    const { code, stderr } = await terminal.type(`tasks invoke ${taskId}`);
    expect(code).not.toBe(0);
    expect(stderr).toContain('executor-not-offered');
    expect(stderr).toContain('builtin/onnx-native');
    expect(stderr).toContain('--onnxruntime');
    expect(stderr).toContain('"builtin"');
  });

  it('no task of another function is created for it', async () => {
    const { functionId } = await terminal.json('functions register --name builtin-echo');
    const create = `tasks create --function ${functionId} --executor onnx-native --arguments {"message":"x"}`;
    const { code, stderr } = await terminal.type(create);
    expect(code).not.toBe(0);
    expect(stderr).toContain('bad-executor');
    expect(stderr).toContain('builtin-onnx-predict');
  });
});

describe.skipIf(ONNXRUNTIME === undefined)(
  'on a platform whose operator brings a native ONNX Runtime',
  () => {
    let platform: TestPlatform;
    let terminal: Terminal;
    beforeAll(async () => {
      platform = await TestPlatform.start(['--executors', 'builtin', '--onnxruntime', `${ONNXRUNTIME}`]);
      terminal = new Terminal(platform);
      await terminal.login();
    });
    afterAll(() => platform.stop());

    it('a task says which of the two it wants, gets the same answer, and its report says what ran it within what', async () => {
      const { functionId } = await terminal.json(
        'functions register --name builtin-onnx-predict --optional-argument columns',
      );
      const told: string[] = [];
      for (const executor of ['builtin', 'onnx-native']) {
        const { taskId, read } = await terminal.prepare(functionId, executor);
        expect((await terminal.type(`tasks manifest ${taskId}`)).stdout).toContain(executor);
        await terminal.json(`tasks invoke ${taskId}`);
        const result = await terminal.type(`tasks result ${taskId}`);
        expect(result.code, result.stderr).toBe(0);
        told.push(result.stdout);
        expect(await read()).toBe('2.0,4.0\n0.5,-8.0\n');
        const report = (await terminal.type(`tasks report ${taskId} --json`)).stdout;
        const { runs } = JSON.parse(report) as { runs: { runner: string; layers: string[] }[] };
        const sandboxed = executor === 'onnx-native';
        expect(runs[0]?.runner).toBe(sandboxed ? 'ONNX Runtime (native 1.30.0)' : 'builtin');
        if (sandboxed)
          expect(runs[0]?.layers).toEqual(
            expect.arrayContaining(['process', 'namespaces', 'seccomp', 'rlimits']),
          );
      }
      expect(told[1]).toBe(told[0]);
    });
  },
);
