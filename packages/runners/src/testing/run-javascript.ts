/** Runs functions in JavaScript in this process. */
import type { Job } from '@gaiwan/protocol/executor';
import { Files } from '../files.ts';
import { loadEngine, Script } from '../javascript/engine.ts';
import { jobFor, MemoryFiles } from './memory-files.ts';

const engine = await loadEngine();

export function run(
  code: string,
  args: unknown = {},
  inputs: Readonly<Record<string, string | Uint8Array>> = {},
  outputs: string[] = [],
  limits: Partial<Job['limits']> = {},
) {
  const requests = new MemoryFiles(inputs, outputs);
  const files = new Files(requests);
  const script = new Script(engine);
  script.load(Buffer.from(code));
  const result = script.run(jobFor(args, inputs, outputs, limits), files);
  files.flush();
  return { text: Buffer.from(result).toString(), outputs: requests.outputs, requests: requests.requests };
}

export const body = (code: string): string => `export async function main(inputs, outputs, args) { ${code} }`;

/** What the expression gives in each case, as JSON says it; of what it throws the name. */
export function evaluate(expressions: readonly string[]): unknown[] {
  const tries = expressions.map((one) => `async () => (${one})`);
  const code = body(`
    const ended = [];
    for (const one of [${tries.join(',\n')}]) {
      try { ended.push(await one()) } catch (error) { ended.push({ thrown: error.name }) }
    }
    return ended;`);
  return JSON.parse(run(code).text) as unknown[];
}
