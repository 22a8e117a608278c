/** Reads a manifest that the platform sent, believing nothing: the digest is computed here, the form is checked. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { manifestBytes, type TaskManifest } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';

const bad = (why: string, cause?: unknown) =>
  new GaiwanError(
    'bad-manifest',
    `The platform's manifest cannot be approved: ${why}. Do not approve it by any other way, and tell the operator.`,
    { cause },
  );

/** Throws `GaiwanError` (bad-manifest). `claimed`: the digest that the platform says it has. */
export function readManifest(
  bytes: Uint8Array,
  claimed: Uint8Array,
  taskId: string,
): { manifest: TaskManifest; digest: Uint8Array } {
  const digest = createHash('sha256').update(bytes).digest();
  if (claimed.length !== digest.length || !timingSafeEqual(digest, claimed)) {
    throw bad('its SHA-256 is not the digest that came with it');
  }
  let manifest: TaskManifest;
  try {
    manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as TaskManifest;
  } catch (error) {
    throw bad('it is not JSON', error);
  }
  if (!hasForm(manifest)) throw bad('it is not of the form gaiwan-task-manifest/2');
  // Non-canonical bytes could show a reader something else than what is hashed (e.g. a member given twice).
  if (Buffer.compare(bytes, manifestBytes(manifest)) !== 0) throw bad('its bytes are not canonical');
  if (manifest.task !== taskId) throw bad(`it is about ${JSON.stringify(manifest.task)}, another task`);
  return { manifest, digest: new Uint8Array(digest) };
}

function hasForm(value: unknown): value is TaskManifest {
  if (!isObject(value) || value.format !== 'gaiwan-task-manifest/2') return false;
  const { function: fn, inputs, outputs, limits } = value;
  return (
    strings(value, ['task', 'creator', 'executor', 'arguments']) &&
    isObject(fn) &&
    strings(fn, ['id', 'version', 'name', 'executorType', 'owner']) &&
    [inputs, outputs].every((files) => Array.isArray(files) && files.every(isFile)) &&
    isNames(value.participants) &&
    isObject(limits) &&
    ['timeMs', 'cpuMs', 'memoryMiB', 'outputBytes', 'logBytes', 'files'].every((key) =>
      Number.isSafeInteger(limits[key]),
    ) &&
    isNames(value.logs) &&
    typeof value.repeat === 'boolean'
  );
}

function isFile(value: unknown): boolean {
  return (
    isObject(value) &&
    strings(value, ['slot', 'id', 'schema']) &&
    isNames(value.owners) &&
    (value.tag === undefined || typeof value.tag === 'string')
  );
}

const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string');
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const strings = (value: Record<string, unknown>, keys: readonly string[]) =>
  keys.every((key) => typeof value[key] === 'string');
