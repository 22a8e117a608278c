/** The part of JavaScript's WebAssembly interface that looking at a module needs; Node's types lack it. */
interface Interface {
  readonly Module: {
    new (bytes: Uint8Array<ArrayBuffer>): object;
    imports(module: object): { module: string; name: string; kind: string }[];
  };
}

/** "FROM.NAME" of each import; none of what is no module: the task will say so. Compiles it, and runs nothing of it. */
export function wasmImports(bytes: Uint8Array): string[] {
  try {
    // Every Node has it, though its types lack it.
    const { Module } = Reflect.get(globalThis, 'WebAssembly') as Interface;
    return Module.imports(new Module(new Uint8Array(bytes))).map(
      ({ module: from, name }) => `${from}.${name}`,
    );
  } catch {
    return [];
  }
}
