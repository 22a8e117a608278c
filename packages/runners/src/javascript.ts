/** The process that runs a JavaScript function: one job, over the executor protocol. */
import { loadEngine, Script } from './javascript/engine.ts';
import { serve, warmUp } from './serve.ts';

const engine = await loadEngine();
const first = new Script(engine);
first.load(Buffer.from('export function main(inputs, outputs, args) { return [args, "é"] }'));
warmUp(first);

const script = new Script(engine);
serve({
  load(code) {
    script.load(code);
    return script;
  },
});
