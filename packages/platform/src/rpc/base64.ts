/**
 * Node 24 has no `Uint8Array.prototype.toBase64`, and without it the protobuf library encodes bytes for JSON in plain
 * JavaScript: 200 ms of a blocked event loop per MiB, which a stranger could ask for. Node's own encoder takes 4 ms.
 * Other libraries find it too, so the options of the standard are there.
 */
export function fastBase64(): void {
  const prototype = Uint8Array.prototype as { toBase64?: unknown };
  prototype.toBase64 ??= function toBase64(
    this: Uint8Array,
    {
      alphabet = 'base64',
      omitPadding = false,
    }: { alphabet?: 'base64' | 'base64url'; omitPadding?: boolean } = {},
  ): string {
    const text = Buffer.from(this.buffer, this.byteOffset, this.byteLength).toString('base64');
    const translated = alphabet === 'base64url' ? text.replaceAll('+', '-').replaceAll('/', '_') : text;
    return omitPadding ? translated.replace(/=+$/, '') : translated;
  };
}
