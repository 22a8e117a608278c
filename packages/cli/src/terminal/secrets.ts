/** Secrets come from files, prompts without echo, or the environment; never from arguments, which others can see. */

import { readFileSync } from 'node:fs';
import { systemCode, visible } from '@gaiwan/errors';
import { CliError, usage } from '../errors.ts';

export interface SecretSource {
  /** File named on the command line. */
  readonly file?: string | undefined;
  /** Environment variable; `NAME_FILE` names a file. */
  readonly variable: string;
  /** Text of the prompt; without it nobody is asked. */
  readonly prompt?: string;
  /** Ask twice. */
  readonly confirm?: boolean;
  /** Which option names the file. */
  readonly option?: string;
}

type Environment = Readonly<Partial<Record<string, string>>>;

/** Throws `CliError` where there is no secret to be had. */
export async function readSecret(env: Environment, source: SecretSource): Promise<string> {
  const found = givenSecret(env, source);
  if (found !== undefined) return found;
  const { variable, prompt, confirm, option = 'password-file' } = source;
  if (prompt === undefined || !process.stdin.isTTY) {
    throw usage(
      `No password: use --${option} FILE, or set ${variable} or ${variable}_FILE, or run it in a terminal.`,
    );
  }
  const secret = await ask(prompt);
  if (secret === '') throw usage('An empty password cannot be used.');
  if (confirm && (await ask('Once more: ')) !== secret)
    throw usage('The two were different: nothing was changed.');
  return secret;
}

/** Without a prompt; undefined if none is given. */
export function givenSecret(env: Environment, { file, variable }: SecretSource): string | undefined {
  if (file !== undefined) return secretFile(file);
  const value = env[variable];
  if (value !== undefined && value !== '') return value;
  const named = env[`${variable}_FILE`];
  return named ? secretFile(named) : undefined;
}

function secretFile(path: string): string {
  const secret = readText(path).replace(/\r?\n$/, '');
  if (secret === '') throw new CliError('io', `${path} is empty: it should hold a password.`);
  return secret;
}

/** Throws `CliError` (io). */
export function readText(path: string): string {
  return readBytes(path).toString('utf8');
}

/** Throws `CliError` (io). `-`: standard input. */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    const code = systemCode(error);
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'no permission' : code;
    throw new CliError('io', `Cannot read ${path}: ${why}.`);
  }
}

/** Reads a line without showing it. */
function ask(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(visible(prompt));
  stdin.setRawMode(true).setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let line = '';
    const end = (settle: () => void) => {
      stdin.off('data', take).setRawMode(false).pause();
      stderr.write('\n');
      settle();
    };
    const take = (text: string) => {
      for (const character of text) {
        if (character === '\r' || character === '\n') return end(() => resolve(line));
        if (character === '\u0003') return end(() => reject(usage('Interrupted.')));
        if (character === '\u007f' || character === '\b') line = line.slice(0, -1);
        else line += character;
      }
    };
    stdin.on('data', take);
  });
}

/** Asks for one visible line; undefined where there is no terminal. */
export async function askLine(prompt: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(prompt);
  } finally {
    lines.close();
  }
}
