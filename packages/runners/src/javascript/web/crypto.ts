/** `crypto`: random values and digests, nothing with keys. */
export const CRYPTO: string = `(function (tools) {
  'use strict';
  const { host, pack, bytesOf, own } = tools;
  const INTEGERS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];
  const MOST = 65536;
  const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
  class Crypto {
    get subtle() { return subtle; }
    getRandomValues(array) {
      if (!INTEGERS.some((kind) => array instanceof kind)) {
        throw new DOMException('getRandomValues() takes an array of integers.', 'TypeMismatchError');
      }
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      if (bytes.length > MOST) throw new DOMException('getRandomValues() gives at most 65536 bytes at once.', 'QuotaExceededError');
      bytes.set(new Uint8Array(host.random(bytes.length)));
      return array;
    }
    randomUUID() {
      const bytes = this.getRandomValues(new Uint8Array(16));
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    }
    get [Symbol.toStringTag]() { return 'Crypto'; }
  }
  class SubtleCrypto {
    async digest(algorithm, data) {
      const asked = String(typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm).toUpperCase();
      if (!HASHES.includes(asked)) throw new DOMException('digest() knows ' + HASHES.join(', ') + '.', 'NotSupportedError');
      if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) {
        throw new TypeError('digest() takes an ArrayBuffer or a view of one.');
      }
      return host.digest(pack(asked), ...bytesOf(data));
    }
    get [Symbol.toStringTag]() { return 'SubtleCrypto'; }
  }
  const subtle = new SubtleCrypto();
  own(Crypto, SubtleCrypto);
  return { crypto: new Crypto() };
})`;
