import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anchorContract } from '../testing/anchor-contract.ts';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { anchorSecret, unlockedAnchor } from '../testing/tpm-anchor.ts';
import { commandCode, lyingTransport } from '../testing/tpm-transports.ts';
import { socketTransport } from '../tpm2/index.ts';
import { type AnchoredState, tpmAnchor } from './index.ts';
import { tpmAnchorProblem } from './tpm-check.ts';
import { tpmAnchorKeys } from './tpm-record.ts';

const state = (commits: number, fill = commits): AnchoredState => ({
  epoch: 1,
  commits,
  digest: new Uint8Array(32).fill(fill),
});

if (noTpm) console.log(`SKIPPED: anchors in a TPM: ${noTpm}`);
describe.skipIf(noTpm)('a TPM', () => {
  let machine: Swtpm;
  beforeAll(async () => {
    machine = await Swtpm.start();
  });
  afterAll(async () => machine?.stop());

  const open = () => socketTransport({ path: machine.socket });

  anchorContract({ describe, it }, 'swtpm', async () => {
    const secret = anchorSecret();
    const { counter, records } = tpmAnchorKeys(secret);
    return {
      open: async () => unlockedAnchor(open, secret),
      dispose: () => machine.undefine(counter, records),
    };
  });

  it('keeps an anchor when its power goes without a word', async () => {
    const secret = anchorSecret();
    const anchor = unlockedAnchor(open, secret);
    await anchor.advance(undefined, state(1));
    await machine.crash();
    await machine.boot();
    expect(await anchor.read()).toEqual(state(1));
    await anchor.advance(state(1), state(2));
    await machine.crash();
    await machine.boot();
    expect(await unlockedAnchor(open, secret).read()).toEqual(state(2));
  });

  it('keeps the anchors of several platforms apart', async () => {
    const [one, other] = [anchorSecret(), anchorSecret()].map((secret) => unlockedAnchor(open, secret));
    await one?.advance(undefined, state(1));
    expect(await other?.read()).toBeUndefined();
    await other?.advance(undefined, state(7));
    expect(await one?.read()).toEqual(state(1));
  });

  it('gives nothing before it was unlocked', async () => {
    await expect(tpmAnchor(open).read()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('leaves no keys and sessions in it', async () => {
    const anchor = unlockedAnchor(open, anchorSecret());
    await anchor.advance(undefined, state(1));
    for (const kind of [0x80, 0x02, 0x03]) expect(await machine.use((tpm) => tpm.handles(kind))).toEqual([]);
  });

  it('that is not there is unavailable, and the anchor continues when it is back', async () => {
    const secret = anchorSecret();
    const anchor = unlockedAnchor(open, secret);
    await anchor.advance(undefined, state(1));
    await machine.crash();
    await expect(anchor.read()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(anchor.advance(state(1), state(2))).rejects.toMatchObject({ code: 'unavailable' });
    await machine.boot();
    await anchor.advance(state(1), state(2));
    expect(await anchor.read()).toEqual(state(2));
  });

  it('says whether it can be an anchor', async () => {
    expect(await tpmAnchorProblem(open)).toBeUndefined();
    machine.tool('tpm2_changeauth', '-c', 'o', 'taken');
    expect(await tpmAnchorProblem(open)).toContain('password');
    machine.tool('tpm2_changeauth', '-c', 'o', '-p', 'taken');
    expect(await tpmAnchorProblem(() => socketTransport({ path: '/nowhere/at/all' }))).toContain('/nowhere');
    const lacking = async () => {
      const wire = await open();
      const GET_CAPABILITY = 0x17a;
      const transport = lyingTransport(wire, async (command, genuine) => {
        const answer = await genuine();
        // The next command that it has, in place of the one that was asked for.
        if (commandCode(command) === GET_CAPABILITY && command.at(-5) === 0x84)
          answer.set([0x85], answer.length - 1);
        return answer;
      });
      return { ...transport, close: () => wire.close() };
    };
    expect(await tpmAnchorProblem(lacking)).toContain('NV_Certify');
  });
});
