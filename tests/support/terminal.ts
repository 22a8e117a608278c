/** Types a command into a terminal, and answers what it asks, as a person would. */
import { spawn } from 'node:child_process';

export interface Typed {
  readonly code: number | null;
  /** All that the person sees. */
  readonly screen: string;
}

export interface TypingOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What is answered to which prompt. */
  readonly answers: readonly (readonly [RegExp, string])[];
}

/** `line`: for a shell. */
export async function type(line: string, { cwd, env, answers }: TypingOptions): Promise<Typed> {
  const child = spawn('script', ['-qfec', line, '/dev/null'], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let answered = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    for (const [prompt, answer] of answers) {
      const asked = prompt.exec(screen.slice(answered));
      if (!asked) continue;
      answered += asked.index + asked[0].length;
      child.stdin.write(`${answer}\r`);
    }
  });
  child.stdin.on('error', () => undefined);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, screen: screen.replaceAll('\r\n', '\n') };
}
