/** The code of a function as files that a person reads. */
import { createHash } from 'node:crypto';
import type { FunctionCode } from '@gaiwan/client';
import { readZip, ZipError } from './zip.ts';

export interface CodeFiles {
  /** By path. Of code that is one file, that file. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Why a zip was not opened: it is then one file. */
  readonly unopened?: string;
}

export type ShownCode = Pick<FunctionCode, 'definition'> & { readonly payload: Uint8Array };

const names: Readonly<Partial<Record<string, string>>> = {
  python: 'main.py',
  javascript: 'main.js',
  wasm: 'main.wasm',
  wamr: 'main.wasm',
};

export function filesOf({ definition, payload }: ShownCode): CodeFiles {
  if (payload.length === 0) return { files: new Map() };
  // As the runner tells them apart.
  const isPackage =
    definition.executorType === 'python' && Buffer.from(payload.subarray(0, 4)).equals(LOCAL_FILE);
  if (!isPackage) return { files: new Map([[names[definition.executorType] ?? 'code', payload]]) };
  try {
    return { files: readZip(payload) };
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    return { files: new Map([['code.zip', payload]]), unopened: error.message };
  }
}

const LOCAL_FILE = Buffer.from('PK\x03\x04');

/** Undefined for what is no text. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
