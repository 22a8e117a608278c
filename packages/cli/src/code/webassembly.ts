/** The part of JavaScript's WebAssembly interface that looking at a module needs; Node's types lack it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    static imports(module: Module): { module: string; name: string; kind: string }[];
  }
}

/** "FROM.NAME" of each import; none of what is no module: the task will say so. Compiles it, and runs nothing of it. */
export function wasmImports(bytes: Uint8Array): string[] {
  try {
    const module = new WebAssembly.Module(new Uint8Array(bytes));
    return WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
  } catch {
    return [];
  }
}
