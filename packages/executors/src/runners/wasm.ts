/** The process that runs a party's WebAssembly: one job, over the executor protocol. */
import { serve } from './serve.ts';
import { Program } from './wasm/program.ts';

serve({ load: (code) => new Program(code) });
