/** Who built the code that is to be approved: verified here, whatever the platform says. */
import type { FunctionCode, Material } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import type { Build, BuildRule } from '@gaiwan/provenance';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { keptRoots, requiredBuild } from './build-rules.ts';

/** What is known of the build of one version. */
export type KnownBuild =
  | { readonly is: 'verified'; readonly build: Build }
  | { readonly is: 'absent' }
  | { readonly is: 'no roots' }
  | { readonly is: 'refused'; readonly why: string };

/** `code`: held to the manifest. Rejects with `CliError` (io). */
export async function findBuild(
  env: Context['env'],
  { definition }: Pick<FunctionCode, 'definition'>,
  { content }: Pick<Material, 'content'>,
): Promise<KnownBuild> {
  if (content === undefined) return { is: 'absent' };
  const { ProvenanceError, verifyProvenance } = await import('@gaiwan/provenance');
  try {
    const roots = await keptRoots(env);
    if (!roots) return { is: 'no roots' };
    return { is: 'verified', build: verifyProvenance(content, definition.payload, roots) };
  } catch (error) {
    if (!(error instanceof ProvenanceError)) throw error;
    return { is: 'refused', why: error.message };
  }
}

/** For a person who reviews. `name`: the task as the person would type it. */
export function buildReview(known: KnownBuild, { attached }: Material, name: string): string[] {
  const others = attached.filter(({ kind }) => kind !== 'provenance');
  return [
    ...buildLines(known),
    ...others.map(
      ({ kind, bytes, sha256 }) =>
        `${kind.padEnd(13)}${bytes} bytes, SHA-256 ${sha256}: gaiwan functions materials ${name} --out FOLDER`,
    ),
  ].map(visible);
}

function buildLines(known: KnownBuild): string[] {
  const title = 'build        ';
  if (known.is === 'absent') return [`${title}its owner says nothing about it`];
  if (known.is === 'no roots')
    return [
      `${title}NOT VERIFIED: its owner has attached provenance, and you keep no Sigstore root`,
      '             (gaiwan functions sigstore-root FILE)',
    ];
  if (known.is === 'refused') return [`${title}ITS PROVENANCE IS REFUSED HERE: ${known.why}`];
  const { repository, workflow, ref, commit, signer, runner } = known.build;
  const own = `${repository}/${workflow}@${ref}`;
  return [
    `${title}of ${repository} at ${ref}, commit ${commit},`,
    `             by ${workflow} on a runner that is ${runner || 'of an unknown kind'}; verified here`,
    ...(signer === own ? [] : [`             signed by ${signer}`]),
  ];
}

/** Throws `CliError` (refused) for code whose build is not the one that the person wants for this function. */
export async function requireKnownBuild(
  env: Context['env'],
  functionId: string,
  known: KnownBuild,
): Promise<void> {
  const rule = requiredBuild(env, functionId);
  if (!rule) return;
  const why = await objection(known, rule);
  if (why === undefined) return;
  throw new CliError(
    'refused',
    `Not approved: ${why} You approve code of this function only from ${ruleText(rule)} (gaiwan functions require-build).`,
  );
}

export const ruleText = ({ repository, workflow, ref }: BuildRule): string =>
  `builds of ${repository} by ${workflow}${ref === undefined ? '' : ` at ${ref}`}`;

async function objection(known: KnownBuild, rule: BuildRule): Promise<string | undefined> {
  if (known.is === 'absent') return 'its owner has attached no provenance.';
  if (known.is === 'no roots') return 'you keep no Sigstore root to verify its provenance by.';
  if (known.is === 'refused') return known.why;
  const { ProvenanceError, requireBuild } = await import('@gaiwan/provenance');
  try {
    requireBuild(known.build, rule);
    return undefined;
  } catch (error) {
    if (error instanceof ProvenanceError) return error.message;
    throw error;
  }
}
