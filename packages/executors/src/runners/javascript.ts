/** The process that runs a party's JavaScript: one job, over the executor protocol. */
import { loadEngine, Script } from './javascript/engine.ts';
import { serve } from './serve.ts';

const script = new Script(await loadEngine());
serve({
  load(code) {
    script.load(code);
    return script;
  },
});
