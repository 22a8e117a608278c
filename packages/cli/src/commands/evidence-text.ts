/** What the evidence commands share: reading a file, and showing claims. */
import { createReadStream } from 'node:fs';
import { visible } from '@gaiwan/errors';
import { usage } from '../errors.ts';
import { limits } from '../limits.ts';

/** More than any evidence, certificate or log has. */
const MAX_INPUT = limits.evidence.value;

/** A file or a pipe; `-` is standard input. Throws `CliError` (usage) for one that is too long to be evidence. */
export async function bytesOf(file: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  const { isStandardInput } = await import('@gaiwan/files/node');
  const arriving: AsyncIterable<Buffer> = isStandardInput(file) ? process.stdin : createReadStream(file);
  for await (const chunk of arriving) {
    size += chunk.length;
    if (size > MAX_INPUT) throw usage(`${file} has more than ${MAX_INPUT} bytes: it is no evidence.`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** "name: value" lines, nested ones indented. What a stranger's text would hide or forge is written out. */
export function lines(value: Readonly<Record<string, unknown>>, indent = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const begin = `${indent}${visible(name)}:`;
    if (isGroup(inner)) return [begin, ...lines(inner, `${indent}  `)];
    return [`${begin} ${visible(typeof inner === 'string' ? inner : JSON.stringify(inner))}`];
  });
}
