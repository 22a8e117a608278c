/** audit init|sign|verify: which builds are acceptable, and who says so. */
import { writeFile } from 'node:fs/promises';
import { systemCode } from '@gaiwan/errors';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, listFlag, numberFlag, positional, requiredText } from '../flags.ts';
import { limits } from '../limits.ts';
import { type KeyBrokerFlags, keyBrokerFlags, keyBrokerOf } from '../machine-flags.ts';
import { PROGRAM } from '../program.ts';
import { readBytes, readText } from '../terminal/secrets.ts';

const MAX_FILE = limits.auditFile.value;

function bytesOf(path: string): Uint8Array {
  const bytes = readBytes(path);
  if (bytes.length > MAX_FILE) throw usage(`${path} has more than ${MAX_FILE} bytes.`);
  return new Uint8Array(bytes);
}

/** What was signed, or is about to be, is not replaced. */
async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx' });
  } catch (error) {
    const code = systemCode(error);
    const why = code === 'EEXIST' ? 'it exists already: remove it first, or choose another name' : code;
    throw new CliError('io', `Cannot write ${path}: ${why}.`);
  }
}

interface InitFlags extends Json, KeyBrokerFlags {
  readonly allowUrl?: readonly string[] | undefined;
}

const init = buildCommand<InitFlags, [string], Context>({
  docs: {
    brief: 'Write the enclave info of this installation',
    fullDescription: `Measures this installation, as gaiwan measure does, and writes FILE (enclave_info.toml): a table for each service, with the
registers that it has on a simulated machine. For other machines, add the registers that your own golden boot shows
(mr_enclave, mr_td, rtmr0 to rtmr3, measurement, pcr0 to pcr23). Auditors sign the file as it is. An existing file is kept.

${examples('gaiwan audit init enclave_info.toml')}`,
  },
  parameters: {
    flags: {
      allowUrl: listFlag('Origin that the platform is to be run with (repeatable)', 'ORIGIN'),
      ...keyBrokerFlags,
      json: jsonFlag,
    },
    positional: positional('FILE'),
  },
  async func({ allowUrl = [], json, ...broker }, file) {
    const { measurePlatform } = await import('@gaiwan/platform');
    const { compositeMeasurement, formatEnclaveInfo, services, simulatedRegisters } = await import(
      '@gaiwan/trust'
    );
    const { bundle, configuration } = await measurePlatform({
      program: PROGRAM,
      machine: { tee: 'auto', ...keyBrokerOf(broker) },
      allowUrls: allowUrl,
    });
    const registers = simulatedRegisters({ bundle: bundle.digest, configuration });
    const { mrTd, ...rtmrs } = registers;
    const { rtmr3 } = rtmrs;
    // The first two are for Teaclave's clients, who look for nothing else.
    const text = formatEnclaveInfo({
      mr_enclave: compositeMeasurement({ ...registers }),
      mr_signer: '00'.repeat(32),
      mr_td: mrTd,
      ...rtmrs,
    });
    await writeNew(file, text);
    print(
      this,
      json === true,
      { file, services, mrTd, rtmr3 },
      () => `Wrote ${file}: ${services.length} services.`,
    );
  },
});

interface SignFlags extends Json {
  readonly key: string;
  readonly out: string;
}

const sign = buildCommand<SignFlags, [string], Context>({
  docs: {
    brief: "Sign an enclave info with an auditor's key",
    fullDescription: `Ed25519, or RSA PKCS #1 v1.5 with SHA-256 (what openssl dgst -sha256 -sign makes). The signature is raw bytes over the file
as it is. Sign only what you have built yourself: compare it with gaiwan measure on your own machine.

${examples(
  'openssl genpkey -algorithm ed25519 -out anna.key',
  'openssl pkey -in anna.key -pubout -out anna.pub',
  'gaiwan audit sign enclave_info.toml --key anna.key --out anna.sign',
)}`,
  },
  parameters: {
    flags: {
      key: requiredText("File with the auditor's private key (PEM)", 'FILE'),
      out: requiredText('Where to write the signature', 'FILE'),
      json: jsonFlag,
    },
    positional: positional('FILE'),
  },
  async func({ key, out, json }, file) {
    const { parseEnclaveInfo, signEnclaveInfo } = await import('@gaiwan/trust');
    const info = bytesOf(file);
    const names = [...parseEnclaveInfo(info).keys()];
    await writeNew(out, signEnclaveInfo(info, readText(key)));
    print(this, json === true, { file, signature: out, services: names }, () => `Signed ${file}: ${out}`);
  },
});

interface VerifyFlags extends Json {
  readonly auditor: readonly string[];
  readonly signature?: readonly string[] | undefined;
  readonly needed?: number | undefined;
}

const verify = buildCommand<VerifyFlags, [string], Context>({
  docs: {
    brief: 'Check that enough auditors have signed an enclave info',
    fullDescription: `Exit code 0 only if every signature is of one of the auditors, and at least --needed different auditors have signed
(default: all of them).

${examples(
  'gaiwan audit verify enclave_info.toml --auditor anna.pub --auditor bert.pub --needed 1 --signature anna.sign',
)}`,
  },
  parameters: {
    flags: {
      auditor: {
        ...listFlag("File with an auditor's public key (PEM; repeatable)", 'FILE'),
        optional: false,
      },
      signature: listFlag('File with a signature (repeatable)', 'FILE'),
      needed: numberFlag('How many auditors must have signed', 1, 100),
      json: jsonFlag,
    },
    positional: positional('FILE'),
  },
  async func({ auditor, signature = [], needed, json }, file) {
    const { checkAuditors, parseEnclaveInfo } = await import('@gaiwan/trust');
    const info = bytesOf(file);
    const keys = auditor.map(readText);
    const count = needed ?? keys.length;
    checkAuditors(info, signature.map(bytesOf), { keys, needed: count });
    const names = [...parseEnclaveInfo(info).keys()];
    print(
      this,
      json === true,
      { file, verdict: 'accepted', needed: count, services: names },
      () => `accepted: at least ${count} of ${keys.length} auditors have signed ${file}`,
    );
  },
});

export const audit = buildRouteMap({
  routes: { init, sign, verify },
  docs: { brief: 'Which builds are acceptable, and who says so' },
});
