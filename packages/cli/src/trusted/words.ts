/** A bundle, and what two of them differ in, for a person. */
import { createHash } from 'node:crypto';
import { parseCertificates } from '@gaiwan/attestation';
import { dictionary, visible } from '@gaiwan/errors';
import type { BundleBody, TrustBundle } from './bundle.ts';
import { digestsOf } from './reference.ts';

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

/** Lines; the first words of each say what it is about. Nothing in them is more than one line. */
export async function describeBundle(bundle: TrustBundle): Promise<string[]> {
  const { body, fingerprint } = bundle;
  const { name, serial, authentication, frontend, instance, auditors, release } = body;
  const { bundle: program, configuration } = await digestsOf(body);
  const files = release.files.split('\n').length - 1;
  return [
    `bundle         ${name}, number ${serial}`,
    `fingerprint    ${fingerprint}`,
    `platform       ${authentication}, ${frontend}`,
    `instance       ${instance ?? 'not named: the first that you see'}`,
    `machine        ${machineOf(body)}`,
    `program        ${program} (${files} files)`,
    `configuration  ${configuration}`,
    `may run        ${referenceText(body)}`,
    auditors
      ? `next bundles   by ${auditors.needed} of ${auditors.keys.length} auditors: ${(await fingerprintsOf(auditors.keys)).join(', ')}`
      : 'next bundles   by nobody: each asks you',
  ].map(visible);
}

function machineOf({ simulation, pccs }: BundleBody): string {
  if (simulation === undefined)
    return `what its vendor vouches for${pccs === undefined ? '' : `, by the PCCS ${pccs}`}`;
  return `SIMULATION: nothing is protected (root ${rootOf(simulation.root)})`;
}

/** SHA-256 of the certificate, or of what is there in place of one. */
function rootOf(base64: string): string {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  try {
    const [root] = parseCertificates(bytes);
    return sha256(root?.der ?? bytes);
  } catch {
    return sha256(bytes);
  }
}

function referenceText({ enclaveInfo, policy }: BundleBody): string {
  const others = Object.keys(policy ?? {}).filter(
    (key) => key !== 'measurements' && key !== 'configurations',
  );
  const beside = others.length > 0 ? `; its policy has ${others.join(', ')}` : '';
  if (enclaveInfo !== undefined) return `what its auditors have signed as enclave info${beside}`;
  return `what its policy measures${beside}`;
}

async function fingerprintsOf(keys: readonly string[]): Promise<string[]> {
  const { auditorKey } = await import('@gaiwan/trust');
  return keys.map((pem) => sha256(auditorKey(pem).export({ type: 'spki', format: 'der' })));
}

/** A line for each thing that is another one; empty where nothing is. */
export async function bundleChanges(before: BundleBody, after: BundleBody): Promise<string[]> {
  const { configurationChanges, fileChanges } = await import('@gaiwan/platform');
  const value = (what: string, one: string | undefined, other: string | undefined) =>
    one === other ? [] : [`${what}: ${one ?? 'none'} before, ${other ?? 'none'} now`];
  return [
    ...value('authentication address', before.authentication, after.authentication),
    ...value('frontend address', before.frontend, after.frontend),
    ...value('INSTANCE', before.instance, after.instance),
    ...value('MACHINE', machineOf(before), machineOf(after)),
    ...(await auditorChanges(before.auditors, after.auditors)),
    ...policyChanges(before, after),
    ...measurementChanges(before, after),
    ...configurationChanges(before.release.configuration, after.release.configuration).map(
      (line) => `option ${line}`,
    ),
    ...fileChanges(before.release.files, after.release.files).map((line) => `program ${line}`),
  ].map(visible);
}

async function auditorChanges(
  before: BundleBody['auditors'],
  after: BundleBody['auditors'],
): Promise<string[]> {
  const [old, now] = [await fingerprintsOf(before?.keys ?? []), await fingerprintsOf(after?.keys ?? [])];
  const text = (needed: number | undefined) => (needed === undefined ? 'nobody' : String(needed));
  return [
    ...now.filter((key) => !old.includes(key)).map((key) => `AUDITOR ${key} is new`),
    ...old.filter((key) => !now.includes(key)).map((key) => `AUDITOR ${key} is no longer one`),
    ...(before?.needed === after?.needed
      ? []
      : [`AUDITORS NEEDED: ${text(before?.needed)} before, ${text(after?.needed)} now`]),
  ];
}

/**
 * A simulated machine's registers follow from what is said in words. Those of other machines do not: that others are accepted is said, also where the words are the same.
 */
function measurementChanges(before: BundleBody, after: BundleBody): string[] {
  const accepted = ({ policy, enclaveInfo }: BundleBody) =>
    JSON.stringify([policy?.measurements ?? null, enclaveInfo ?? null]);
  if (accepted(before) === accepted(after)) return [];
  if (before.simulation !== undefined && after.simulation !== undefined) return [];
  return ['MEASUREMENTS: others are accepted; what they measure is as true as who signed the bundle'];
}

/** Measurements are told apart by themselves. */
function policyChanges(before: BundleBody, after: BundleBody): string[] {
  const bare = ({ policy = {}, enclaveInfo }: BundleBody) =>
    dictionary(
      Object.entries({ ...policy, 'enclave info': enclaveInfo !== undefined }).filter(
        ([key]) => key !== 'measurements' && key !== 'configurations',
      ),
    );
  const [old, now] = [bare(before), bare(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    const [one, other] = [JSON.stringify(old[name]), JSON.stringify(now[name])];
    return one === other ? [] : [`policy ${name}: ${one ?? 'not given'} before, ${other ?? 'not given'} now`];
  });
}

/** What the bundle's program and options have other than the installation on this machine. */
export async function againstThisInstallation({ release }: BundleBody): Promise<string[]> {
  const [{ configurationChanges, fileChanges, measurePlatform }, { PROGRAM }] = await Promise.all([
    import('@gaiwan/platform'),
    import('../program.ts'),
  ]);
  const own = await measurePlatform({ program: PROGRAM });
  const files = fileChanges(own.bundle.list, release.files);
  const options = configurationChanges(own.decisions, release.configuration);
  const lines = [
    files.length === 0
      ? 'Its program is the installation that you run, file by file.'
      : 'Its program differs from the installation that you run:',
    ...files.map((line) => `  ${line}`),
    options.length === 0 ? 'Its options are the defaults.' : 'Its options, beside the defaults:',
    ...options.map((line) => `  ${line}`),
  ];
  return lines.map(visible);
}
