/**
 * Every limit of this package: docs/limits.md is generated from here, and so are the Python runner's constants. The form is that
 * of `limitTable` in @gaiwan/errors, which a guest does not import (limits.test.ts compares them).
 */
export const limits = {
  fileName: { value: 64 << 10, unit: 'bytes', what: 'the name of a file that a WebAssembly module opens' },
  importedTables: {
    value: 1_000_000,
    unit: 'count',
    what: 'entries of all tables that a WebAssembly module imports',
  },
  wasiDescriptors: { value: 1024, unit: 'count', what: 'descriptors that a WASI program has at once' },
  javascriptStack: { value: 256 << 10, unit: 'bytes', what: "the stack of a JavaScript function's engine" },
  javascriptRead: { value: 1 << 30, unit: 'bytes', what: 'one read() of a JavaScript function' },
  javascriptUrl: {
    value: 1 << 20,
    unit: 'characters',
    what: 'a URL, or parameters of one, that a JavaScript function has taken apart or put together',
  },
  clockResolution: {
    value: 10,
    unit: 'ms',
    what: 'the resolution of clocks in WebAssembly',
    note: 'too coarse to time caches with',
  },
  remainsCollected: {
    value: 16,
    unit: 'MiB',
    what: 'memory that calls of WebAssembly or JavaScript leave in their process before it is collected',
  },
  remains: {
    value: 48,
    unit: 'MiB',
    what: 'memory that a process of WebAssembly or JavaScript may keep of earlier calls once it was collected',
    note: 'one with more serves no further call',
  },
  pythonMessage: { value: 4096, unit: 'characters', what: 'the message of a Python function that fails' },
  pythonLegacyResult: {
    value: 20_480,
    unit: 'bytes',
    what: "the result of a Python function with Teaclave's entry",
    note: 'the result is MESAPY_ERROR_BUFFER_TOO_SHORT then, as the contract has it',
  },
  pythonMarshalDepth: { value: 200, unit: 'count', what: 'levels of a value of the module marshal' },
  packageFiles: {
    value: 10_000,
    unit: 'count',
    what: 'files of a package of a Python function, its wheels included',
  },
  packageBytes: { value: 256 << 20, unit: 'bytes', what: 'a package of a Python function, unpacked' },
  packageRatio: {
    value: 200,
    unit: 'count',
    what: 'how many times its packed size a file of a package unpacks to, beyond its first MiB',
  },
  packageName: { value: 512, unit: 'characters', what: 'the path of a file within a package' },
} as const;
