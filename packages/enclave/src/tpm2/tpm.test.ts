import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appraise,
  contextOf,
  makeCredential,
  nameOf,
  parseTpmPublic,
  toHex,
  verify,
  verifyEk,
  verifyNvCertify,
} from '@gaiwan/attestation';
import { fakeEventLog } from '@gaiwan/attestation-kit/machines';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { decode, run } from './command.ts';
import {
  PcrMismatch,
  sealToPcrs,
  socketTransport,
  Tpm,
  TpmError,
  type TpmTransport,
  unsealFromPcrs,
} from './index.ts';

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
/** The CA of swtpm dates its certificates a little ahead. */
const at = new Date(Date.now() + 60_000);

if (noTpm) console.log(`SKIPPED: tests with a real TPM: ${noTpm}`);
describe.skipIf(noTpm)('a TPM', () => {
  let machine: Swtpm;
  let tpm: Tpm;
  beforeAll(async () => {
    machine = await Swtpm.start();
  });
  afterAll(async () => machine?.stop());
  beforeEach(async () => {
    tpm = await machine.connect();
  });
  afterEach(async () => {
    // Nothing is left behind, whatever a test did: keys, sessions.
    for (const kind of [0x80, 0x02, 0x03]) expect(await tpm.handles(kind)).toEqual([]);
    await tpm.close();
  });

  it('gives random bytes, and is started already', async () => {
    await tpm.startup();
    const [a, b] = [await tpm.random(16), await tpm.random(16)];
    expect(a).toHaveLength(16);
    expect(a).not.toEqual(b);
  });

  it('EK chain: its certificate is of its key, and of a CA that is trusted', async () => {
    const certificate = (await tpm.endorsementCertificate()) as Uint8Array;
    await tpm.withEndorsementKey(async ({ publicArea }) => {
      const verified = await verifyEk(
        certificate,
        publicArea,
        machine.issuers(),
        contextOf({ at, roots: { tpm: [machine.root()] } }),
      );
      expect(verified.ek.type).toBe('rsa');
      const other = contextOf({ at, roots: { tpm: [] } });
      await expect(verifyEk(certificate, publicArea, machine.issuers(), other)).rejects.toMatchObject({
        code: 'untrusted-root',
      });
    });
    writeFileSync(join(machine.folder, 'ek.der'), certificate);
    writeFileSync(join(machine.folder, 'issuers.pem'), machine.issuers());
    execFileSync('openssl', ['x509', '-inform', 'der', '-in', 'ek.der', '-out', 'ek.pem'], {
      cwd: machine.folder,
    });
    const root = 'ca/swtpm-localca-rootca-cert.pem';
    // The critical subject alternative name of an EK is nothing that openssl knows.
    const checked = execFileSync(
      'openssl',
      ['verify', '-ignore_critical', '-CAfile', root, '-untrusted', 'issuers.pem', 'ek.pem'],
      {
        cwd: machine.folder,
      },
    );
    expect(checked.toString()).toContain('OK');
  });

  it('credential activation proves that the key is in the TPM of the EK', async () => {
    const secret = randomBytes(32);
    await tpm.withEndorsementKey((ek) =>
      tpm.withAttestationKey('endorsement', async (ak) => {
        const { crypto } = contextOf({ at });
        const { nameAlg, bytes } = parseTpmPublic(ak.publicArea);
        const name = await nameOf(nameAlg, bytes, crypto);
        const challenge = await makeCredential(parseTpmPublic(ek.publicArea), name, secret);
        expect(Buffer.from(await tpm.activateCredential(ak, ek, challenge))).toEqual(secret);
        const wrong = await makeCredential(parseTpmPublic(ek.publicArea), new Uint8Array(34), secret);
        await expect(tpm.activateCredential(ak, ek, wrong)).rejects.toMatchObject({ code: 'tpm-refused' });
      }),
    );
  });

  it('a quote over a nonce, with an event log that explains the PCRs', async () => {
    const events = ['kernel', 'configuration'].map((text) => ({
      register: 11,
      type: 0xd,
      data: Buffer.from(text),
    }));
    for (const { data } of events) await tpm.extend(11, { sha256: sha256(data) });
    const eventLog = await fakeEventLog(events);
    const nonce = randomBytes(32);
    const values = await tpm.pcrs('sha256', [0, 11]);
    const evidence = await tpm.withAttestationKey('endorsement', async (ak) => ({
      kind: 'tpm' as const,
      ...(await tpm.quote(ak, nonce, 'sha256', [11])),
      akPublic: ak.publicArea,
      pcrs: { sha256: { 11: values[11] as string } },
      eventLog,
    }));
    const { nameAlg, bytes } = parseTpmPublic(evidence.akPublic);
    const activatedName = toHex(await nameOf(nameAlg, bytes, contextOf({ at }).crypto));
    const endorsements = { activatedName, hierarchy: 'endorsement' } as const;
    const verified = await verify(evidence, endorsements, { at });
    if (verified.verdict === 'refused') throw new Error(`${verified.reason}: ${verified.message}`);
    const policy = { measurements: [{ pcr11: values[11] as string }], nonce: nonce.toString('hex') };
    expect(appraise(verified, policy)).toEqual({ verdict: 'accepted' });
    expect(appraise(verified, { ...policy, nonce: '00' })).toMatchObject({ reason: 'nonce-mismatch' });
    const lying = await fakeEventLog([...events, ...events]);
    expect(await verify({ ...evidence, eventLog: lying }, endorsements, { at })).toMatchObject({
      verdict: 'refused',
    });
  });

  it('the same key signs what tpm2-tools and openssl check', async () => {
    const nonce = randomBytes(16);
    const { attest, signature, publicArea } = await tpm.withAttestationKey('endorsement', async (ak) => ({
      ...(await tpm.quote(ak, nonce, 'sha256', [0, 1, 2])),
      publicArea: ak.publicArea,
    }));
    const { key } = parseTpmPublic(publicArea);
    if (key.type !== 'ec') throw new Error('not an EC key');
    const folder = machine.folder;
    const raw = signature.slice(4);
    const r = raw.slice(2, 34);
    const s = raw.slice(36, 68);
    const integer = (bytes: Uint8Array) => {
      const start = bytes.findIndex((byte) => byte !== 0);
      const short = bytes.subarray(start);
      const padded = (short[0] as number) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : Buffer.from(short);
      return Buffer.concat([Buffer.of(2, padded.length), padded]);
    };
    const both = Buffer.concat([integer(r), integer(s)]);
    writeFileSync(join(folder, 'attest'), attest);
    writeFileSync(join(folder, 'signature'), signature);
    writeFileSync(join(folder, 'signature.der'), Buffer.concat([Buffer.of(0x30, both.length), both]));
    const point = publicArea.subarray(-68);
    const spki = Buffer.concat([
      Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
      point.subarray(2, 34),
      point.subarray(36, 68),
    ]);
    writeFileSync(
      join(folder, 'ak.pem'),
      `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`,
    );
    const openssl = ['dgst', '-sha256', '-verify', 'ak.pem', '-signature', 'signature.der', 'attest'];
    expect(execFileSync('openssl', openssl, { cwd: folder }).toString()).toContain('Verified OK');
    await tpm.close();
    machine.tool(
      'tpm2_checkquote',
      '-u',
      'ak.pem',
      '-m',
      'attest',
      '-s',
      'signature',
      '-q',
      nonce.toString('hex'),
    );
    const read = machine.tool('tpm2_pcrread', 'sha256:11');
    tpm = await machine.connect();
    const { 11: pcr11 } = await tpm.pcrs('sha256', [11]);
    expect(read.toLowerCase()).toContain(pcr11);
  });

  it('a quote of tpm2-tools is one that we verify', async () => {
    await tpm.close();
    machine.tool('tpm2_createprimary', '-C', 'e', '-c', 'primary.ctx');
    machine.tool(
      'tpm2_create',
      '-C',
      'primary.ctx',
      '-G',
      'ecc256:ecdsa-sha256:null',
      '-u',
      'k.pub',
      '-r',
      'k.priv',
      '-a',
      'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign|noda',
    );
    machine.tool('tpm2_flushcontext', '-t');
    machine.tool('tpm2_load', '-C', 'primary.ctx', '-u', 'k.pub', '-r', 'k.priv', '-c', 'k.ctx');
    machine.tool('tpm2_flushcontext', '-t');
    machine.tool('tpm2_quote', '-c', 'k.ctx', '-l', 'sha256:11', '-q', 'abcd', '-m', 'm', '-s', 's');
    machine.tool('tpm2_flushcontext', '-t');
    const file = (name: string) => new Uint8Array(readFileSync(join(machine.folder, name)));
    tpm = await machine.connect();
    const pcrs = { sha256: await tpm.pcrs('sha256', [11]) };
    const evidence = {
      kind: 'tpm' as const,
      attest: file('m'),
      signature: file('s'),
      akPublic: file('k.pub'),
      pcrs,
    };
    expect(await verify(evidence, {}, { at })).toMatchObject({ verdict: 'verified' });
  });

  it('seals to PCRs, and keeps back after one more extend, naming the register', async () => {
    const secret = randomBytes(32);
    const blob = await sealToPcrs(tpm, secret, { pcrs: [12, 4] });
    expect(Buffer.from(await unsealFromPcrs(tpm, blob))).toEqual(secret);
    const before = (await tpm.pcrs('sha256', [12]))[12] as string;
    const event = sha256(Buffer.from('an update'));
    const next = sha256(Buffer.from(before, 'hex'), event).toString('hex');
    // For the release that is about to be installed.
    const ahead = await sealToPcrs(tpm, secret, { pcrs: [12, 4], values: { 12: next } });
    await expect(unsealFromPcrs(tpm, ahead)).rejects.toBeInstanceOf(PcrMismatch);
    await tpm.extend(12, { sha256: event });
    await expect(unsealFromPcrs(tpm, blob)).rejects.toMatchObject({
      code: 'wrong-measurement',
      differences: [{ pcr: 12, expected: before, found: next }],
    });
    expect(Buffer.from(await unsealFromPcrs(tpm, ahead))).toEqual(secret);
  });

  it('opens what it sealed after a restart, and another TPM does not', async () => {
    const secret = randomBytes(32);
    const blob = await sealToPcrs(tpm, secret, { pcrs: [4] });
    const { publicArea } = await tpm.withAttestationKey('endorsement', async (key) => key);
    await tpm.close();
    await machine.halt();
    await machine.boot();
    tpm = await machine.connect();
    expect(Buffer.from(await unsealFromPcrs(tpm, blob))).toEqual(secret);
    expect((await tpm.withAttestationKey('endorsement', async (key) => key)).publicArea).toEqual(publicArea);
    const other = await Swtpm.start();
    try {
      const stranger = await other.connect();
      await expect(unsealFromPcrs(stranger, blob)).rejects.toMatchObject({ code: 'tpm-refused' });
      await stranger.close();
    } finally {
      await other.stop();
    }
  });

  it('refuses a blob that was changed', async () => {
    const blob = await sealToPcrs(tpm, randomBytes(32), { pcrs: [4] });
    for (let position = 0; position < blob.length; position += 7) {
      const changed = blob.slice();
      changed[position] = (changed[position] as number) ^ 1;
      await expect(unsealFromPcrs(tpm, changed), `byte ${position}`).rejects.toThrow();
    }
    await expect(unsealFromPcrs(tpm, blob.slice(0, -1))).rejects.toBeInstanceOf(TpmError);
  });

  it('counts, only ever upwards, also when the counter is made again, and certifies it', async () => {
    const index = 0x01800042;
    await tpm.nv.defineCounter(index);
    const first = await tpm.nv.increment(index);
    expect(await tpm.nv.increment(index)).toBe(first + 1n);
    const nonce = randomBytes(16);
    const certified = await tpm.withAttestationKey('endorsement', async (ak) => ({
      ...(await tpm.nv.certify(ak, index, nonce)),
      akPublic: ak.publicArea,
    }));
    const verified = await verifyNvCertify(certified, contextOf({ at }));
    expect(verified.counter).toBe(first + 1n);
    await tpm.nv.undefine(index);
    await tpm.nv.defineCounter(index);
    expect(await tpm.nv.increment(index)).toBeGreaterThan(first + 1n);
    await tpm.nv.undefine(index);
    expect(await tpm.nv.read(index)).toBeUndefined();
  });

  it('says what it refuses', async () => {
    await expect(tpm.nv.increment(0x01800099)).rejects.toThrow(/refused NV_Increment: HANDLE/);
    await expect(tpm.pcrs('sha1', [0])).rejects.toMatchObject({ code: 'tpm-answer' });
    await expect(sealToPcrs(tpm, new Uint8Array(129), { pcrs: [1] })).rejects.toBeInstanceOf(RangeError);
    await expect(tpm.pcrs('sha256', [24])).rejects.toBeInstanceOf(RangeError);
  });

  it('takes commands at once, one after another', async () => {
    const values = await Promise.all(Array.from({ length: 50 }, () => tpm.random(8)));
    expect(new Set(values.map(toHex)).size).toBe(50);
  });
});

describe('answers', () => {
  const answering = (...answers: Uint8Array[]): TpmTransport & { asked: number } => ({
    asked: 0,
    async send() {
      return answers[Math.min(this.asked++, answers.length - 1)] as Uint8Array;
    },
    close: () => Promise.resolve(),
  });
  const response = (code: number, parameters = '') => {
    const body = Buffer.from(parameters, 'hex');
    const head = Buffer.alloc(10);
    head.writeUInt16BE(0x8001);
    head.writeUInt32BE(10 + body.length, 2);
    head.writeUInt32BE(code, 6);
    return Buffer.concat([head, body]);
  };

  it('a TPM that is busy is asked again, and not for ever', async () => {
    const busy = answering(response(0x922), response(0x908), response(0x90a), response(0, '0001ff'));
    expect(await new Tpm(busy).random(1)).toEqual(Uint8Array.of(255));
    expect(busy.asked).toBe(4);
    const always = answering(response(0x922));
    await expect(new Tpm(always).random(1)).rejects.toThrow(/RETRY/);
    expect(always.asked).toBe(20);
  });

  it('of any bytes are an answer or a typed error (fuzz)', () => {
    const good = response(0, '000200112233');
    const mutated = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => {
        const copy = Buffer.from(good);
        for (const [position, byte] of changes) copy[position] = byte;
        return new Uint8Array(copy);
      });
    fc.assert(
      fc.property(
        fc.oneof(mutated, fc.uint8Array({ maxLength: 64 })),
        fc.boolean(),
        (bytes, returnsHandle) => {
          try {
            decode(bytes, { name: 'GetRandom', returnsHandle }).parameters.tpm2b();
          } catch (error) {
            expect(error).toBeInstanceOf(TpmError);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('over a socket that lies about lengths, falls silent or closes are typed errors', async () => {
    const path = join(tmpdir(), `gaiwan-tpm-${process.pid}.sock`);
    const answers = [
      Buffer.from('80010000ffff00000000', 'hex'),
      Buffer.from('800100000004', 'hex'),
      Buffer.from('80010000000a0000000000', 'hex'),
      undefined,
    ];
    const server = createServer((socket) => {
      const answer = answers.shift();
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (!answer) socket.destroy();
        // What is too short for an answer is followed by the end.
        else if (answer.length < 10) socket.end(answer);
        else socket.write(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      for (let left = answers.length; left > 0; left--) {
        const transport = await socketTransport({ path });
        await expect(run(transport, { name: 'GetRandom' })).rejects.toBeInstanceOf(TpmError);
        await transport.close();
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await expect(socketTransport({ path: '/nowhere/at/all' })).rejects.toMatchObject({
      code: 'tpm-unreachable',
    });
  });
});
