/** encrypt, decrypt, keygen: without a platform. */
import { randomBytes } from 'node:crypto';
import type { Scheme } from '@gaiwan/files';
import { buildCommand } from '@stricli/core';
import { type Context, hex, note, print } from '../context.ts';
import * as flag from '../flags.ts';
import {
  type KeyFlags,
  keyBytes,
  keyForReading,
  keyForWriting,
  parseHex,
  writeNewSecret,
} from '../terminal/keys.ts';
import { ProgressBar } from '../terminal/progress.ts';

interface CryptFlags extends KeyFlags, flag.Json {
  readonly name?: string | undefined;
  readonly in: string;
  readonly out: string;
  readonly printTag?: boolean | undefined;
}

const flags = {
  scheme: flag.schemeFlag,
  keyFile: flag.keyFileFlag,
  iv: flag.ivFlag,
  name: flag.textFlag("Stored name, for teaclave-file-128 (default: the ciphertext's file name)", 'NAME'),
  in: flag.requiredText('File or pipe to read; - is standard input', 'FILE'),
  out: flag.requiredText('File to replace, or pipe or device to write into; - is standard output', 'FILE'),
  printTag: flag.switchFlag('Print the tag in hex'),
  json: flag.jsonFlag,
} as const;

export const encrypt = buildCommand<CryptFlags, [], Context>({
  docs: {
    brief: 'Encrypt a file',
    fullDescription: `For aes-gcm-* without --iv, an IV is made and printed on standard error.

${flag.examples(
  'gaiwan encrypt --scheme aes-gcm-256 --key-file list.key --in list.txt --out list.enc --print-tag',
  'gaiwan encrypt --scheme teaclave-file-128 --key-file list.key --name list.enc --in - --out - < list.txt > list.enc',
)}`,
  },
  parameters: { flags },
  async func(given) {
    const key = keyForWriting(given);
    const { encryptFile, goesToStandardOutput } = await import('@gaiwan/files/node');
    const done = await withBar('encrypt', (onProgress) =>
      encryptFile(given.in, given.out, { key, onProgress, ...named(given) }),
    );
    const made = key.iv && given.iv === undefined && !given.json;
    if (made && key.iv) note(this, `iv ${hex(key.iv)}`);
    const iv = key.iv ? { iv: hex(key.iv) } : {};
    say(this, given, goesToStandardOutput(given.out), {
      ...iv,
      tag: hex(done.tag),
      plaintextSize: done.plaintextSize,
      size: done.size,
    });
  },
});

export const decrypt = buildCommand<CryptFlags & { readonly tag?: string | undefined }, [], Context>({
  docs: {
    brief: 'Decrypt a file; nothing is written before all of it is authentic',
    fullDescription: flag.examples(
      'gaiwan decrypt --scheme aes-gcm-256 --key-file list.key --iv 00112233445566778899aabb --in list.enc --out list.txt',
    ),
  },
  parameters: { flags: { ...flags, tag: flag.textFlag('Tag that the file must have', 'HEX') } },
  async func(given) {
    const key = keyForReading(given);
    const tag = given.tag === undefined ? {} : { tag: parseHex(given.tag, 16, '--tag') };
    const { decryptFile, goesToStandardOutput } = await import('@gaiwan/files/node');
    const done = await withBar('decrypt', (onProgress) =>
      decryptFile(given.in, given.out, { key, onProgress, ...tag, ...named(given) }),
    );
    say(this, given, goesToStandardOutput(given.out), {
      tag: hex(done.tag),
      plaintextSize: done.plaintextSize,
    });
  },
});

const named = ({ name }: CryptFlags) => (name === undefined ? {} : { name });

async function withBar<T>(
  label: string,
  action: (onProgress: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new ProgressBar();
  try {
    return await action((bytes) => bar.update(label, bytes, undefined));
  } finally {
    bar.end();
  }
}

/** On standard output, unless that carries the file. */
function say(
  context: Context,
  { json, printTag }: CryptFlags,
  carriesFile: boolean,
  value: {
    readonly tag?: string;
    readonly plaintextSize: number;
    readonly size?: number;
    readonly iv?: string;
  },
): void {
  if (!json && !(printTag && value.tag)) return;
  const text = json ? JSON.stringify(value) : (value.tag ?? '');
  if (carriesFile) note(context, text);
  else print(context, false, value, () => text);
}

export const keygen = buildCommand<
  flag.Json & { readonly scheme: Scheme; readonly out: string },
  [],
  Context
>({
  docs: {
    brief: 'Make a random key file that only you can read',
    fullDescription: flag.examples('gaiwan keygen --scheme aes-gcm-256 --out list.key'),
  },
  parameters: {
    flags: {
      scheme: flag.schemeFlag,
      out: flag.requiredText('New file; - is standard output', 'FILE'),
      json: flag.jsonFlag,
    },
  },
  async func({ scheme, out, json }) {
    const text = `${randomBytes(keyBytes(scheme)).toString('hex')}\n`;
    const { goesToStandardOutput } = await import('@gaiwan/files/node');
    if (goesToStandardOutput(out)) return print(this, false, undefined, () => text);
    await writeNewSecret(out, text);
    print(this, json === true, { out, scheme }, () => `Wrote a new key for ${scheme} to ${out}.`);
  },
});
