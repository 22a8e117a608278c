/** evidence inspect|verify|conformance: attestation without a platform. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, note, print } from '../context.ts';
import { usage } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import * as flag from '../flags.ts';
import { bytesOf, lines } from './evidence-text.ts';
import { verifyCommand } from './evidence-verify.ts';

const inspectCommand = buildCommand<flag.Json, [string], Context>({
  docs: {
    brief: 'Show what evidence says; nothing of it is verified',
    fullDescription: `Reads quotes of SGX and TDX, SNP reports, Nitro documents, TPM and Azure bundles, TPM structures, CCA and PSA tokens, RA-TLS
certificates, EAR tokens, event logs (SHA-1 alone, too), CoRIMs and EPID quotes: as they are, as hexadecimal, base64 or PEM, or inside the JSON of others
(dstack, Confidential Containers, Azure, go-sev-guest, ...). What cannot be read of it is told. - is standard input. Exit code 2: not evidence.

${flag.examples('gaiwan evidence inspect quote.bin', 'gaiwan evidence inspect report.bin --json')}`,
  },
  parameters: { flags: { json: flag.jsonFlag }, positional: flag.positional('FILE') },
  async func({ json }, file) {
    const { inspect } = await import('@gaiwan/attestation');
    const found = await inspect(await bytesOf(file));
    if (found.verdict === 'refused') {
      this.process.exitCode = exitCodes.usage.value;
      print(this, json === true, found, () => `not evidence: ${found.message} (${found.reason})`);
      return;
    }
    const { kind, found: where, claims, unread = [] } = found;
    print(this, json === true, found, () =>
      [
        `${kind}, not verified${where === undefined ? '' : ` (found in ${where})`}`,
        ...lines(claims, '  '),
        ...unread.map(({ part, message, reason }) => `  not read: ${part}: ${message} (${reason})`),
      ].join('\n'),
    );
  },
});

const conformanceCommand = buildCommand<flag.Json, [string], Context>({
  docs: {
    brief: 'Run a folder of test vectors',
    fullDescription: `The folder has an index.json of the format attestation-vectors/1 (docs/attestation/conformance.md). One line a vector,
then "N passed, N failed". Exit code 0 only if all pass.

${flag.examples('gaiwan evidence conformance vectors/', 'gaiwan evidence conformance vectors/ --json')}`,
  },
  parameters: { flags: { json: flag.jsonFlag }, positional: flag.positional('DIR') },
  async func({ json }, folder) {
    const { runConformance } = await import('@gaiwan/attestation-kit/conformance');
    const { VerificationCache, Refusal } = await import('@gaiwan/attestation');
    const read = async (path: string) => new Uint8Array(await readFile(join(folder, path)));
    let [passed, failed] = [0, 0];
    try {
      for await (const line of runConformance({ read, now: Date.now(), cache: new VerificationCache() })) {
        const { differences, ...result } = line;
        if (line.ok) passed++;
        else failed++;
        const status = [line.verdict, line.reason, line.tcbStatus].filter((part) => part !== null).join(', ');
        const text = () =>
          `${line.ok ? 'ok  ' : 'FAIL'}  ${line.id}  ${status}${differences.map((what) => `\n        ${what}`).join('')}`;
        print(this, json === true, line.ok ? result : { ...result, differences }, text);
      }
    } catch (error) {
      if (error instanceof Refusal) throw usage(error.message);
      throw error;
    }
    this.process.stdout.write(`${passed} passed, ${failed} failed\n`);
    if (failed > 0 || passed === 0) this.process.exitCode = exitCodes.refused.value;
    if (passed + failed === 0) note(this, 'The folder has no vectors.');
  },
});

export const evidence = buildRouteMap({
  routes: { inspect: inspectCommand, verify: verifyCommand, conformance: conformanceCommand },
  docs: { brief: 'Look at attestation evidence, verify it, test verifiers' },
});
