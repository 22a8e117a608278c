/** A worker whose every frame is written down beforehand: what it says comes from one file, what the process says goes to another. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Streams } from '../channel.ts';

export interface Frame {
  readonly head: Record<string, unknown>;
  readonly body: Buffer;
}

export function frame(head: unknown, body: Uint8Array = new Uint8Array(0)): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(json.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  return Buffer.concat([lengths, json, body]);
}

export function parseFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const bodyAt = at + 8 + bytes.readUInt32BE(at);
    const end = bodyAt + bytes.readUInt32BE(at + 4);
    frames.push({
      head: JSON.parse(bytes.toString('utf8', at + 8, bodyAt)),
      body: bytes.subarray(bodyAt, end),
    });
    at = end;
  }
  return frames;
}

/** Gives the process streams with the worker's bytes; returns what the process wrote. */
export function withScriptedHost(said: Uint8Array, use: (streams: Streams) => void): Frame[] {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-host-'));
  const answers = join(folder, 'answers');
  writeFileSync(join(folder, 'said'), said);
  const input = openSync(join(folder, 'said'), 'r');
  const output = openSync(answers, 'w');
  try {
    use({ input, output });
    return parseFrames(readFileSync(answers));
  } finally {
    closeSync(input);
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}
