/** Our commands against tpm2-tools on the same TPM: what one makes the other opens, reads and counts on. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  contextOf,
  makeCredential,
  nameOf,
  parseEventLog,
  parseTpmPublic,
  replay,
} from '@gaiwan/attestation';
import { fakeEventLog } from '@gaiwan/attestation-kit/machines';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import type { Tpm } from './index.ts';
import { concat, TpmReader, tpm2b, u32 } from './wire.ts';

const words = (line: string): string[] => line.split(' ');

if (noTpm) console.log(`SKIPPED: cross-checks with tpm2-tools: ${noTpm}`);
describe.skipIf(noTpm)('tpm2-tools and we', () => {
  let machine: Swtpm;
  beforeAll(async () => {
    machine = await Swtpm.start();
  });
  afterAll(async () => machine?.stop());

  afterEach(() => {
    // Sessions that a tool has left.
    for (const kind of ['-t', '-l', '-s']) machine.tool('tpm2_flushcontext', kind);
  });

  /** One at a time: the socket takes one client. */
  async function ours<T>(action: (tpm: Tpm) => Promise<T>): Promise<T> {
    const tpm = await machine.connect();
    try {
      return await action(tpm);
    } finally {
      await tpm.close();
    }
  }
  /** Without a resource manager, whatever a tool leaves behind takes room. */
  const tool = (name: string, ...args: readonly string[]): string => {
    const said = machine.tool(name, ...args);
    machine.tool('tpm2_flushcontext', '-t');
    return said;
  };
  const put = (name: string, bytes: Uint8Array) => writeFileSync(join(machine.folder, name), bytes);
  const get = (name: string) => new Uint8Array(readFileSync(join(machine.folder, name)));
  const sha256 = (...parts: Uint8Array[]) =>
    createHash('sha256')
      .update(concat(...parts))
      .digest();

  /** The parent of what is sealed, by its template. */
  const parent = () =>
    tool(
      'tpm2_createprimary',
      ...words('-C o -g sha256 -G ecc256:aes128cfb -c parent.ctx'),
      ...words('-a fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'),
    );
  const policyOf = () => {
    tool('tpm2_createpolicy', '--policy-pcr', '-l', 'sha256:11', '-L', 'policy');
    return get('policy');
  };

  it('tpm2_unseal opens what we sealed, and not after one more extend', async () => {
    const secret = randomBytes(32);
    const policy = policyOf();
    const { publicArea, privateArea } = await ours((tpm) => tpm.seal(secret, policy));
    put('sealed.pub', tpm2b(publicArea));
    put('sealed.priv', tpm2b(privateArea));
    parent();
    tool('tpm2_load', '-C', 'parent.ctx', '-u', 'sealed.pub', '-r', 'sealed.priv', '-c', 'sealed.ctx');
    tool('tpm2_unseal', '-c', 'sealed.ctx', '-p', 'pcr:sha256:11', '-o', 'opened');
    expect(Buffer.from(get('opened'))).toEqual(secret);
    await ours((tpm) => tpm.extend(11, { sha256: sha256(Buffer.from('an update')) }));
    expect(() => machine.tool('tpm2_unseal', '-c', 'sealed.ctx', '-p', 'pcr:sha256:11')).toThrow(
      /policy check failed/,
    );
  });

  it('we open what tpm2_create sealed, and not after one more extend', async () => {
    const secret = randomBytes(32);
    put('secret', secret);
    policyOf();
    parent();
    tool(
      'tpm2_create',
      ...words('-C parent.ctx -i secret -L policy -u their.pub -r their.priv'),
      ...words('-a fixedtpm|fixedparent|noda'),
    );
    const sealed = {
      publicArea: get('their.pub').slice(2),
      privateArea: get('their.priv').slice(2),
    };
    await ours(async (tpm) => {
      expect(Buffer.from(await tpm.unseal(sealed, 'sha256', [11]))).toEqual(secret);
      await tpm.extend(11, { sha256: sha256(Buffer.from('another')) });
      await expect(tpm.unseal(sealed, 'sha256', [11])).rejects.toThrow(/POLICY_FAIL/);
    });
  });

  /** Form of tpm2-tools: magic, version, TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET. */
  const CREDENTIAL = concat(u32(0xbadcc0de), u32(1));

  it('we answer a challenge of tpm2_makecredential', async () => {
    const secret = randomBytes(32);
    await ours(async (tpm) => {
      await tpm.withEndorsementKey((ek) =>
        tpm.withAttestationKey('endorsement', async (ak) => {
          const { nameAlg, bytes } = parseTpmPublic(ak.publicArea);
          const name = await nameOf(nameAlg, bytes, contextOf({ at: 0 }).crypto);
          put('ek.pub', tpm2b(ek.publicArea));
          put('challenge.secret', secret);
          machine.tool(
            'tpm2_makecredential',
            // Without a TPM: that one is ours for the moment.
            ...words('-T none -u ek.pub -s challenge.secret -o challenge'),
            '-n',
            Buffer.from(name).toString('hex'),
          );
          const reader = new TpmReader(get('challenge'));
          expect(reader.bytes(CREDENTIAL.length)).toEqual(CREDENTIAL);
          const challenge = { credentialBlob: reader.tpm2b(), encryptedSecret: reader.tpm2b() };
          expect(Buffer.from(await tpm.activateCredential(ak, ek, challenge))).toEqual(secret);
        }),
      );
    });
  });

  it('tpm2_activatecredential answers a challenge of ours', async () => {
    const secret = randomBytes(32);
    tool('tpm2_createek', '-G', 'rsa', '-c', 'ek.ctx', '-u', 'their-ek.pub');
    tool(
      'tpm2_createprimary',
      ...words('-C e -g sha256 -G ecc256:ecdsa-sha256:null -c ak.ctx'),
      ...words('-a fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign'),
    );
    tool('tpm2_readpublic', '-c', 'ak.ctx', '-o', 'ak.pub', '-n', 'ak.name');
    const challenge = await makeCredential(
      parseTpmPublic(get('their-ek.pub').slice(2)),
      get('ak.name'),
      secret,
    );
    put('ours', concat(CREDENTIAL, tpm2b(challenge.credentialBlob), tpm2b(challenge.encryptedSecret)));
    machine.tool('tpm2_startauthsession', '--policy-session', '-S', 'session');
    tool('tpm2_policysecret', '-S', 'session', '-c', 'e');
    tool('tpm2_activatecredential', ...words('-c ak.ctx -C ek.ctx -i ours -o answer -P session:session'));
    expect(Buffer.from(get('answer'))).toEqual(secret);
    machine.tool('tpm2_flushcontext', 'session');
    // The same key as ours, by the template: the TPM's seed makes it.
    const mine = await ours((tpm) => tpm.withAttestationKey('endorsement', async (key) => key.publicArea));
    expect(get('ak.pub').slice(2)).toEqual(mine);
  });

  it('tpm2_nvread reads our counter, and we go on from tpm2_nvincrement', async () => {
    const index = 0x01800077;
    const name = `0x${index.toString(16)}`;
    const first = await ours(async (tpm) => {
      await tpm.nv.defineCounter(index);
      return tpm.nv.increment(index);
    });
    const read = () => {
      tool('tpm2_nvread', name, '-C', name, '-s', '8', '-o', 'counter');
      return Buffer.from(get('counter')).readBigUInt64BE();
    };
    expect(read()).toBe(first);
    tool('tpm2_nvincrement', name, '-C', name);
    expect(read()).toBe(first + 1n);
    expect(await ours((tpm) => tpm.nv.increment(index))).toBe(first + 2n);
    expect(tool('tpm2_nvreadpublic', name)).toMatch(/nt=0x1|nt=counter/);
    await ours((tpm) => tpm.nv.undefine(index));
    expect(() => read()).toThrow();
  });

  it('tpm2_eventlog computes from a log what the TPM holds, and what we compute', async () => {
    const events = ['kernel', 'initrd', 'configuration'].map((text) => ({
      register: 12,
      type: 0xd,
      data: Buffer.from(text),
    }));
    const log = await fakeEventLog(events);
    put('log', log);
    const said = machine.tool('tpm2_eventlog', 'log');
    const [, theirs] = /^pcrs:[\s\S]*?^\s+12\s*:\s*0x([0-9a-f]{64})/m.exec(said) ?? [];
    const held = await ours(async (tpm) => {
      for (const { data } of events) await tpm.extend(12, { sha256: sha256(data) });
      return (await tpm.pcrs('sha256', [12]))[12];
    });
    expect(theirs).toBe(held);
    const computed = await replay(parseEventLog(log), contextOf({ at: 0 }).crypto);
    expect(Buffer.from(computed.get('sha256')?.get(12) ?? []).toString('hex')).toBe(held);
  });
});
