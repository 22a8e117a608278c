/** What the product is made of, loaded once; and what it takes from Node's cryptography that would be slow, or would end at some real time. */
import { createHash, createHmac } from 'node:crypto';
import type * as parts from '@gaiwan/platform/parts';
import { type Replacements, replaceBuiltins } from '../world/builtins.ts';

export type Parts = typeof parts;
export interface Product extends Parts {
  /** One for all: it has no state but what it has decided. */
  readonly access: InstanceType<Parts['CedarAccessControl']>;
}

interface HashOptions {
  readonly message: string;
  readonly nonce: Uint8Array;
  readonly tagLength: number;
}

/** What protects passwords is not simulated: what takes 19 MiB and some thread is one hash. */
function quickArgon2(_: string, options: HashOptions, done: (error: null, tag: Buffer) => void): void {
  const hash = createHash('sha256').update(options.message).update(options.nonce).digest();
  queueMicrotask(() => done(null, hash.subarray(0, options.tagLength)));
}

/** As jose looks at it. */
interface MacKey {
  readonly bytes: Uint8Array;
  readonly algorithm: { readonly name: 'HMAC'; readonly hash: { readonly name: string } };
  readonly usages: readonly string[];
}

const macOf = ({ bytes, algorithm }: MacKey, data: Uint8Array): Buffer =>
  createHmac(algorithm.hash.name.replace('-', ''), bytes).update(data).digest();

/** HMACs as Web Crypto has them, at once: its threads would end at times of the machine. */
export const subtle = {
  importKey: (...[, bytes, { hash: name }]: [string, Uint8Array, { readonly hash: string }]) =>
    Promise.resolve<MacKey>({
      bytes: Uint8Array.from(bytes),
      algorithm: { name: 'HMAC', hash: { name } },
      usages: ['sign', 'verify'],
    }),
  sign: (_: unknown, key: MacKey, data: Uint8Array) => Promise.resolve(macOf(key, data)),
  verify: (...[, key, mac, data]: [unknown, MacKey, Uint8Array, Uint8Array]) =>
    Promise.resolve(Buffer.compare(macOf(key, data), mac) === 0),
};

const real = crypto.subtle;

/** The same, beside all else that Web Crypto does: that is done by its own threads, and `outside` makes the world wait for it. */
export function wholeSubtle(outside: (work: Promise<unknown>) => Promise<unknown>): unknown {
  const isMac = (name: string, args: readonly unknown[]): boolean =>
    name === 'importKey'
      ? args[0] === 'raw'
      : typeof args[1] === 'object' && args[1] !== null && 'bytes' in args[1];
  return new Proxy(real, {
    get: (_, name: string) => {
      const own: unknown = Reflect.get(subtle, name);
      const theirs: unknown = Reflect.get(real, name);
      return (...args: readonly unknown[]) => {
        // Any: functions of Web Crypto's, and those above.
        if (typeof own === 'function' && isMac(name, args))
          return Reflect.apply(own, subtle, args) as unknown;
        if (typeof theirs !== 'function') throw new TypeError(`Web Crypto has no ${name}`);
        return outside(Reflect.apply(theirs, real, args) as Promise<unknown>);
      };
    },
  });
}

let loaded: Promise<Product> | undefined;

/** Before anything else of the platform is imported: it takes some functions of Node's as it finds them. */
export function loadProduct(): Promise<Product> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Product> {
  const slow: Replacements = { 'node:crypto': { argon2: quickArgon2 } };
  const putBack = replaceBuiltins(slow);
  try {
    const all = await import('@gaiwan/platform/parts');
    return { ...all, access: new all.CedarAccessControl() };
  } finally {
    putBack();
  }
}
