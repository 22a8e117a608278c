/** Cedar. It is WebAssembly, which V8 compiles twice: at the first call of a function, and, for speed, once it has run for a while. */
import { setFlagsFromString } from 'node:v8';

/** V8's, of `node --v8-options`: roughly how many bytes a function may execute before it is compiled for speed. */
const BUDGET = 13_000_000;
const setBudget = (bytes: number): void => setFlagsFromString(`--wasm-tiering-budget=${bytes}`);

// Ten times as long: reading the policies at a start and a first decision would else have most of Cedar compiled for speed, 0.1 s of
// processor time for what runs once. What decides all day is compiled later. The module keeps the budget that it was loaded with.
setBudget(10 * BUDGET);
export const cedar = await import('@cedar-policy/cedar-wasm/nodejs');
setBudget(BUDGET);
