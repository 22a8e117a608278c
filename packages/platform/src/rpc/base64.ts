/**
 * Node 24 has no `Uint8Array.prototype.toBase64`, and without it the protobuf library encodes bytes for JSON in plain
 * JavaScript: 200 ms of a blocked event loop per MiB, which a stranger could ask for. Node's own encoder takes 4 ms.
 * Other libraries find it too, so the options of the standard are there.
 */
export function installFastBase64(): void {
  if ('toBase64' in Uint8Array.prototype) return;
  const descriptor = { value: toBase64, writable: true, configurable: true };
  Object.defineProperty(Uint8Array.prototype, 'toBase64', descriptor);
}

interface Base64Options {
  readonly alphabet?: 'base64' | 'base64url';
  readonly omitPadding?: boolean;
}

function toBase64(
  this: Uint8Array,
  { alphabet = 'base64', omitPadding = false }: Base64Options = {},
): string {
  const text = Buffer.from(this.buffer, this.byteOffset, this.byteLength).toString('base64');
  const translated = alphabet === 'base64url' ? text.replaceAll('+', '-').replaceAll('/', '_') : text;
  return omitPadding ? translated.replace(/=+$/, '') : translated;
}
