/** The process that runs a JavaScript function, over the executor protocol: each job in an engine of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine, Script } from './javascript/engine.ts';
import { serve, warmUp } from './serve.ts';

/** Beside this program, as it is built. */
const engine = new WebAssembly.Module(
  new Uint8Array(readFileSync(join(import.meta.dirname, 'emscripten-module.wasm'))),
);
const first = new Script(await loadEngine(engine));
first.load(Buffer.from('export function main(inputs, outputs, args) { return [args, "é"] }'));
await warmUp(first);

// An engine keeps what its scripts freed: no two jobs have the same.
let ahead: Script | undefined = new Script(await loadEngine(engine));
await serve({
  load: (code) => ({
    async fresh() {
      const script = ahead ?? new Script(await loadEngine(engine));
      ahead = undefined;
      script.load(code);
      return script;
    },
  }),
});
