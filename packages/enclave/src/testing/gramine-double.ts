/** Gramine's files as they were seen to behave: one register for all, so that a quote is about what was written last. */
import { randomInt } from 'node:crypto';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { InterfaceFiles } from '../attester/files.ts';

export interface GramineDoubleOptions {
  /** From report data, in hexadecimal, to a quote. */
  readonly quote: (reportData: string) => Promise<Uint8Array>;
  /** Default: "dcap". */
  readonly type?: string;
  /** Sealing keys by name. */
  readonly keys?: Readonly<Record<string, Uint8Array>>;
}

export function gramineDouble({
  quote,
  type = 'dcap',
  keys = {},
}: GramineDoubleOptions): Pick<InterfaceFiles, 'read' | 'write'> {
  let register = new Uint8Array(64);
  /** In no order that anybody could rely on. */
  const slow = async () => {
    for (let turns = randomInt(5); turns >= 0; turns--) await setImmediate();
  };
  return {
    async read(path) {
      await slow();
      const name = basename(path);
      if (name === 'attestation_type') return Buffer.from(type);
      if (name === 'quote') return quote(Buffer.from(register).toString('hex'));
      // Each read derives it anew, and the reader wipes it.
      const key = keys[name] && Uint8Array.from(keys[name]);
      return key ?? Promise.reject(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }));
    },
    async write(_path, bytes) {
      await slow();
      register = Uint8Array.from(bytes);
    },
  };
}
