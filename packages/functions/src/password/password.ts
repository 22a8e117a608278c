import { passwordCheckEntry } from '@gaiwan/catalogue/entries';
import type { CataloguedFunction, Input } from '../function.ts';
import { countsLine } from '../keyed/report.ts';
import { trimEnd, trimStart } from '../keyed/trim.ts';
import { FunctionError } from '../refusal.ts';
import { lineBlocks } from '../text/lines.ts';
import { openText } from '../text/open-text.ts';

const LF = 10;

/** A password in a buffer whose size is a power of two, so that every index has a place in it. */
class Secret {
  readonly #bytes: Uint8Array;
  readonly #length: number;

  /** Copies the text. */
  constructor(text: Uint8Array) {
    this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(text.length + 1)));
    this.#bytes.set(text);
    this.#length = text.length;
  }

  /** 1 if it is `text[start..end)`, else 0. How long that takes depends on `start` and `end` alone. */
  equals(text: Uint8Array, start: number, end: number): number {
    const mask = this.#bytes.length - 1;
    let difference = (end - start) ^ this.#length;
    for (let i = start; i < end; i++) {
      // Both indices are within: 0 never stands in.
      difference |= (text[i] ?? 0) ^ (this.#bytes[(i - start) & mask] ?? 0);
    }
    return ((difference | -difference) >>> 31) ^ 1;
  }

  wipe(): void {
    this.#bytes.fill(0);
  }
}

/** The first line, trimmed. Throws `FunctionError` for an input without one. */
async function readPassword(input: Input): Promise<Secret> {
  for await (const block of lineBlocks(openText(input, { name: 'password', contract: 'from_utf8' }))) {
    const lf = block.indexOf(LF);
    const line = block.subarray(0, lf < 0 ? block.length : lf);
    const start = trimStart(line, 0, line.length);
    return new Secret(line.subarray(start, trimEnd(line, start, line.length)));
  }
  throw new FunctionError(
    'invalid-input',
    'The input "password" is empty: its first line must be the password.',
  );
}

interface Search {
  /** Whether a line of the list, trimmed, is the password. */
  readonly found: boolean;
  readonly lines: number;
  readonly blank: number;
}

/** Looks at all lines, whatever is found. */
async function search(secret: Secret, list: Input): Promise<Search> {
  let [found, lines, blank] = [0, 0, 0];
  for await (const block of lineBlocks(
    openText(list, { name: 'exposed_passwords', contract: 'from_utf8' }),
  )) {
    for (let position = 0; position < block.length; ) {
      const lf = block.indexOf(LF, position);
      const stop = lf < 0 ? block.length : lf;
      const start = trimStart(block, position, stop);
      const end = trimEnd(block, start, stop);
      found |= secret.equals(block, start, end);
      lines++;
      if (start === end) blank++;
      position = stop + 1;
    }
  }
  return { found: found === 1, lines, blank };
}

/** Whether a party's password is on another party's list (contract 1.13). Constant memory; reads the whole list. */
export const passwordCheck: CataloguedFunction = {
  name: passwordCheckEntry.name,
  entry: passwordCheckEntry,
  async run(context) {
    const password = context.input('password');
    const list = context.input('exposed_passwords');
    const secret = await readPassword(password);
    try {
      const { found, lines, blank } = await search(secret, list);
      context.log(
        countsLine('exposed_passwords', [
          [lines, 'line'],
          [lines - blank, 'used'],
          [blank, 'blank'],
        ]),
      );
      if (lines === blank) context.log('Warning: nothing of exposed_passwords could be used.');
      return String(found);
    } finally {
      secret.wipe();
    }
  },
};
