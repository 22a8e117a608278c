/** Which slots Teaclave's late check of tags is kept for. */
import type { FunctionDefinition, TaskManifest } from '@gaiwan/protocol';

/** Teaclave's own executors, which participants approve by name. */
const TEACLAVE: ReadonlySet<string> = new Set(['python/mesapy', 'wamr/wamr']);
/** What such a function exports, in Python and in WebAssembly: code that never names it cannot have it. */
const ENTRY = Buffer.from('entrypoint');

/** The slots that a function with Teaclave's entry declares optional; of any other function none. */
export function lateSlotsOf(
  { function: { executorType }, executor }: Pick<TaskManifest, 'function' | 'executor'>,
  { inputs }: Pick<FunctionDefinition, 'inputs'>,
  payload: Uint8Array,
): ReadonlySet<string> {
  if (!TEACLAVE.has(`${executorType}/${executor}`) || !Buffer.from(payload).includes(ENTRY)) return new Set();
  return new Set(inputs.filter(({ optional }) => optional).map(({ name }) => name));
}
