/** The process that runs a WebAssembly function: one job, over the executor protocol. */
import { serve, warmUp } from './serve.ts';
import { Program } from './wasm/program.ts';

/**
 * Imports of `env`: teaclave_open_input, teaclave_read_file, and an unknown one. `entrypoint` opens the input that its first argument
 * names, reads 4 bytes from it, and returns.
 */
const SMALL =
  'AGFzbQEAAAABFgRgAX8Bf2ADf39/AX9gAABgAn9/AX8CPAMDZW52E3RlYWNsYXZlX29wZW5faW5wdXQAAANlbnYSdGVhY2xhdmVfcmVhZF9maWxlAAEDZW52AXgAAgMCAQMFAwEAAQcXAgplbnRyeXBvaW50AAMGbWVtb3J5AgAKEQEPACABKAIAEAAgAUEEEAEL';

warmUp(new Program(new Uint8Array(Buffer.from(SMALL, 'base64'))));
serve({ load: (code) => new Program(code) });
