/** An executor whose tasks are under way for ever, and take no time from anybody: it reads whatever it is told, and never answers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const waiting = { executorType: 'custom:waiting', executor: 'waiting' } as const;

const ready = JSON.stringify({ type: 'ready', protocol: 1 });
/** The head of a frame: its length in octal, no body. */
const head = `\\000\\000\\000\\${ready.length.toString(8).padStart(3, '0')}\\000\\000\\000\\000`;

/** Writes its description into a folder. Returns the options of a platform that has it. */
export function waitingExecutor(folder: string): string[] {
  const file = join(folder, 'waiting.json');
  const description = {
    name: 'waiting',
    pairs: [`${waiting.executorType}/${waiting.executor}`],
    command: ['/usr/bin/sh', '-c', `printf '${head}${ready}'; exec cat >/dev/null`],
    readOnly: ['system'],
    interpreter: 'none',
    overheadMiB: 8,
  };
  writeFileSync(file, JSON.stringify(description));
  return ['--custom-executor', file];
}
