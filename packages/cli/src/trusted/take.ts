/** A bundle becomes what a person trusts by a name: never silently, and never an older one. */
import { visible } from '@gaiwan/errors';
import { type Context, note } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { parseHex } from '../terminal/keys.ts';
import type { TrustBundle } from './bundle.ts';
import { signersOf } from './bundle.ts';
import { checkDescribed, type LocalSettings } from './reference.ts';
import { type Authority, readTrusted, saveTrusted, type Trusted } from './store.ts';
import { againstThisInstallation, bundleChanges, describeBundle } from './words.ts';

export interface TakeOptions {
  readonly name: string;
  readonly bundle: TrustBundle;
  /** The file, for errors. */
  readonly place: string;
  /** The fingerprint that the person has compared already. */
  readonly yes?: string | undefined;
  readonly local: LocalSettings;
}

export interface Taken {
  readonly trusted: Trusted;
  readonly changes: readonly string[];
  readonly isNew: boolean;
}

/** Shows it, asks, and keeps it. Rejects with `CliError`: `bad-bundle`, `bundle-older`, `bundle-refused`, `refused`. */
export async function takeBundle(context: Context, options: TakeOptions): Promise<Taken> {
  const { name, bundle, place, yes } = options;
  const wanted = yes === undefined ? undefined : Buffer.from(parseHex(yes, 32, '--yes')).toString('hex');
  const before = readTrusted(context.env, name);
  if (before) requireNewer(before, bundle, place);
  await checkDescribed(bundle.body, place);
  if (wanted !== undefined && wanted !== bundle.fingerprint)
    throw new CliError(
      'bundle-refused',
      `The fingerprint of ${place} is ${bundle.fingerprint}, not the one of --yes: nothing was kept.`,
    );
  const isSame = before?.bundle.fingerprint === bundle.fingerprint;
  const { authority, lines, changes } = await reviewOf(before, bundle);
  if (!isSame) {
    note(context, lines.map(visible).join('\n'));
    if (wanted === undefined) await askToTrust(context, name);
  }
  const trusted: Trusted = {
    name,
    bundle,
    authority: isSame && before ? before.authority : authority,
    since: isSame && before ? before.since : new Date().toISOString(),
    local: { ...before?.local, ...given(options.local) },
    seen: before?.seen,
  };
  // Another command may have taken a newer one while the person was reading.
  const now = readTrusted(context.env, name);
  if (now) requireNewer(now, bundle, place);
  saveTrusted(context.env, trusted);
  return { trusted, changes, isNew: before === undefined };
}

const given = ({ endorsements, pccs }: LocalSettings): LocalSettings => ({
  ...(endorsements !== undefined && { endorsements }),
  ...(pccs !== undefined && { pccs }),
});

function requireNewer({ name, bundle: known }: Trusted, bundle: TrustBundle, place: string): void {
  const [old, now] = [known.body.serial, bundle.body.serial];
  if (now > old || known.fingerprint === bundle.fingerprint) return;
  const why =
    now === old
      ? `is another bundle with the number ${now} than the one that you trust`
      : `has the number ${now}, and you trust number ${old} already`;
  throw new CliError(
    'bundle-older',
    `${place} ${why} as ${name}: nothing was changed. To go back to it all the same, first take the trust away: gaiwan trust remove ${name}.`,
  );
}

interface Review {
  readonly authority: Authority;
  readonly lines: readonly string[];
  readonly changes: readonly string[];
}

async function reviewOf(before: Trusted | undefined, bundle: TrustBundle): Promise<Review> {
  const about = await describeBundle(bundle);
  if (before === undefined)
    return {
      authority: 'person',
      changes: [],
      lines: [
        ...about,
        ...(await againstThisInstallation(bundle.body)),
        'Nobody whom you trusted before vouches for it: you do. Compare the fingerprint with what its operator or your auditors tell you by another way.',
      ],
    };
  const changes = await bundleChanges(before.bundle.body, bundle.body);
  const { isSigned, text } = await signedByTrusted(before, bundle);
  return {
    authority: isSigned ? 'auditors' : 'person',
    changes,
    lines: [...about, `Other than in number ${before.bundle.body.serial}:`, ...listed(changes), text],
  };
}

export const listed = (changes: readonly string[]): string[] =>
  changes.length === 0 ? ['  nothing'] : changes.map((line) => `  ${line}`);

/** Have enough of the auditors signed who are in the bundle that is trusted now? */
export async function signedByTrusted(
  { bundle: known }: Pick<Trusted, 'bundle'>,
  bundle: TrustBundle,
): Promise<{ readonly isSigned: boolean; readonly text: string }> {
  const { auditors } = known.body;
  if (auditors === undefined)
    return {
      isSigned: false,
      text: 'NOT SIGNED by anybody whom you trust: the bundle that you have names no auditors. You vouch for it yourself.',
    };
  const signers = await signersOf(bundle, auditors.keys);
  if (signers.length >= auditors.needed)
    return { isSigned: true, text: `Signed by ${signers.length} of the auditors that you trust.` };
  return {
    isSigned: false,
    text: `NOT SIGNED by enough of the auditors that you trust: ${signers.length} of the ${auditors.needed} auditors that are needed. Who takes it vouches for it alone.`,
  };
}

async function askToTrust(context: Context, name: string): Promise<void> {
  const answer = await context.ask(`Trust this as ${name}? Type yes: `);
  if (answer === undefined)
    throw usage('There is no terminal to confirm in: give --yes FINGERPRINT, of the bundle that you mean.');
  if (answer.trim().toLowerCase() !== 'yes') throw new CliError('refused', 'Not trusted: nothing was kept.');
}
