/** What the owner of a function attaches to a version of it, for those who are to approve it. */
import { gaiwan } from '@gaiwan/protocol';

/** `provenance`: a Sigstore bundle about the code. `sbom`: CycloneDX or SPDX. `source`: what the code was built from. */
export type MaterialKind = 'provenance' | 'sbom' | 'source';

export interface AttachedMaterial {
  readonly kind: MaterialKind;
  /** Of the content (hex), as the platform says. */
  readonly sha256: string;
  readonly bytes: number;
}

/** The platform's word; nothing of it is verified here: `@gaiwan/provenance` verifies a bundle. */
export interface Material {
  /** Undefined where there is none of this kind, or where it may not be read. */
  readonly content: Uint8Array | undefined;
  readonly attached: readonly AttachedMaterial[];
}

const wireKinds: Readonly<Record<MaterialKind, gaiwan.MaterialKind>> = {
  provenance: gaiwan.MaterialKind.PROVENANCE,
  sbom: gaiwan.MaterialKind.SBOM,
  source: gaiwan.MaterialKind.SOURCE,
};
export const materialKinds = Object.keys(wireKinds) as MaterialKind[];

export const wireKind = (kind: MaterialKind | undefined): gaiwan.MaterialKind =>
  kind === undefined ? gaiwan.MaterialKind.UNSPECIFIED : wireKinds[kind];

export function readMaterial({
  content,
  attached,
}: Pick<gaiwan.FunctionMaterial, 'content' | 'attached'>): Material {
  const known = attached.flatMap(({ kind: wire, sha256, bytes }) => {
    const kind = materialKinds.find((each) => wireKinds[each] === wire);
    return kind ? [{ kind, sha256: Buffer.from(sha256).toString('hex'), bytes: Number(bytes) }] : [];
  });
  return { content: content.length > 0 ? content : undefined, attached: known };
}
