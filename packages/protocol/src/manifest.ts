/**
 * The task manifest: the exact bytes that participants approve.
 *
 * Its form is JSON in the canonical form of RFC 8785 (JCS), limited to strings, safe integers, booleans, arrays
 * and objects. The approved digest is the SHA-256 of the UTF-8 bytes.
 */

/** A file in a slot. `tag` (32 hex digits) is there for inputs only: outputs get theirs when they are written. */
export interface ManifestFile {
  readonly slot: string;
  readonly id: string;
  readonly owners: readonly string[];
  readonly schema: string;
  readonly tag?: string;
}

/** What one run may use. */
export interface ManifestLimits {
  readonly timeMs: number;
  readonly cpuMs: number;
  readonly memoryMiB: number;
  readonly outputBytes: number;
  readonly logBytes: number;
  readonly files: number;
}

/** What a participant of a task agrees to. Lists of names are sorted. */
export interface TaskManifest {
  readonly format: 'gaiwan-task-manifest/2';
  readonly task: string;
  readonly creator: string;
  readonly function: {
    readonly id: string;
    /** SHA-256 (hex) over the function's code and signature: see `functionVersionHash` of the platform's domain. */
    readonly version: string;
    readonly name: string;
    readonly executorType: string;
    readonly owner: string;
  };
  readonly executor: string;
  /** The arguments object as canonical JSON text: what the function gets, byte for byte. */
  readonly arguments: string;
  readonly inputs: readonly ManifestFile[];
  readonly outputs: readonly ManifestFile[];
  readonly participants: readonly string[];
  readonly limits: ManifestLimits;
  /** Who may read the function's log: of `creator` and `function-owner`, sorted. */
  readonly logs: readonly string[];
  /** Is it run twice, on different workers, and the results compared? */
  readonly repeat: boolean;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** RFC 8785 text of a JSON value. Throws `TypeError` for a number that JSON cannot carry. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('not a JSON number');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as { readonly [key: string]: Json | undefined };
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort() // by UTF-16 code units, as RFC 8785 asks
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key] as Json)}`);
  return `{${members.join(',')}}`;
}

/** The canonical bytes of a manifest. */
export function manifestBytes(manifest: TaskManifest): Uint8Array {
  return new TextEncoder().encode(canonicalJson(manifest as unknown as Json));
}
