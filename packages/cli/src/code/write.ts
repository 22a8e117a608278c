/** Writes code into a new folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { functionDefinitionBytes } from '@gaiwan/protocol';
import { CliError } from '../errors.ts';
import { filesOf, type ShownCode } from './files.ts';

/** `definition.json`, `payload` as it was registered, and its files below `files/`. Throws `CliError` (io): nothing that is there is overwritten. */
export function writeCode(folder: string, code: ShownCode): string[] {
  const written: string[] = [];
  const write = (path: string, bytes: Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes, { flag: 'wx' });
    written.push(path);
  };
  try {
    mkdirSync(folder);
    write('definition.json', functionDefinitionBytes(code.definition));
    write('payload', code.payload);
    for (const [path, bytes] of filesOf(code).files) write(join('files', path), bytes);
  } catch (error) {
    if (systemCode(error) === 'EEXIST')
      throw new CliError('io', `${folder} is there already, and nothing is overwritten: name a new folder.`, {
        cause: error,
      });
    throw new CliError('io', `${folder} cannot be written: ${messageOf(error)}`, { cause: error });
  }
  return written;
}
