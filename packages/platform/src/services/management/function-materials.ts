/** What an owner attaches to a version of its function, for whoever is to approve it: who built the code, of what, and from what. */
import { createHash } from 'node:crypto';
import { gaiwan } from '@gaiwan/protocol';
import type { TrustedRoots } from '@gaiwan/provenance';
import {
  type AttachedRecord,
  type FunctionRecord,
  isCodeHidden,
  keys,
  limits,
  type MaterialKind,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { type Proof, seesResults } from '../../pipeline/signatures.ts';
import type { CommandCall } from '../../pipeline/spec.ts';
import type { Holdings } from '../../state/holdings.ts';
import type { Reading } from '../../state/reading.ts';
import type { ManagementContext } from './context.ts';
import { onFunction, onTask } from './resources.ts';
import { requireSbom } from './sbom.ts';

type FunctionService = Handlers<typeof gaiwan.FunctionService>;
type Writes = CommandCall<unknown, unknown>['tx'];

const kinds: Readonly<Partial<Record<gaiwan.MaterialKind, MaterialKind>>> = {
  [gaiwan.MaterialKind.PROVENANCE]: 'provenance',
  [gaiwan.MaterialKind.SBOM]: 'sbom',
  [gaiwan.MaterialKind.SOURCE]: 'source',
};
const wireKinds = {
  provenance: gaiwan.MaterialKind.PROVENANCE,
  sbom: gaiwan.MaterialKind.SBOM,
  source: gaiwan.MaterialKind.SOURCE,
} as const satisfies Record<MaterialKind, gaiwan.MaterialKind>;

function kindOf(kind: gaiwan.MaterialKind): MaterialKind {
  const known = kinds[kind];
  if (known) return known;
  throw refuse('bad-material', 'Name what it is: provenance, sbom or source.');
}

const largest = {
  provenance: limits.materialProvenance.value,
  sbom: limits.materialSbom.value,
  source: limits.payload.value,
} as const satisfies Record<MaterialKind, number>;

function requireSize(kind: MaterialKind, content: Uint8Array): void {
  if (content.length > 0 && content.length <= largest[kind]) return;
  throw refuse('bad-material', `A ${kind} has 1 to ${largest[kind]} bytes, this one has ${content.length}.`);
}

/** Is the code of a version, which the function has or had, hidden? Undefined for any other. */
function hiddenOf(record: FunctionRecord, version: string): boolean | undefined {
  if (record.version === version) return isCodeHidden(record);
  return record.formerVersions?.find((former) => former.version === version)?.codeHidden;
}

/** Rejects with `PlatformError` (no-build-roots, bad-provenance). */
async function requireProvenance(
  roots: TrustedRoots | undefined,
  content: Uint8Array,
  sha256: string,
): Promise<void> {
  if (!roots)
    throw refuse(
      'no-build-roots',
      'The operator has given this platform no Sigstore root, so it verifies no provenance: ask for --sigstore-root.',
    );
  // Loaded by the first that needs it: its libraries take each start some tens of milliseconds.
  const { ProvenanceError, verifyProvenance } = await import('@gaiwan/provenance');
  try {
    verifyProvenance(content, sha256, roots);
  } catch (error) {
    if (!(error instanceof ProvenanceError)) throw error;
    throw refuse('bad-provenance', error.message, { cause: error });
  }
}

export const attachFunctionMaterial = ({
  holdings,
  buildRoots,
}: Pick<ManagementContext, 'holdings' | 'buildRoots'>): FunctionService['attachFunctionMaterial'] =>
  command({
    action: 'AttachFunctionMaterial',
    resource: onFunction,
    run: async ({ tx, read, request, resource: record }) => {
      const { content } = request;
      const kind = kindOf(request.kind);
      requireSize(kind, content);
      const version = Buffer.from(request.version).toString('hex');
      const hidden = hiddenOf(record, version);
      if (hidden === undefined)
        throw refuse('unknown-version', `The function has no version ${version || '(none named)'}.`);
      if (kind === 'source' && hidden)
        throw refuse('bad-material', 'The code of this version is hidden: its source would show it.');
      const { definition } = await read.version(version);
      if (kind === 'provenance') await requireProvenance(buildRoots, content, definition.payload);
      if (kind === 'sbom') requireSbom(content);
      await write(holdings, { tx, read }, { record, version, kind, content });
      return {
        reply: {},
        event: { type: 'function-material-attached', function: record.id, version, kind },
      };
    },
  });

interface Attached {
  readonly record: FunctionRecord;
  readonly version: string;
  readonly kind: MaterialKind;
  readonly content: Uint8Array;
}

async function write(
  holdings: Holdings,
  { tx, read }: { readonly tx: Writes; readonly read: Reading },
  { record: { id, owner }, version, kind, content }: Attached,
): Promise<void> {
  const list = keys.functionMaterials(id, version);
  const { attached } = (await read.record<AttachedRecord>(list)) ?? { attached: [] };
  const entry = {
    kind,
    sha256: createHash('sha256').update(content).digest('hex'),
    bytes: content.length,
  };
  tx.put(list, { attached: [...attached.filter((each) => each.kind !== kind), entry] });
  const key = keys.functionMaterial(id, version, kind);
  await holdings.charge(tx, { key, by: owner, bytes: tx.put(key, { content }) });
}

/** Of versions that the function does not list any more, or of all of them. */
export async function dropMaterials(
  holdings: Holdings,
  { tx, read }: { readonly tx: Writes; readonly read: Reading },
  id: string,
  versions: readonly string[],
): Promise<void> {
  for (const version of versions) {
    const list = keys.functionMaterials(id, version);
    const { attached } = (await read.record<AttachedRecord>(list)) ?? { attached: [] };
    for (const { kind } of attached) {
      const key = keys.functionMaterial(id, version, kind);
      tx.delete(key);
      await holdings.release(tx, key);
    }
    if (attached.length > 0) tx.delete(list);
  }
}

interface Asked {
  readonly id: string;
  readonly version: string;
  /** Undefined: only what is attached. */
  readonly kind: MaterialKind | undefined;
}

async function materialOf(read: Reading, { id, version, kind }: Asked, showsCode: boolean, proof: Proof) {
  const { attached } = (await read.record<AttachedRecord>(keys.functionMaterials(id, version))) ?? {
    attached: [],
  };
  const isShown = kind !== undefined && seesResults(proof) && (showsCode || kind !== 'source');
  const found = isShown
    ? await read.record<{ content: Uint8Array }>(keys.functionMaterial(id, version, kind))
    : undefined;
  return {
    content: found?.content ?? new Uint8Array(),
    attached: attached.map((each) => ({
      kind: wireKinds[each.kind],
      sha256: Buffer.from(each.sha256, 'hex'),
      bytes: BigInt(each.bytes),
    })),
  };
}

export const getFunctionMaterial: FunctionService['getFunctionMaterial'] = query({
  action: 'GetFunctionMaterial',
  resource: onFunction,
  run: ({ read, request, resource: { id }, permits, proof }) => {
    const version = Buffer.from(request.version).toString('hex');
    const asked = { id, version, kind: kinds[request.kind] };
    return materialOf(read, asked, permits('GetFunctionPayload'), proof);
  },
});

/** Access control lets participants through, and nobody else. */
export const getTaskMaterial: Handlers<typeof gaiwan.TaskService>['getTaskMaterial'] = query({
  action: 'GetTaskMaterial',
  resource: onTask,
  run: ({ caller, read, request, resource: { function: fn, codeHidden }, proof }) =>
    materialOf(
      read,
      { id: fn.id, version: fn.version, kind: kinds[request.kind] },
      codeHidden === false || fn.owner === caller.subject,
      proof,
    ),
});
