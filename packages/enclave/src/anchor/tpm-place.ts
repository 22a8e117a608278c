/** The two NV indices of an anchor in a TPM that is open: what they hold, and the steps that change it. */
import { createHash, randomBytes } from 'node:crypto';
import { contextOf, verifyNvCertify } from '@gaiwan/attestation';
import type { NvIndex, Tpm } from '../tpm2/index.ts';
import { AnchorError, type AnchoredState } from './anchor.ts';
import {
  decodeRecord,
  encodeRecord,
  RECORD_BYTES,
  shownIndices,
  type TpmAnchorKeys,
  type TpmRecord,
} from './tpm-record.ts';

const COUNTER_BYTES = 8;
/** Two for states, by turns; one for who takes over. Three, so that neither writes over what the other has acknowledged. */
const TAKE_OVER = 2;
const SLOTS = 3;

/** What a counter was when the TPM signed it. */
export interface Count {
  readonly count: bigint;
  /** SHA-256 of the name of the key that signed. */
  readonly keyName: Uint8Array;
}

export interface Held extends Count {
  readonly state: AnchoredState;
}

/** Every method rejects with `TpmError`, `Refusal` or `AnchorError` `moved`, `unreadable`. */
export class TpmPlace {
  readonly #tpm: Tpm;
  readonly #keys: TpmAnchorKeys;
  readonly #counter: NvIndex;
  readonly #records: NvIndex;

  /** @param password of both indices; the caller wipes it when the TPM is closed */
  constructor(tpm: Tpm, keys: TpmAnchorKeys, password: Uint8Array) {
    this.#tpm = tpm;
    this.#keys = keys;
    const { counter, records } = keys;
    this.#counter = tpm.nv.index({ index: counter, kind: 'counter', size: COUNTER_BYTES, password });
    this.#records = tpm.nv.index({
      index: records,
      kind: 'ordinary',
      size: SLOTS * RECORD_BYTES,
      password,
    });
  }

  /** Undefined where nothing was ever anchored, or the owner of the TPM removed the records: the data folder knows better. */
  async find(): Promise<Held | undefined> {
    const [counter, records] = [await this.#counter.state(), await this.#records.state()];
    if (counter === 'other' || records === 'other') throw this.#unreadable('others have them');
    if (records !== 'written') return undefined;
    if (counter !== 'written') throw this.#unreadable('the counter was removed');
    const is = await this.signedCount();
    // A state goes before the copy of whoever took over: it may be acknowledged, and the copy is of the state before it.
    const valid = await this.#validRecords();
    const record = valid.find(({ count }) => count === is.count);
    if (record === undefined) {
      const [only, ...others] = valid;
      // Cut off before the first state held.
      if (only?.isFirst && only.count === is.count + 1n && others.length === 0) return undefined;
      throw this.#unreadable(`no record is for the counter's value ${is.count}`);
    }
    if (Buffer.compare(record.keyName, is.keyName) !== 0)
      throw this.#unreadable('the records are of another TPM');
    return { ...is, state: record.state };
  }

  /** Makes the indices where they are not there, and claims a count that no other process has. */
  async create(): Promise<Count> {
    const records = await this.#records.state();
    if (records === 'written') {
      if ((await this.find()) !== undefined) throw this.#moved();
      // Of a first attempt that was cut off.
      await this.#tpm.nv.undefine(this.#keys.records);
    }
    if (records !== 'empty') await this.#records.define();
    const counter = await this.#counter.state();
    if (counter === 'absent') await this.#counter.define();
    // The first increment gives a value that nobody knows before, so only the second can be a claim.
    if (counter !== 'written') await this.#counter.increment();
    const { count } = await this.signedCount();
    const claimed = await this.#raise(count + 1n);
    // Whoever was faster can write one more, and no longer raise the counter to it.
    if ((await this.#validRecords()).length > 0) throw this.#moved();
    return claimed;
  }

  /** Whoever held the anchor before can no more advance. */
  async takeOver({ count, state, keyName }: Held): Promise<Held> {
    await this.#write(TAKE_OVER, { count: count + 1n, isFirst: false, state, keyName });
    return { ...(await this.#raise(count + 1n)), state };
  }

  /** From a count that this process has claimed. */
  async put({ count, keyName }: Count, state: AnchoredState, isFirst: boolean): Promise<Held> {
    // Nothing is written where somebody else has gone on.
    this.#requireCount(await this.#counter.count(), count);
    const next = count + 1n;
    await this.#write(Number(next & 1n), { count: next, isFirst, state, keyName });
    const raised = await this.#raise(next);
    if (Buffer.compare(raised.keyName, keyName) !== 0)
      throw this.#unreadable('it is another TPM than before');
    return { ...raised, state };
  }

  /** The counter's value as the TPM's attestation key signs it now. */
  async signedCount(): Promise<Count> {
    const nonce = randomBytes(32);
    const evidence = await this.#tpm.withAttestationKey('endorsement', async (key) => ({
      ...(await this.#counter.certify(key, nonce)),
      akPublic: key.publicArea,
      nvPublic: this.#counter.publicArea,
    }));
    // No certificates, so no time.
    const verified = await verifyNvCertify(evidence, contextOf({ at: 0 }));
    if (verified.counter === undefined || verified.nonce !== nonce.toString('hex'))
      throw this.#unreadable('the TPM signed something else');
    const keyName = createHash('sha256').update(verified.akName, 'hex').digest();
    return { count: verified.counter, keyName };
  }

  async #raise(to: bigint): Promise<Count> {
    await this.#counter.increment();
    const is = await this.signedCount();
    this.#requireCount(is.count, to);
    return is;
  }

  #requireCount(is: bigint, expected: bigint): void {
    if (is !== expected) throw this.#moved();
  }

  #write(slot: number, record: TpmRecord): Promise<void> {
    return this.#records.write(slot * RECORD_BYTES, encodeRecord(record, this.#keys.mac));
  }

  /** States first. None where the index has no content. */
  async #validRecords(): Promise<TpmRecord[]> {
    if ((await this.#records.state()) !== 'written') return [];
    const found: TpmRecord[] = [];
    for (let slot = 0; slot < SLOTS; slot++) {
      const bytes = await this.#records.read(slot * RECORD_BYTES, RECORD_BYTES);
      const record = decodeRecord(bytes, this.#keys.mac);
      if (record) found.push(record);
    }
    return found;
  }

  #moved(): AnchorError {
    return new AnchorError('moved', `Another process uses the anchor in the TPM (${this.#shown()}).`);
  }

  #unreadable(why: string): AnchorError {
    return new AnchorError('unreadable', `What the TPM keeps is no state: ${why} (${this.#shown()}).`);
  }

  #shown(): string {
    return shownIndices(this.#keys);
  }
}
