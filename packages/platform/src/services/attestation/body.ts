/** What strangers post: JSON with a few fields, and bounds. */
import type { IncomingMessage } from 'node:http';

/** As Teaclave's service. */
const MAX_BODY = 1 << 20;
/**
 * Parts that prove themselves under pinned roots. Keys that a caller would have to be believed for (of TPMs and of Arm platforms)
 * are not among them: they come from the operator's own source.
 */
const ENDORSEMENTS: ReadonlySet<string> = new Set([
  'tcbInfo',
  'qeIdentity',
  'tcbSigningChain',
  'qeIdentitySigningChain',
  'pckChain',
  'pckCrl',
  'rootCrl',
  'endorsementKey',
  'caChain',
  'certificateTable',
  'amdCrl',
  'akCertificate',
  'akIssuers',
]);

/** A request that makes no sense. */
export class Bad extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || value === '' || !BASE64.test(value))
    throw new Bad('bad-request', `"${name}" must be base64.`);
  return new Uint8Array(Buffer.from(value, 'base64'));
}

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Throws `Bad`. */
  bytes(name: string): Uint8Array {
    return bytesOf(this.#values[name], name);
  }

  /** Throws `Bad`. */
  text(name: string, longest: number): string | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length > 0 && value.length <= longest) return value;
    throw new Bad('bad-request', `"${name}" must be a text of 1 to ${longest} characters.`);
  }

  /** Bytes by name; undefined where none came along. Throws `Bad`. */
  endorsements(): Readonly<Record<string, Uint8Array>> | undefined {
    const value = this.#values['endorsements'];
    if (value === undefined) return undefined;
    const parts =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
    const unknown = parts.find(([name]) => !ENDORSEMENTS.has(name));
    if (parts.length === 0 || unknown)
      throw new Bad(
        'bad-request',
        `"endorsements" must be an object of base64 texts, by these names: ${[...ENDORSEMENTS].join(', ')}.`,
      );
    return Object.fromEntries(parts.map(([name, part]) => [name, bytesOf(part, name)] as const));
  }
}

/** Rejects with `Bad`. */
export async function readFields(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new Bad('too-much', `A request has at most ${MAX_BODY} bytes.`, 413);
    chunks.push(chunk as Buffer);
  }
  let values: unknown;
  try {
    values = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Bad('bad-request', 'The body is not JSON.');
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new Bad('bad-request', 'The body must be a JSON object.');
  return new Fields(values as Record<string, unknown>);
}
