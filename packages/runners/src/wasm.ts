/** The process that runs a WebAssembly function, over the executor protocol: each job in an instance of its own. */
import { serve, warmUp } from './serve.ts';
import { Program } from './wasm/program.ts';

/**
 * Imports of `env`: teaclave_open_input, teaclave_read_file, and an unknown one. `entrypoint` opens the input that its first argument
 * names, reads 4 bytes from it, and returns.
 */
const SMALL =
  'AGFzbQEAAAABFgRgAX8Bf2ADf39/AX9gAABgAn9/AX8CPAMDZW52E3RlYWNsYXZlX29wZW5faW5wdXQAAANlbnYSdGVhY2xhdmVfcmVhZF9maWxlAAEDZW52AXgAAgMCAQMFAwEAAQcXAgplbnRyeXBvaW50AAMGbWVtb3J5AgAKEQEPACABKAIAEAAgAUEEEAEL';

await warmUp(new Program(new Uint8Array(Buffer.from(SMALL, 'base64'))));
await serve({
  load(code) {
    const program = new Program(code);
    // A run makes its own instance, memory and folders; the compiled module is what runs share.
    return { fresh: () => Promise.resolve(program) };
  },
});
