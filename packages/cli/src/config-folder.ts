/** Where this program keeps what it remembers. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from './context.ts';

export function configFolder(env: Context['env']): string {
  const config = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return env.GAIWAN_HOME || join(config, 'gaiwan');
}
