/** Makes the code of a project from its sources. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { delimiter, join } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { CliError, unreadable, usage } from '../errors.ts';
import type { Build, Project } from './project.ts';

/** Builds what is quick to build, or not there, or asked for. Throws `CliError`. @returns The code. */
export function codeOf(
  project: Project,
  build: boolean,
  path: string = process.env['PATH'] ?? '',
): Uint8Array {
  const file = join(project.folder, project.code);
  if (project.build?.typescript !== undefined) stripTypes(project, project.build.typescript, file);
  else if (project.build && (build || !existsSync(file))) runBuild(project, project.build, path);
  try {
    return readFileSync(file);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw unreadable(file, error);
    throw new CliError('io', `${file} is not there: write it, or say in the project file how it is built.`, {
      cause: error,
    });
  }
}

function stripTypes(project: Project, source: string, target: string): void {
  const from = join(project.folder, source);
  let text: string;
  try {
    text = readFileSync(from, 'utf8');
  } catch (error) {
    throw unreadable(from, error);
  }
  let code: string;
  try {
    code = withoutWarnings(() => stripTypeScriptTypes(text, { mode: 'strip' }));
  } catch (error) {
    throw usage(`${from}: ${messageOf(error)}`);
  }
  writeFileSync(target, code);
}

/** Without the warning that Node's function for it is young. */
function withoutWarnings<T>(action: () => T): T {
  const own = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  Object.defineProperty(process, 'emitWarning', { configurable: true, value: () => undefined });
  try {
    return action();
  } finally {
    if (own) Object.defineProperty(process, 'emitWarning', own);
  }
}

function runBuild({ folder }: Project, { command = [], needs, install }: Build, path: string): void {
  const missing = needs.filter((program) => !isInstalled(program, path));
  if (missing.length > 0) {
    const how = install === '' ? 'install it first' : `on Debian: ${install}`;
    throw new CliError('io', `Building needs ${missing.join(', ')}, which this machine has not: ${how}.`);
  }
  const [program = '', ...args] = command;
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  if (error) throw new CliError('io', `The build command cannot be started: ${error.message}`);
  if (status !== 0)
    throw new CliError('refused', `${command.join(' ')} failed:\n${stdout}${stderr}`.trimEnd());
}

function isInstalled(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
