/** A bundle as a login uses it; and whether what it says in words is what it would accept. */
import type { StoredTrust } from '../trust.ts';
import { type BundleBody, bad } from './bundle.ts';

/** Where endorsements come from on this machine: no bundle can know, and nothing is trusted for it. */
export interface LocalSettings {
  readonly endorsements?: string | undefined;
  readonly pccs?: string | undefined;
}

/** What the words are words for, as digests (64 hex digits). */
export interface DescribedDigests {
  readonly bundle: string;
  readonly configuration: string;
}

export async function digestsOf({ release }: BundleBody): Promise<DescribedDigests> {
  const [{ measureConfiguration }, { createHash }] = await Promise.all([
    import('@gaiwan/enclave'),
    import('node:crypto'),
  ]);
  return {
    bundle: createHash('sha256').update(release.files).digest('hex'),
    configuration: measureConfiguration(release.configuration),
  };
}

/** The configuration is always held to the one that the bundle describes. */
export function trustOfBody(
  body: BundleBody,
  { configuration }: DescribedDigests,
  { endorsements, pccs = body.pccs }: LocalSettings = {},
): StoredTrust {
  const { simulation, policy, enclaveInfo, signatures = [], auditors } = body;
  return {
    ...(simulation
      ? { simulation }
      : { ...(endorsements !== undefined && { endorsements }), ...(pccs !== undefined && { pccs }) }),
    policy: { ...policy, configurations: [configuration] },
    ...(enclaveInfo !== undefined && auditors && { enclaveInfo, signatures, auditors }),
  };
}

/**
 * Throws `CliError` (bad-bundle) where the words are about something else than what would be accepted. A simulated machine's registers follow from both digests; those of
 * other machines from an image that only its auditors can build, and there the configuration alone is compared.
 */
export async function checkDescribed(body: BundleBody, place: string): Promise<StoredTrust> {
  const digests = await digestsOf(body);
  const trust = trustOfBody(body, digests);
  const { configurations = [digests.configuration] } = body.policy ?? {};
  if (configurations.length !== 1 || configurations[0]?.toLowerCase() !== digests.configuration)
    throw bad(place, 'it describes another configuration than the one that it accepts');
  const { policiesFor, simulatedRegisters } = await import('@gaiwan/trust');
  const { referenceOf } = await import('../trust.ts');
  const accepted = (['teaclave_authentication_service', 'teaclave_frontend_service'] as const).flatMap(
    (service) => policiesFor(referenceOf(trust), service).flatMap(({ measurements = [] }) => measurements),
  );
  if (accepted.length === 0) throw bad(place, 'it accepts no program');
  if (body.simulation === undefined) return trust;
  const expected: Readonly<Record<string, string>> = { ...simulatedRegisters(digests) };
  const isDescribed = accepted.every(
    (registers) =>
      registers['mrTd'] !== undefined &&
      Object.entries(registers).every(([name, value]) => expected[name] === value.toLowerCase()),
  );
  if (!isDescribed) throw bad(place, 'it describes another program than the one that it accepts');
  return trust;
}
