/**
 * Puts the world in place of what a program takes from Node: whoever imported `open` of `node:fs/promises` has the world's from now on. So
 * the product runs as it is, and has no door of its own through which somebody could give it another clock or weak randomness.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);

/** Of a module of Node's, by its name, or of the global object (`''`): what stands where. */
export type Replacements = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const objectOf = (name: string): object => {
  if (name === 'global') return globalThis;
  if (name === 'performance') return performance;
  if (name === 'webcrypto') return crypto;
  // Any: a module of Node's is an object.
  return require(name) as object;
};

/** Puts them there. Returns how to put back what was there. */
export function replaceBuiltins(replacements: Replacements): () => void {
  const undo: (() => void)[] = [];
  for (const [module, values] of Object.entries(replacements)) {
    const target = objectOf(module);
    for (const [name, value] of Object.entries(values)) {
      const before = Object.getOwnPropertyDescriptor(target, name);
      Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true });
      undo.push(() => {
        if (before) Object.defineProperty(target, name, before);
        else Reflect.deleteProperty(target, name);
      });
    }
  }
  syncBuiltinESMExports();
  return () => {
    for (const put of undo.reverse()) put();
    syncBuiltinESMExports();
  };
}
