/** Projects to begin with: `packages/cli/templates`. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError, usage } from '../errors.ts';
import { PROGRAM } from '../program.ts';

export const LANGUAGES = ['ts', 'js', 'python', 'rust', 'c'] as const;
export type Language = (typeof LANGUAGES)[number];

const templates = join(PROGRAM, 'templates');
/** In a template's texts. */
const NAME = /FUNCTION_NAME/g;

/** Makes the folder `name`. Throws `CliError`. */
export function newProject(
  language: Language,
  name: string,
): { readonly folder: string; readonly files: readonly string[] } {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
    throw usage(
      `${JSON.stringify(name)} is no name for a function: small letters, digits and "-", a letter first.`,
    );
  }
  if (existsSync(name)) throw new CliError('io', `${name} exists already.`);
  const from = join(templates, language);
  const files = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1));
  for (const file of files) {
    write(join(name, target(file)), readFileSync(join(from, file), 'utf8').replace(NAME, name));
  }
  if (language === 'ts') {
    copyFileSync(typesFile(), join(name, 'gaiwan.d.ts'));
    files.push('gaiwan.d.ts');
  }
  return { folder: name, files: files.map(target).sort() };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
}

/** Files that would mean something among our own sources are called other names there. */
const target = (file: string): string => file.replace('.template.', '.');

/** From the package that functions run in. */
function typesFile(): string {
  return fileURLToPath(new URL('../function-types/index.d.ts', import.meta.resolve('@gaiwan/runners')));
}
