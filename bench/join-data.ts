/** Seeded lists for the join benchmark, in the form of the built-in function and as CSV. */
import { createCipheriv, createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers, mulberry32 } from './random.ts';

const PARTIES = 3;
const KEY = createHash('sha256').update('bench join').digest();

export interface Party {
  /** `name : amount` lines, aes-gcm-256, the tag at the end. */
  readonly encrypted: string;
  readonly tag: Buffer;
  readonly csv: string;
  readonly bytes: number;
  readonly iv: Buffer;
}

export const benchKey: Buffer = KEY;

/** Writes the parties' files into `folder`. */
export function makeParties(folder: string, rows: number): Party[] {
  return Array.from({ length: PARTIES }, (_, party) => {
    const random = mulberry32(party + 1);
    const lines: string[] = [];
    const csv: string[] = [];
    for (const customer of customers(rows, random)) {
      const name = `customer-${String(customer * 7919).padStart(10, '0')}`;
      const amount = Math.floor(random() * 1_000_000);
      lines.push(`${name} : ${amount}\n`);
      csv.push(`${name},${amount}\n`);
    }
    const plaintext = Buffer.from(lines.join(''));
    const iv = Buffer.alloc(12, party + 1);
    const cipher = createCipheriv('aes-256-gcm', KEY, iv);
    cipher.setAAD(new Uint8Array(8));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const tag = cipher.getAuthTag();
    const encrypted = join(folder, `party${party}.enc`);
    writeFileSync(encrypted, Buffer.concat([sealed, tag]));
    const csvPath = join(folder, `party${party}.csv`);
    writeFileSync(csvPath, csv.join(''));
    return { encrypted, tag, csv: csvPath, bytes: plaintext.length, iv };
  });
}
