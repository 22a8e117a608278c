/** Developing functions with the command line: the examples, projects in every language, and payloads built again. */
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SYSTEM_PYTHON } from '@gaiwan/executors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';

const examples = fileURLToPath(new URL('../examples/functions/', import.meta.url));
const path = process.env['PATH'] ?? '';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-functions-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function installed(...programs: string[]): boolean {
  return programs.every((program) =>
    path.split(delimiter).some((part) => {
      try {
        accessSync(join(part, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

/** Debian's own: a file is the same to the byte only from the same compiler. */
function says(program: string, version: string): boolean {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).includes(version);
  } catch {
    return false;
  }
}
const RUSTC = '/usr/bin/rustc';
const clang14 = installed('clang', 'wasm-ld') && says('clang', 'version 14.0.6');
const rustc163 = says(RUSTC, 'rustc 1.63.0');

async function test(project: string, ...options: string[]) {
  const { code, stdout, stderr } = await gaiwan(['function', 'test', project, '--json', ...options], {
    env: { RUSTC },
  });
  const { verdicts } =
    stdout.length > 0
      ? (JSON.parse(stdout.toString()) as { verdicts: { name: string; wrong: string[] }[] })
      : { verdicts: [] };
  return { code, stderr, verdicts };
}

describe('the examples', () => {
  it.each([
    ['c-add', 3],
    ['c', 3],
    ['python', 2],
    ['rust', 2],
    ['typescript', 3],
  ])('%s does what its test cases say', async (name, cases) => {
    const { code, verdicts, stderr } = await test(join(examples, name));
    expect(stderr).toBe('');
    expect(verdicts.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect([code, verdicts.length]).toEqual([0, cases]);
  });

  it('python does the same in the native interpreter', async ({ skip }) => {
    skip(!existsSync(SYSTEM_PYTHON), `${SYSTEM_PYTHON} is wanted (Debian: python3)`);
    const copy = join(folder, 'native');
    cpSync(join(examples, 'python'), copy, { recursive: true });
    const file = join(copy, 'gaiwan-function.json');
    const project = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...project, executor: 'cpython' }));
    const { code, verdicts, stderr } = await test(copy);
    expect([code, stderr, verdicts.flatMap(({ wrong }) => wrong)]).toEqual([0, '', []]);
    expect(verdicts).toHaveLength(2);
  });

  it('python runs in the interpreter of --python, with its packages; other projects have none', async ({
    skip,
  }) => {
    const other = await test(join(examples, 'python'), '--python', SYSTEM_PYTHON);
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringContaining('is for projects with the executor'),
    ]);
    skip(!existsSync(SYSTEM_PYTHON), `${SYSTEM_PYTHON} is wanted (Debian: python3)`);
    const at = join(folder, 'environment');
    execFileSync(SYSTEM_PYTHON, ['-m', 'venv', '--without-pip', at]);
    const site = execFileSync(join(at, 'bin/python3'), [
      '-c',
      'import sysconfig; print(sysconfig.get_path("purelib"))',
    ]);
    writeFileSync(join(site.toString().trim(), 'brought.py'), 'GREETING = "hello"\n');
    await gaiwan(['function', 'new', '--lang', 'python', 'with-package'], { cwd: folder });
    const project = join(folder, 'with-package');
    const file = join(project, 'gaiwan-function.json');
    const { code: main, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { code: string };
    writeFileSync(
      join(project, main),
      'import brought\ndef main(inputs, outputs, args):\n    return brought.GREETING\n',
    );
    writeFileSync(
      file,
      JSON.stringify({
        ...rest,
        code: main,
        executor: 'cpython',
        arguments: [],
        inputs: [],
        tests: [{ name: 'one', result: 'hello' }],
      }),
    );
    expect((await test(project)).verdicts[0]?.wrong.join()).toContain("No module named 'brought'");
    const { code, verdicts, stderr } = await test(project, '--python', join(at, 'bin/python3'));
    expect([code, stderr, verdicts.flatMap(({ wrong }) => wrong)]).toEqual([0, '', []]);
  });

  it.for([
    ['c-add', 'add.wasm', clang14, 'clang 14.0.6 and lld'],
    ['c', 'millionaires.wasm', clang14, 'clang 14.0.6 and lld'],
    ['rust', 'psi.wasm', rustc163, 'rustc 1.63.0 for wasm32'],
  ] as const)('%s: %s is what its source makes', async ([name, file, possible, needs], { skip }) => {
    skip(!possible, `${file} is not built again without ${needs} (Debian 12)`);
    const copy = join(folder, `again-${name}`);
    cpSync(join(examples, name), copy, { recursive: true });
    rmSync(join(copy, file));
    const { code, stderr } = await gaiwan(['function', 'build', copy], { env: { RUSTC } });
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(join(copy, file)).equals(readFileSync(join(examples, name, file)))).toBe(true);
  });
});

describe('a new project', () => {
  const languages = [
    ['ts', true, ''],
    ['js', true, ''],
    ['python', true, ''],
    ['c', installed('clang', 'wasm-ld'), 'clang and lld'],
    ['rust', rustc163, 'rustc with the target wasm32-wasi'],
  ] as const;
  it.for(languages)('in %s passes its tests', async ([language, possible, needs], { skip }) => {
    skip(!possible, `a new project in ${language} is not built without ${needs}`);
    const made = await gaiwan(['function', 'new', '--lang', language, `my-${language}`], { cwd: folder });
    expect([made.code, made.stderr]).toEqual([0, '']);
    const { code, verdicts, stderr } = await test(join(folder, `my-${language}`));
    expect(stderr).toBe('');
    expect(verdicts.map(({ wrong }) => wrong)).toEqual([[], []]);
    expect(code).toBe(0);
  });

  it('says which test failed and how, and ends with 1', async () => {
    await gaiwan(['function', 'new', '--lang', 'js', 'broken'], { cwd: folder });
    const file = join(folder, 'broken/function.js');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('count 3', 'count three').replace('sum / count', 'sum'),
    );
    const { code, verdicts, stderr } = await test(join(folder, 'broken'));
    expect(code).toBe(1);
    expect(stderr).toContain('1 of 2 test cases failed');
    expect(verdicts[0]?.wrong).toEqual(['the result is "{\\"mean\\":7.5}", not "{\\"mean\\":2.5}"']);
  });

  it('says what to install where a tool is missing', async () => {
    await gaiwan(['function', 'new', '--lang', 'c', 'toolless'], { cwd: folder });
    const { code, stderr } = await gaiwan(['function', 'test', join(folder, 'toolless')], {
      env: { PATH: '/nonexistent' },
    });
    expect(code).toBe(5);
    expect(stderr).toContain(
      'Building needs clang, wasm-ld, which this machine has not: on Debian: apt-get install clang lld',
    );
  });

  it('has types that its code fits', () => {
    const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url));
    expect(execFileSync(tsc, ['-p', '.'], { cwd: join(folder, 'my-ts'), encoding: 'utf8' })).toBe('');
  });
});

describe('a project file', () => {
  it.each([
    ['is not there', undefined, 5, 'gaiwan function new'],
    ['is no JSON', '{', 2, 'is no JSON'],
    ['lacks a name', '{}', 2, '"name" must be a text'],
    [
      'has a key too many',
      '{"name":"a","executorType":"wasm","executor":"wasm","code":"a","imputs":[]}',
      2,
      'unknown key "imputs"',
    ],
    [
      'has a wrong test',
      '{"name":"a","executorType":"wasm","executor":"wasm","code":"a","tests":[{"name":"t","inputs":{"i":5}}]}',
      2,
      '"tests" 1: "inputs" must be an object of texts',
    ],
    [
      'names no runner',
      '{"name":"a","executorType":"cobol","executor":"cobol","code":"gaiwan-function.json","tests":[{"name":"t"}]}',
      2,
      'No runner for cobol/cobol here',
    ],
    [
      'has no tests',
      '{"name":"a","executorType":"wasm","executor":"wasm","code":"gaiwan-function.json"}',
      2,
      'has no tests',
    ],
    [
      'has an unknown limit',
      '{"name":"a","executorType":"wasm","executor":"wasm","code":"gaiwan-function.json","limits":{"fuel":1},"tests":[{"name":"t"}]}',
      2,
      '"fuel"',
    ],
  ])('that %s is refused', async (_what, text, exit, message) => {
    const project = mkdtempSync(join(folder, 'bad-'));
    if (text !== undefined) writeFileSync(join(project, 'gaiwan-function.json'), text);
    const { code, stderr } = await gaiwan(['function', 'test', project]);
    expect(stderr).toContain(message);
    expect(code).toBe(exit);
  });

  it.each([
    ['a name that is none', ['new', '--lang', 'js', 'Not A Name'], 2, 'is no name for a function'],
    ['a folder that exists', ['new', '--lang', 'js', '.'], 2, 'is no name'],
    ['a language that is none', ['new', '--lang', 'cobol', 'x'], 2, 'cobol'],
  ])('%s is refused', async (_what, args, exit, message) => {
    const { code, stderr } = await gaiwan(['function', ...args], { cwd: folder });
    expect([code, stderr]).toEqual([exit, expect.stringContaining(message)]);
  });

  it('and an option that says the same are one too many', async () => {
    const { code, stderr } = await gaiwan([
      'functions',
      'register',
      '--project',
      join(examples, 'c'),
      '--input',
      'x',
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--project says what input is')]);
    const none = await gaiwan(['functions', 'register']);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining('--name NAME, or --project FOLDER'),
    ]);
  });
});
