/** Inputs and outputs. */
import { checkFileKey, FilesError, type Scheme, schemes } from '@gaiwan/files';
import { base64OfUrl, contentDigest, contentUrl, fileCommitmentBytes, type Subject } from '@gaiwan/protocol';
import { refuse, sentText } from '../errors.ts';
import { limits } from '../limits.ts';
import { blobId, blobUrl } from './blob-url.ts';
import { uuidOf } from './ids.ts';
import type { DataRecord, FileCrypto } from './records.ts';
import { sha256Hex } from './sha256.ts';

const keyFaults = ['bad-key-length', 'bad-iv-length'] as const satisfies FilesError['code'][];
const isKeyFault = (code: FilesError['code']): code is (typeof keyFaults)[number] =>
  keyFaults.some((fault) => fault === code);

/** Checks scheme, key and IV against each other. `raw` is taken for inputs only. */
export function parseCrypto(
  info: { readonly schema: string; readonly key: Uint8Array; readonly iv: Uint8Array } | undefined,
  kind: 'input' | 'output',
): FileCrypto {
  if (!info)
    throw refuse('missing-crypto-info', 'The request has no crypto_info: say how the file is encrypted.', {
      wire: '"missing crypto_info"',
    });
  if (info.schema === 'raw') {
    if (kind === 'output')
      throw refuse('raw-output', 'An output cannot have the schema raw: choose one that encrypts.');
    return { schema: 'raw', key: new Uint8Array(), iv: new Uint8Array() };
  }
  const { key, iv } = info;
  const schema = schemes.find((scheme) => scheme === info.schema);
  if (schema === undefined)
    throw refuse(
      'bad-scheme',
      `Unknown scheme "${sentText(info.schema)}": use one of ${schemes.join(', ')}.`,
      { wire: `Invalid crypto schema: ${sentText(info.schema)}` },
    );
  try {
    checkFileKey({ scheme: schema, key, ...(iv.length > 0 && { iv }) });
  } catch (error) {
    if (!(error instanceof FilesError && isKeyFault(error.code))) throw error;
    throw refuse(error.code, error.message, { wire: keyFaultText(error.code, { scheme: schema, key, iv }) });
  }
  return { schema, key, iv };
}

const contractNames: Readonly<Record<Scheme, string>> = {
  'aes-gcm-128': 'AesGcm128',
  'aes-gcm-256': 'AesGcm256',
  'teaclave-file-128': 'teaclave_file_128',
};

function keyFaultText(
  fault: (typeof keyFaults)[number],
  { scheme, key, iv }: { readonly scheme: Scheme; readonly key: Uint8Array; readonly iv: Uint8Array },
): string {
  const name = contractNames[scheme];
  if (fault === 'bad-key-length') return `Invalid key length for ${name}: ${key.length}`;
  return scheme === 'teaclave-file-128'
    ? `IV is not empty for ${name}`
    : `Invalid iv length for ${name}: ${iv.length}`;
}

/** What a manifest tells of a file's key and place: SHA-256 (hex), see `fileCommitmentBytes`. */
export function fileCommitment({ crypto, url, salt = new Uint8Array() }: DataRecord): string {
  const bytes = fileCommitmentBytes({ ...crypto, url, salt });
  const commitment = sha256Hex(bytes);
  bytes.fill(0);
  return commitment;
}

export function parseTag(cmac: Uint8Array): Uint8Array {
  if (cmac.length === 16) return cmac;
  throw refuse('bad-tag-length', `A cmac has 16 bytes, this one has ${cmac.length}.`, {
    wire: 'Invalid length',
  });
}

/** Throws unless it is an absolute URL of bearable length; what a data: URL holds is looked at by `parseDataUrl`. */
export function requireUrl(text: string): void {
  if (!text.startsWith('data:')) parseUrl(text);
}

/** Throws unless it is an absolute URL of bearable length. */
export function parseUrl(text: string): URL {
  if (text.length > limits.url.value && !text.startsWith('data:')) {
    throw refuse('bad-url', `A URL has at most ${limits.url.value} characters.`);
  }
  try {
    return new URL(text);
  } catch (cause) {
    const wire = urlFaultText(text);
    throw refuse('bad-url', `"${sentText(text)}" is no absolute URL.`, { ...(wire && { wire }), cause });
  }
}

/** The name of the fault in the library that Teaclave reads URLs with; undefined for one that its contract does not have. */
function urlFaultText(text: string): string | undefined {
  const [, scheme = '', rest = ''] = /^\s*([a-z][a-z0-9+.-]*):(.*)$/is.exec(text) ?? [];
  if (scheme === '') return 'RelativeUrlWithoutBase';
  return /^[\\/]*(?:[?#]|$)/.test(rest) ? 'EmptyHost' : undefined;
}

export interface UrlContent {
  /** `contentUrl`, in place of what was sent. */
  readonly url: string;
  readonly bytes: Uint8Array;
}

/** The content of a data: URL. Throws `PlatformError` (bad-url) for one of another form, or with too much content. */
export function parseDataUrl(text: string): UrlContent {
  const base64 = base64OfUrl(text);
  if (base64 === undefined)
    throw refuse('bad-url', 'A data: URL has the form data:text/plain;base64,<base64>.');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > limits.contentOfUrl.value)
    throw refuse(
      'bad-url',
      `A data: URL has at most ${limits.contentOfUrl.value} bytes of content, this one has ${bytes.length}: upload the file.`,
    );
  return { url: contentUrl(sha256Hex(bytes)), bytes };
}

/** The blob that has the content of a file, as a URL; undefined for what the platform does not keep. */
export function blobOfFile({ id, url }: Pick<DataRecord, 'id' | 'url'>): string | undefined {
  if (contentDigest(url) !== undefined) return blobUrl(uuidOf(id), 'content');
  return blobId(url) === undefined ? undefined : url;
}

/** As lists show it: content in its URL has no name. */
export const shownName = ({ url }: Pick<DataRecord, 'url'>): string =>
  url.startsWith('data:') ? '' : storedName(url);

/** The name that a file was, or is to be, stored under: the last segment of its URL, as written. */
export function storedName(url: string): string {
  const [path = ''] = url.split(/[?#]/, 1);
  const last = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

export const sameOwners = (a: readonly Subject[], b: readonly Subject[]): boolean => {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((owner) => set.has(owner));
};

/** An output that a task wrote, as an input: same UUID, owners, key. */
export function inputFromOutput(output: DataRecord, id: string): DataRecord {
  if (!output.tag) {
    throw refuse(
      'output-not-written',
      'No finished task has written this output yet: run one that does, then use it as an input.',
    );
  }
  return { id, owners: output.owners, url: output.url, crypto: output.crypto, tag: output.tag };
}
