/** trust bundle|sign: what an operator publishes, and what auditors say of it. */
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, numberFlag, positional, requiredText, textFlag } from '../flags.ts';
import { type KeyBrokerFlags, keyBrokerFlags, keyBrokerOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags, measuredFlags } from '../measured-flags.ts';
import { PROGRAM } from '../program.ts';
import { writePrivate } from '../ring/private-file.ts';
import { readBytes, readText } from '../terminal/secrets.ts';
import { readTrust, type TrustFlags, trustFlags } from '../trust.ts';
import { type BundleBody, bundleText, makeBundle, parseBundle, signBundle } from '../trusted/bundle.ts';
import { checkDescribed } from '../trusted/reference.ts';

interface BundleFlags extends Json, Omit<TrustFlags, 'endorsements'>, MeasuredFlags, KeyBrokerFlags {
  readonly name: string;
  readonly serial?: number | undefined;
  readonly authentication: string;
  readonly frontend: string;
  readonly instance?: string | undefined;
}

const { endorsements: _local, ...publishedFlags } = trustFlags;

export const bundle = buildCommand<BundleFlags, [string], Context>({
  docs: {
    brief: 'Write the bundle that people trust your platform by',
    fullDescription: `Run it with the installation, and with the options, that serve runs with: both are measured here and described in words. With --simulation, what may run is
this installation on that machine; else name what its evidence shows with --enclave-info or --policy. --auditor says whose signatures count for the next bundle:
give it a higher --serial, have them sign it (gaiwan trust sign), and publish it before the upgrade. An existing file is kept.

${examples(
  'gaiwan trust bundle tea-house.json --name tea-house --authentication https://tea.example:7776 --frontend https://tea.example:7777 \\',
  '    --enclave-info enclave_info.toml --signature anna.sign --auditor anna.pub --instance 5ae0...',
  'gaiwan trust bundle next.json --name tea-house --serial 2 --authentication https://localhost:7776 --frontend https://localhost:7777 \\',
  '    --simulation ./machine --auditor anna.pub --allow-url https://files.example',
)}`,
  },
  parameters: {
    flags: {
      name: requiredText('What the platform is called', 'NAME'),
      serial: numberFlag(
        'Number of the bundle: higher than the last (default: 1)',
        1,
        Number.MAX_SAFE_INTEGER,
      ),
      authentication: requiredText('Authentication address', 'URL'),
      frontend: requiredText('Frontend address', 'URL'),
      instance: textFlag('The instance, as serve says it (default: the first that a person sees)', 'ID'),
      ...publishedFlags,
      ...measuredFlags,
      ...keyBrokerFlags,
      json: jsonFlag,
    },
    positional: positional('FILE'),
  },
  async func(flags, path) {
    const { json } = flags;
    const made = makeBundle(await bodyOf(flags));
    // As whoever adds it will.
    const { body, fingerprint } = parseBundle(Buffer.from(bundleText(made)), path);
    await checkDescribed(body, path);
    writePrivate(path, bundleText(made), { isNew: true, mode: 0o644 });
    const { name, serial } = body;
    print(
      this,
      json === true,
      { file: path, name, serial, fingerprint },
      () => `Wrote ${path}: ${name}, number ${serial}, fingerprint ${fingerprint}.`,
    );
  },
});

async function bodyOf(flags: BundleFlags): Promise<BundleBody> {
  const { name, serial = 1, authentication, frontend, instance, simulation, pccs } = flags;
  const { auditor = [], needed, enclaveInfo } = flags;
  if (auditor.length === 0 && needed !== undefined) throw usage('Name the auditors, too: --auditor FILE.');
  const { measurePlatform } = await import('@gaiwan/platform');
  const measured = await measurePlatform({
    program: PROGRAM,
    machine: { tee: 'auto', ...keyBrokerOf(flags) },
    ...configurationOf(flags),
  });
  const reads = { simulation, pccs, policy: flags.policy, enclaveInfo, signature: flags.signature };
  const read = await readTrust(
    { ...reads, ...(enclaveInfo !== undefined && { auditor, needed }) },
    { referenceOptional: true },
  );
  const named = read.policy !== undefined || read.enclaveInfo !== undefined;
  if (!named && simulation === undefined)
    throw usage('Say what may run: --enclave-info FILE with --auditor and --signature, or --policy FILE.');
  const { simulatedRegisters } = await import('@gaiwan/trust');
  const { bundle: program, configuration, decisions } = measured;
  const own = { measurements: [{ ...simulatedRegisters({ bundle: program.digest, configuration }) }] };
  return {
    name,
    serial,
    authentication,
    frontend,
    ...(instance !== undefined && { instance: instance.toLowerCase() }),
    ...(read.simulation && { simulation: read.simulation }),
    ...(pccs !== undefined && { pccs }),
    ...(read.policy ? { policy: read.policy } : named ? {} : { policy: own }),
    ...(read.enclaveInfo !== undefined && { enclaveInfo: read.enclaveInfo, signatures: read.signatures }),
    ...(auditor.length > 0 && {
      auditors: { keys: auditor.map(readText), needed: needed ?? auditor.length },
    }),
    release: { configuration: decisions, files: program.list },
  };
}

interface SignFlags extends Json {
  readonly key: string;
}

export const sign = buildCommand<SignFlags, [string], Context>({
  docs: {
    brief: "Sign a trust bundle with an auditor's key; the signature is added to the file",
    fullDescription: `Sign only what you have built yourself: gaiwan trust diff says in words what the bundle describes, and gaiwan measure what your own build is.

${examples('gaiwan trust diff tea-house.json next.json', 'gaiwan trust sign next.json --key anna.key')}`,
  },
  parameters: {
    flags: { key: requiredText("File with the auditor's private key (PEM)", 'FILE'), json: jsonFlag },
    positional: positional('FILE'),
  },
  async func({ key, json }, path) {
    const before = parseBundle(readBytes(path), path);
    await checkDescribed(before.body, path);
    const signed = await signBundle(before, readText(key));
    writePrivate(path, bundleText(signed), { mode: 0o644 });
    const { fingerprint, signatures } = signed;
    print(
      this,
      json === true,
      { file: path, fingerprint, signatures: signatures.length },
      () => `Signed ${fingerprint}: ${path} has ${signatures.length} signatures.`,
    );
  },
});
