/** A runner that the operator brings, from its description: see examples/custom-executor. */
import { resolve } from 'node:path';
import { SandboxError } from '../sandbox/errors.ts';
import { mustStayHidden } from '../sandbox/hidden-paths.ts';
import { checkRunner, type RunnerSpec } from '../sandbox/runner.ts';
import { nodeRuntime, systemRuntime } from '../sandbox/runtimes.ts';

const KEYS = ['name', 'pairs', 'command', 'readOnly', 'interpreter', 'overheadMiB', 'forks'] as const;

/**
 * `config`: what JSON.parse gives for an `executor.json`. `folder`: what relative paths start from. Throws `SandboxError`
 * ('runner') that says which key is wrong, and what it wants.
 */
export function customRunner(config: unknown, folder: string): RunnerSpec {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw wrong('must be a JSON object');
  }
  const values: Readonly<Record<string, unknown>> = { ...config };
  const unknown = Object.keys(values).find((key) => !KEYS.some((known) => known === key));
  if (unknown !== undefined) throw wrong(`has an unknown key ${JSON.stringify(unknown)}: ${KEYS.join(', ')}`);
  const [program, ...args] = texts(values, 'command');
  const absolute = (path: string) => resolve(folder, path);
  const local = texts(values, 'readOnly').filter((path) => path !== 'system' && path !== 'node');
  const readOnly = texts(values, 'readOnly').flatMap((path) => {
    if (path === 'system') return systemRuntime();
    return path === 'node' ? nodeRuntime() : [absolute(path)];
  });
  const overheadMiB = values['overheadMiB'];
  if (typeof overheadMiB !== 'number') throw wrong('wants "overheadMiB", a number of MiB');
  const forks = values['forks'] ?? false;
  if (typeof forks !== 'boolean') throw wrong('wants true or false for "forks"');
  const spec: RunnerSpec = {
    name: text(values, 'name'),
    pairs: texts(values, 'pairs'),
    // Arguments that name a visible file are paths; the others stay as they are.
    command: [
      program === 'node' ? process.execPath : absolute(program),
      ...args.map((arg) => (local.includes(arg) ? absolute(arg) : arg)),
    ],
    readOnly,
    forks,
    layers: { interpreter: text(values, 'interpreter') },
    overheadMiB,
  };
  checkRunner(spec);
  const hidden = spec.readOnly.find(mustStayHidden);
  if (hidden !== undefined) throw wrong(`wants to see ${hidden}, which no sandbox is shown: name less of it`);
  return spec;
}

const wrong = (what: string) => new SandboxError('runner', `The description of an executor ${what}.`);

function text(values: Readonly<Record<string, unknown>>, key: string): string {
  const value = values[key];
  if (typeof value !== 'string' || value === '') throw wrong(`wants "${key}", a text`);
  return value;
}

function texts(values: Readonly<Record<string, unknown>>, key: string): readonly [string, ...string[]] {
  const value = values[key];
  const items: unknown[] = Array.isArray(value) ? value : [];
  const [first, ...rest] = items.filter((item): item is string => typeof item === 'string' && item !== '');
  if (first === undefined || rest.length + 1 !== items.length) throw wrong(`wants "${key}", a list of texts`);
  return [first, ...rest];
}
