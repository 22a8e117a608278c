import { existsSync, readFileSync } from 'node:fs';
import { type FakeEvent, fakeEventLog } from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { concat, toHex, utf8Bytes } from '../bytes.ts';
import { CallCache } from '../cache.ts';
import type { Context } from '../context.ts';
import { crypto } from '../crypto/node.ts';
import type { TdReport } from '../dcap/body.ts';
import { parseQuote } from '../dcap/quote.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { parseEventLog, startupLocality } from './log.ts';
import { checkData, replay } from './replay.ts';
import { verifyEventLog } from './verify.ts';

const context: Context = { at: 0, roots: {}, crypto, cache: new CallCache() };
const vectors = new URL('../../../../../shared/attestation/vectors/', import.meta.url);

const le32 = (value: number) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};
const event = (register: number, text: string, type = 0x80000007): FakeEvent => ({
  register,
  type,
  data: utf8Bytes(text),
});

function reasonOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'parsed';
}

/** A log of the first format. */
async function oldLog(events: readonly FakeEvent[]): Promise<Uint8Array> {
  const records = events.map(async ({ register, type, data, digest }) =>
    concat(
      le32(register),
      le32(type),
      digest ?? (await crypto.digest('sha1', data)),
      le32(data.length),
      data,
    ),
  );
  return concat(...(await Promise.all(records)));
}

const extended = async (hash: 'sha1' | 'sha256' | 'sha384', start: Uint8Array, ...texts: string[]) => {
  let value = start;
  for (const text of texts)
    value = await crypto.digest(hash, concat(value, await crypto.digest(hash, utf8Bytes(text))));
  return toHex(value);
};

describe('replay', () => {
  it('extends each register from zero, in order', async () => {
    const log = parseEventLog(await fakeEventLog([event(4, 'a'), event(5, 'x'), event(4, 'b')]));
    const bank = (await replay(log, crypto)).get('sha256');
    expect([...(bank ?? [])].map(([register, value]) => [register, toHex(value)])).toEqual([
      [4, await extended('sha256', new Uint8Array(32), 'a', 'b')],
      [5, await extended('sha256', new Uint8Array(32), 'x')],
    ]);
  });

  it('begins PCR 0, and no other, with the locality of the startup', async () => {
    const locality = { register: 0, type: 3, data: concat(utf8Bytes('StartupLocality\0'), Uint8Array.of(3)) };
    const log = parseEventLog(await fakeEventLog([locality, event(0, 'a'), event(1, 'a')]));
    expect(startupLocality(log)).toBe(3);
    const bank = (await replay(log, crypto)).get('sha256');
    const start = new Uint8Array(32);
    expect(toHex(bank?.get(1) as Uint8Array)).toBe(await extended('sha256', start, 'a'));
    start[31] = 3;
    expect(toHex(bank?.get(0) as Uint8Array)).toBe(await extended('sha256', start, 'a'));
  });

  it('finds the locality behind shorter events that are no action, and refuses one that is cut off', async () => {
    const noAction = (text: string, ...more: number[]) => ({
      register: 0,
      type: 3,
      data: concat(utf8Bytes(text), Uint8Array.from(more)),
    });
    const short = [noAction(''), noAction('Start'), noAction('StartupLocalit')];
    const locality = noAction('StartupLocality\0', 3);
    const events = [...short, locality, event(0, 'a')];
    const start = new Uint8Array(32);
    start[31] = 3;
    const bank = (await replay(parseEventLog(await fakeEventLog(events)), crypto)).get('sha256');
    expect(toHex(bank?.get(0) as Uint8Array)).toBe(await extended('sha256', start, 'a'));
    const old = parseEventLog(await oldLog([...short, locality, event(0, 'a')]));
    expect(startupLocality(old)).toBe(3);
    const cut = parseEventLog(await fakeEventLog([noAction('StartupLocality\0'), event(0, 'a')]));
    expect(reasonOf(() => startupLocality(cut))).toBe('malformed');
    await expect(replay(cut, crypto)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('reads the first format, which knows SHA-1 only', async () => {
    const log = parseEventLog(await oldLog([event(0, 'a'), event(0, 'b')]));
    expect(log).toMatchObject({ format: 'sha1', length: 2 * 33 });
    const value = (await replay(log, crypto)).get('sha1')?.get(0) as Uint8Array;
    expect(toHex(value)).toBe(await extended('sha1', new Uint8Array(20), 'a', 'b'));
  });
});

describe('data of events', () => {
  const verdicts = async (events: FakeEvent[], banks: string[] = []) => {
    const log = parseEventLog(await fakeEventLog(events));
    return (await checkData(log, crypto, banks)).slice(1).map(({ verified }) => verified);
  };
  const digest = new Uint8Array(32).fill(7);

  it('are vouched for by digests that are theirs, of any type', async () => {
    expect(await verdicts([event(0, 'a'), event(4, 'b', 0xd)])).toEqual([true, true]);
  });

  it('are false where the type promises it, and a hint elsewhere', async () => {
    for (const type of [4, 5, 8, 0x80000001, 0x80000007])
      expect(await verdicts([{ ...event(0, 'a', type), digest }])).toEqual([false]);
    expect(await verdicts([{ ...event(4, 'b', 0xd), digest }, event(0, 'c', 3)])).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('are false for an event that was not extended into a bank that counts', async () => {
    expect(await verdicts([event(0, 'a'), event(4, 'b', 0xd)], ['sha384'])).toEqual([false, false]);
  });
});

describe('parsing', () => {
  it.each([0, 0xff])('stops at padding with %i', async (fill) => {
    const bytes = await fakeEventLog([event(1, 'a')]);
    for (const size of [1, 11, 12, 4096]) {
      const log = parseEventLog(concat(bytes, new Uint8Array(size).fill(fill)));
      expect(log).toMatchObject({ length: bytes.length, events: { length: 2 } });
    }
    const hidden = concat(bytes, new Uint8Array(64).fill(fill), Uint8Array.of(1));
    expect(reasonOf(() => parseEventLog(hidden))).toBe('malformed');
  });

  it.each([
    ['a digest count beyond the banks', concat(le32(1), le32(4), le32(0xffffffff))],
    ['a digest of a bank that the header lacks', concat(le32(1), le32(4), le32(1), Uint8Array.of(4, 0))],
    [
      'data longer than the log',
      concat(le32(1), le32(4), le32(1), Uint8Array.of(11, 0), new Uint8Array(32), le32(0xffffffff)),
    ],
  ])('refuses %s', async (_what, record) => {
    const bytes = concat(await fakeEventLog([]), record, new Uint8Array(20).fill(1));
    expect(reasonOf(() => parseEventLog(bytes))).toBe('malformed');
  });

  it('refuses logs that are too long or have too many events', async () => {
    expect(reasonOf(() => parseEventLog(new Uint8Array(limits.eventLog.value + 1)))).toBe('malformed');
    const one = await oldLog([{ ...event(1, '', 5) }]);
    const many = new Uint8Array(one.length * 20_001);
    for (let at = 0; at < many.length; at += one.length) many.set(one, at);
    expect(reasonOf(() => parseEventLog(many))).toBe('malformed');
  });

  it('throws nothing but refusals, whatever the bytes', async () => {
    const bytes = await fakeEventLog([event(0, 'a'), event(7, 'b')]);
    for (let end = 0; end < bytes.length; end++) reasonOf(() => parseEventLog(bytes.subarray(0, end)));
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ flip;
        reasonOf(() => parseEventLog(changed));
      }
    }
  });
});

describe('a log against the quote of a TD', () => {
  const zero = '00'.repeat(48);
  const boot = [event(1, 'firmware'), event(2, 'loader'), event(3, 'kernel')];

  async function tdOf(changes: Partial<TdReport> = {}): Promise<TdReport> {
    const [rtmr0, rtmr1, rtmr2] = await Promise.all(
      boot.map(({ data }) => extended('sha384', new Uint8Array(48), new TextDecoder().decode(data))),
    );
    return { rtmr0, rtmr1, rtmr2, rtmr3: zero, ...changes } as TdReport;
  }
  const against = async (events: FakeEvent[], td?: TdReport) =>
    verifyEventLog(await fakeEventLog(events, 'sha384'), td, context);

  it('leads to its RTMRs', async () => {
    expect(await against(boot, await tdOf())).toMatchObject({ eventDataTrusted: true, anomalies: [] });
    expect(await against(boot)).toMatchObject({ kind: 'eventlog', eventDataTrusted: true });
  });

  it.each([
    ['rtmr0', 'RTMR 0'],
    ['rtmr1', 'RTMR 1'],
    ['rtmr2', 'RTMR 2'],
  ])('is refused where %s differs, by name', async (field, name) => {
    const found = against(boot, await tdOf({ [field]: 'ab'.repeat(48) }));
    await expect(found).rejects.toMatchObject({ code: 'eventlog-mismatch' });
    await expect(found).rejects.toThrow(name);
  });

  it('is refused without the events of the firmware, without any, and in another bank', async () => {
    const td = await tdOf();
    for (const events of [boot.slice(1), boot.filter(({ register }) => register !== 2), []])
      await expect(against(events, td)).rejects.toMatchObject({ code: 'eventlog-mismatch' });
    const other = verifyEventLog(await fakeEventLog(boot), td, context);
    await expect(other).rejects.toMatchObject({ code: 'eventlog-mismatch' });
  });

  it('tells what no event leads to and what no register proves; refuses a second separator', async () => {
    const application = await tdOf({ rtmr3: 'cd'.repeat(48) });
    expect((await against(boot, application)).anomalies).toEqual(['no event leads to the value of RTMR 3']);
    expect((await against([...boot, event(9, 'x')], await tdOf())).anomalies).toEqual([
      'register 9 is in the log and not in the quote',
    ]);
    const twice = [event(4, 'end', 4), event(4, 'end', 4)];
    await expect(against(twice)).rejects.toMatchObject({ code: 'repeated-separator' });
    const log = await fakeEventLog(twice, 'sha384');
    const accepting = { allowRepeatedSeparators: true };
    expect((await verifyEventLog(log, undefined, context, accepting)).anomalies).toEqual([
      'second separator in register 4',
    ]);
    // One in each register is how every boot looks.
    expect((await against([event(4, 'end', 4), event(5, 'end', 4)])).anomalies).toEqual([]);
  });
});

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly files: Readonly<Record<string, string>>;
  readonly expect: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly quote?: string;
}

const present = existsSync(new URL('index.json', vectors));
if (!present) console.warn('SKIPPED: shared/attestation/vectors is not on this machine');
const index: Entry[] = present
  ? JSON.parse(readFileSync(new URL('index.json', vectors), 'utf8')).vectors
  : [];
const logs = index.filter(({ kind }) => kind === 'tcg-eventlog');

describe.skipIf(!present)('vectors of logs', () => {
  const file = (path: string | undefined) => new Uint8Array(readFileSync(new URL(path as string, vectors)));

  it('are all there', () => expect(logs).toHaveLength(9));

  it.each(logs.map((entry) => [entry.id, entry] as const))('%s', async (_id, entry) => {
    const bytes = file(entry.files['log']);
    const replayed = await verifyEventLog(bytes, undefined, context);
    const { matchesQuote: _matches, ...claims } = entry.claims;
    expect(replayed.claims).toMatchObject(claims);
    expect(replayed).toMatchObject({ eventDataTrusted: true, anomalies: [] });
    if (entry.quote === undefined) return;
    const quote = parseQuote(file(index.find(({ id }) => id === entry.quote)?.files['quote']));
    const judged = verifyEventLog(bytes, quote.body as TdReport, context);
    if (entry.expect['verdict'] === 'invalid') {
      await expect(judged).rejects.toMatchObject({ code: entry.expect['error'] });
      await expect(judged).rejects.toThrow((entry.expect['register'] as string).replace('rtmr', 'RTMR '));
    } else expect(await judged).toMatchObject({ eventDataTrusted: true, anomalies: [] });
  });
});
