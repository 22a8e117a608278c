/** Which build made something: what a certificate of Sigstore's Fulcio says of the workflow that it was issued to. */
import { ProvenanceError } from './errors.ts';

/** All of it is said by the certificate authority, which had it from the service that ran the build; nothing of it by the build itself. */
export interface Build {
  /** URL of the repository whose workflow ran, without an end slash: `https://github.com/example/average`. */
  readonly repository: string;
  /** Path of the workflow within the repository: `.github/workflows/release.yml`. */
  readonly workflow: string;
  /** What was built: `refs/tags/v1.2.0`, `refs/heads/main`. */
  readonly ref: string;
  /** Commit (hex). */
  readonly commit: string;
  /** The workflow that signed, with its reference: another one than `workflow` where that calls a shared one. */
  readonly signer: string;
  /** `github-hosted`, `self-hosted`, or what another service says. Empty where it does not say. */
  readonly runner: string;
}

/** "Any build of this repository by this workflow", and, where it is named, of this reference. */
export interface BuildRule {
  readonly repository: string;
  readonly workflow: string;
  /** Exactly, or with one `*` at its end: `refs/tags/*`. */
  readonly ref?: string | undefined;
}

/**
 * The extensions that Fulcio gives a certificate of a build, by name:
 * https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md (1.3.6.1.4.1.57264.1.N, a UTF8String in DER).
 */
const extensions = {
  issuer: 8,
  signer: 9,
  runner: 11,
  repository: 12,
  commit: 13,
  ref: 14,
  config: 18,
} as const;

export type CertificateFacts = Readonly<Record<keyof typeof extensions, string>>;

interface Extension {
  readonly oid?: { readonly id: readonly number[] } | undefined;
  readonly value: Uint8Array;
}

const FULCIO = '1.3.6.1.4.1.57264.1.';

/** Empty where the certificate does not say it. */
export function factsOf(found: readonly Extension[]): CertificateFacts {
  const of = (number: number) => {
    const extension = found.find(({ oid }) => oid?.id.join('.') === `${FULCIO}${number}`);
    return extension ? utf8String(extension.value) : '';
  };
  const { issuer, signer, runner, repository, commit, ref, config } = extensions;
  return {
    issuer: of(issuer),
    signer: of(signer),
    runner: of(runner),
    repository: of(repository),
    commit: of(commit),
    ref: of(ref),
    config: of(config),
  };
}

/** The text of a DER UTF8String of less than 64 KiB; empty for anything else. */
function utf8String(der: Uint8Array): string {
  const [tag, first = 0, ...more] = der.subarray(0, 4);
  if (tag !== 0x0c) return '';
  const [start, length] =
    first < 0x80
      ? [2, first]
      : first === 0x81
        ? [3, more[0] ?? 0]
        : [4, first === 0x82 ? (more[0] ?? 0) * 256 + (more[1] ?? 0) : -1];
  if (start + length !== der.length) return '';
  return new TextDecoder('utf-8').decode(der.subarray(start));
}

/** Services whose word about repositories is taken. A certificate of a person has another issuer. */
const issuers: ReadonlySet<string> = new Set([
  'https://token.actions.githubusercontent.com',
  'https://gitlab.com',
]);

/** Throws `ProvenanceError` (unknown-builder). */
export function buildOf(facts: CertificateFacts, subject: string): Build {
  const refuse = (why: string) =>
    new ProvenanceError('unknown-builder', `The provenance was not signed by a build: ${why}.`);
  const { issuer, signer, runner, repository, commit, ref, config } = facts;
  if (!issuers.has(issuer)) throw refuse(`the certificate's issuer is ${JSON.stringify(issuer)}`);
  const workflow = workflowOf(config, repository);
  if (workflow === undefined || commit === '' || ref === '')
    throw refuse('its certificate does not name repository, workflow, reference and commit');
  return { repository, workflow, ref, commit, signer: signer || subject, runner };
}

/** GitHub: `REPOSITORY/PATH@REF`; GitLab has two slashes before the path. */
function workflowOf(config: string, repository: string): string | undefined {
  if (repository === '' || !config.startsWith(`${repository}/`)) return undefined;
  const at = config.lastIndexOf('@');
  const path = config.slice(repository.length, at < 0 ? undefined : at).replace(/^\/+/, '');
  return path === '' ? undefined : path;
}

/** Throws `ProvenanceError` (other-build): the message names what differs. */
export function requireBuild(build: Build, rule: BuildRule): void {
  const differs = (what: string, is: string, wanted: string) =>
    new ProvenanceError(
      'other-build',
      `The code's build has the ${what} ${JSON.stringify(is)}, and your rule wants ${JSON.stringify(wanted)}.`,
    );
  if (build.repository !== rule.repository) throw differs('repository', build.repository, rule.repository);
  if (build.workflow !== rule.workflow) throw differs('workflow', build.workflow, rule.workflow);
  if (rule.ref === undefined) return;
  const fits = rule.ref.endsWith('*') ? build.ref.startsWith(rule.ref.slice(0, -1)) : build.ref === rule.ref;
  if (!fits) throw differs('reference', build.ref, rule.ref);
}
