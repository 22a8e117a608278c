/** function: developing one, without a platform. */
import { resolve } from 'node:path';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { CliError } from '../errors.ts';
import { examples, type Json, jsonFlag, positional, switchFlag, textFlag } from '../flags.ts';
import { LANGUAGES, type Language, newProject } from '../project/new.ts';
import { readProject } from '../project/project.ts';

const folder = {
  kind: 'tuple',
  parameters: [
    {
      parse: (text: string) => text,
      brief: 'The project (default: this folder)',
      placeholder: 'FOLDER',
      default: '.',
    },
  ],
} as const;

const create = buildCommand<Json & { readonly lang: Language }, [string], Context>({
  docs: {
    brief: 'Make a project for a new function, with a test',
    fullDescription: examples('gaiwan function new --lang ts average', 'cd average && gaiwan function test'),
  },
  parameters: {
    flags: {
      lang: { kind: 'enum', values: LANGUAGES, brief: 'Language' },
      json: jsonFlag,
    },
    positional: positional('NAME'),
  },
  func({ lang, json }, name) {
    const made = newProject(lang, name);
    print(
      this,
      json === true,
      made,
      () => `${made.folder} is ready: cd ${made.folder} && gaiwan function test`,
    );
  },
});

const test = buildCommand<
  Json & {
    readonly build?: boolean | undefined;
    readonly log?: boolean | undefined;
    readonly python?: string | undefined;
  },
  [string],
  Context
>({
  docs: {
    brief: 'Run a project’s test cases in the real runner, in a sandbox as this machine offers it',
    fullDescription: `TypeScript is compiled each time; other languages are built if the code is not there yet, or with --build.

${examples('gaiwan function test', 'gaiwan function test examples/functions/rust --build', 'gaiwan function test --python venv/bin/python3')}`,
  },
  parameters: {
    flags: {
      build: switchFlag('Build first'),
      log: switchFlag('Print what the function writes to its log'),
      python: textFlag('Interpreter for the executor cpython (default: /usr/bin/python3)', 'PROGRAM'),
      json: jsonFlag,
    },
    positional: folder,
  },
  async func({ build, log, python, json }, path) {
    const { codeOf } = await import('../project/build.ts');
    const { runTests } = await import('../project/run-tests.ts');
    const project = readProject(path);
    const run = await runTests(
      project,
      codeOf(project, build === true, this.env['PATH']),
      python === undefined ? undefined : resolve(python),
    );
    print(this, json === true, run, () =>
      [
        ...run.verdicts.flatMap(({ name, wrong, log: lines, time }) => [
          `${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${time.toFixed(0)} ms)`,
          ...wrong.map((line) => `       ${line}`),
          ...(log || wrong.length > 0 ? lines.map((line) => `       | ${line}`) : []),
        ]),
        `sandbox: ${run.layers.join(', ')}`,
      ].join('\n'),
    );
    const failed = run.verdicts.filter(({ wrong }) => wrong.length > 0).length;
    if (failed > 0) throw new CliError('refused', `${failed} of ${run.verdicts.length} test cases failed.`);
  },
});

const build = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Make the code of a project from its sources',
    fullDescription: examples('gaiwan function build', 'gaiwan function build examples/functions/c'),
  },
  parameters: { flags: { json: jsonFlag }, positional: folder },
  async func({ json }, path) {
    const { codeOf } = await import('../project/build.ts');
    const project = readProject(path);
    const { length } = codeOf(project, true, this.env['PATH']);
    print(
      this,
      json === true,
      { code: project.code, bytes: length },
      () => `${project.code}: ${length} bytes`,
    );
  },
});

export const functionProject = buildRouteMap({
  routes: { new: create, build, test },
  docs: { brief: 'One function of yours: develop and test it here, without a platform' },
});
