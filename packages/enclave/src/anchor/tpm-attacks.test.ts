/** What somebody does to an anchor who owns the TPM, knows the indices' password, or sits between platform and TPM. */
import type { KeyObject } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { anchorSecret, unlockedAnchor } from '../testing/tpm-anchor.ts';
import { commandCode, lyingTransport } from '../testing/tpm-transports.ts';
import { type NvIndex, socketTransport, type Tpm, type TpmTransport } from '../tpm2/index.ts';
import type { Anchor, AnchoredState } from './anchor.ts';
import { RECORD_BYTES, type TpmAnchorKeys, tpmAnchorKeys } from './tpm-record.ts';

const state = (commits: number): AnchoredState => ({
  epoch: 1,
  commits,
  digest: new Uint8Array(32).fill(commits),
});
const [s1, s2, s3] = [state(1), state(2), state(3)];
const SIZE = 3 * RECORD_BYTES;
const unreadable = { code: 'unreadable' };
/** TPM2_NV_Certify, TPM2_NV_ReadPublic. */
const [CERTIFY, READ_PUBLIC] = [0x184, 0x169];

if (noTpm) console.log(`SKIPPED: attacks on anchors in a TPM: ${noTpm}`);
describe.skipIf(noTpm)('an anchor in a TPM', () => {
  let machine: Swtpm;
  let secret: KeyObject;
  let keys: TpmAnchorKeys;
  let anchor: Anchor;
  beforeAll(async () => {
    machine = await Swtpm.start();
  });
  afterAll(async () => machine?.stop());
  beforeEach(async () => {
    secret = anchorSecret();
    keys = tpmAnchorKeys(secret);
    anchor = over();
    await anchor.advance(undefined, s1);
    await anchor.advance(s1, s2);
  });
  afterEach(() => machine.undefine(keys.counter, keys.records));

  const dial = (of = machine) => socketTransport({ path: of.socket });
  const over = (open: () => Promise<TpmTransport> = dial) => unlockedAnchor(open, secret);
  /** The indices, for somebody who got hold of the password. */
  const indices = (tpm: Tpm): { counter: NvIndex; records: NvIndex } => {
    const password = keys.password();
    return {
      counter: tpm.nv.index({ index: keys.counter, kind: 'counter', size: 8, password }),
      records: tpm.nv.index({ index: keys.records, kind: 'ordinary', size: SIZE, password }),
    };
  };
  const contentOf = (of = machine) => of.use((tpm) => indices(tpm).records.read(0, SIZE));

  it('cannot be read or written by the owner of the TPM, nor by another password', async () => {
    await machine.use(async (tpm) => {
      for (const index of [keys.counter, keys.records])
        await expect(tpm.nv.read(index)).rejects.toMatchObject({ code: 'tpm-refused' });
      await expect(tpm.nv.increment(keys.counter)).rejects.toMatchObject({ code: 'tpm-refused' });
    });
    for (const name of ['tpm2_nvread', 'tpm2_nvincrement', 'tpm2_nvwrite'])
      for (const who of ['o', `0x${keys.records.toString(16)}`])
        expect(() => machine.tool(name, `0x${keys.records.toString(16)}`, '-C', who)).toThrow();
    expect(await anchor.read()).toEqual(s2);
  });

  it('of which older content is written back holds no state', async () => {
    const older = await contentOf();
    await anchor.advance(s2, s3);
    await machine.use((tpm) => indices(tpm).records.write(0, older));
    await expect(over().read()).rejects.toMatchObject(unreadable);
    // The platform that serves does not take it for its own, either.
    await anchor.advance(s3, state(4));
    expect(await over().read()).toEqual(state(4));
  });

  it('of which both indices are made again holds no older state, whatever is written to them', async () => {
    const older = await contentOf();
    await anchor.advance(s2, s3);
    await machine.use(async (tpm) => {
      const { counter, records } = indices(tpm);
      for (const index of [keys.counter, keys.records]) await tpm.nv.undefine(index);
      await records.define();
      await records.write(0, older);
      await counter.define();
      await counter.increment();
    });
    await expect(over().read()).rejects.toMatchObject(unreadable);
    await expect(anchor.advance(s3, state(4))).rejects.toMatchObject({ code: 'moved' });
  });

  it('of which the counter is removed, or made again without a value, holds no state', async () => {
    await machine.use((tpm) => tpm.nv.undefine(keys.counter));
    await expect(over().read()).rejects.toMatchObject(unreadable);
    await machine.use((tpm) => indices(tpm).counter.define());
    await expect(over().read()).rejects.toMatchObject(unreadable);
  });

  it('of which the counter is replaced by an index with an older value holds no state', async () => {
    const older = await contentOf();
    const value = await machine.use((tpm) => indices(tpm).counter.read(0, 8));
    await anchor.advance(s2, s3);
    await machine.use(async (tpm) => {
      await indices(tpm).records.write(0, older);
      await tpm.nv.undefine(keys.counter);
      const password = keys.password();
      const fake = tpm.nv.index({ index: keys.counter, kind: 'ordinary', size: 8, password });
      await fake.define();
      await fake.write(0, value);
    });
    await expect(over().read()).rejects.toMatchObject(unreadable);
    // Nor where somebody says that it is a counter.
    const areas = await machine.use(async (tpm) => indices(tpm).counter.publicArea);
    const lying = async () => {
      const wire = await dial();
      const transport = lyingTransport(wire, async (command, genuine) => {
        const answer = await genuine();
        const at = Buffer.from(answer).indexOf(Buffer.from(areas.subarray(0, 6)));
        if (commandCode(command) === READ_PUBLIC && at > 0) answer.set(areas, at);
        return answer;
      });
      return { ...transport, close: () => wire.close() };
    };
    await expect(over(lying).read()).rejects.toMatchObject({
      ...unreadable,
      message: expect.stringContaining('not to be believed'),
    });
  });

  it('of which the indices are made again with another password holds no state', async () => {
    await machine.use(async (tpm) => {
      await tpm.nv.undefine(keys.records);
      const password = Buffer.alloc(32, 1);
      const other = tpm.nv.index({ index: keys.records, kind: 'ordinary', size: SIZE, password });
      await other.define();
      await other.write(0, new Uint8Array(SIZE));
    });
    await expect(over().read()).rejects.toMatchObject(unreadable);
    await expect(over().advance(undefined, s1)).rejects.toMatchObject(unreadable);
  });

  it('of which both indices are removed has nothing: the data folder knows better', async () => {
    await machine.use(async (tpm) => {
      for (const index of [keys.counter, keys.records]) await tpm.nv.undefine(index);
    });
    expect(await over().read()).toBeUndefined();
    // And the platform that serves does not go on.
    await expect(anchor.advance(s2, s3)).rejects.toMatchObject(unreadable);
  });

  it('is none in another TPM with the same content and the same count', async () => {
    const content = await contentOf();
    const count = await machine.use((tpm) => indices(tpm).counter.count());
    const other = await Swtpm.start();
    try {
      await other.use(async (tpm) => {
        const { counter, records } = indices(tpm);
        await records.define();
        await records.write(0, content);
        await counter.define();
        do await counter.increment();
        while ((await counter.count()) < count);
        expect(await counter.count()).toBe(count);
      });
      await expect(over(() => dial(other)).read()).rejects.toMatchObject({
        ...unreadable,
        message: expect.stringContaining('another TPM'),
      });
    } finally {
      await other.stop();
    }
  });

  it('does not believe an older answer of the TPM about its counter', async () => {
    const older = await contentOf();
    let recorded: Uint8Array | undefined;
    const between = (replay: boolean) => async () => {
      const wire = await dial();
      const transport = lyingTransport(wire, async (command, genuine) => {
        if (commandCode(command) !== CERTIFY) return genuine();
        const answer = replay && recorded !== undefined ? recorded : await genuine();
        recorded ??= answer.slice();
        return answer;
      });
      return { ...transport, close: () => wire.close() };
    };
    expect(await over(between(false)).read()).toEqual(s2);
    await anchor.advance(s2, s3);
    await machine.use((tpm) => indices(tpm).records.write(0, older));
    await expect(over(between(true)).read()).rejects.toMatchObject(unreadable);
  });

  it('does not believe that the counter was raised where it was not', async () => {
    const INCREMENT = 0x134;
    const done = Buffer.from('80020000001300000000000000000000010000', 'hex');
    const lying = async () => {
      const wire = await dial();
      const transport = lyingTransport(wire, (command, genuine) =>
        commandCode(command) === INCREMENT ? Promise.resolve(new Uint8Array(done)) : genuine(),
      );
      return { ...transport, close: () => wire.close() };
    };
    await expect(over(lying).advance(s2, s3)).rejects.toMatchObject({ code: 'moved' });
    expect(await over().read()).toEqual(s2);
  });
});
