/**
 * Runs a command in the process of the test: all of it but the process itself and its bundle, for a tenth of the time. For stories of many
 * commands; how a command ends its process, reads standard input and writes raw bytes is for `run.ts`.
 */
import { runCommand } from '../main.ts';
import type { Ended, RunOptions } from './run.ts';

export async function gaiwanHere(
  args: readonly string[],
  { env = {}, answer }: Pick<RunOptions, 'env'> & { readonly answer?: string | (() => Promise<string>) } = {},
): Promise<Ended> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const code = await runCommand(args, {
    stdout: { write: (text) => void stdout.push(text) },
    stderr: { write: (text) => void stderr.push(text) },
    // Isolated from the developer's own login, passwords and agent.
    // The prompt is seen, and answered, as in a terminal.
    ask: async (prompt) => {
      const said = typeof answer === 'function' ? await answer() : answer;
      if (said !== undefined) stderr.push(`${prompt}${said}\n`);
      return said;
    },
    env: { GAIWAN_HOME: '/nonexistent/gaiwan', SSH_AUTH_SOCK: '', ...env },
  });
  return { code, stdout: Buffer.from(stdout.join('')), stderr: stderr.join('') };
}
