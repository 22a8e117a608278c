/**
 * `TextEncoder` and `TextDecoder` by the Encoding Standard, for UTF-8 and UTF-16. The host decodes whole characters; what is cut at the end
 * of a chunk waits here, so that a decoder that is given up costs the host nothing.
 */
export const ENCODING: string = String.raw`(function (tools) {
  'use strict';
  const { host, pack, unpack, bytesOf, stringOf, own } = tools;
  const LABELS = {
    'utf-8': 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8',
    'utf-16le': 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le',
    'utf-16be': 'unicodefffe utf-16be',
  };
  const names = new Map();
  for (const name of Object.keys(LABELS)) for (const label of LABELS[name].split(' ')) names.set(label, name);

  const NOTHING = new Uint8Array(0);
  /** How many bytes at the end begin a character that may still become whole. */
  const unfinished = {
    'utf-8'(bytes) {
      const size = bytes.length;
      for (let back = 1; back <= 3 && back <= size; back++) {
        const lead = bytes[size - back];
        if ((lead & 0xc0) === 0x80) continue;
        const wants = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (wants <= back) return 0;
        const second = back > 1 ? bytes[size - back + 1] : 0;
        const wrong =
          back > 1 &&
          ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f) ||
            (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f));
        return wrong ? 0 : back;
      }
      return 0;
    },
    'utf-16le': (bytes) => unfinishedPair(bytes, 1),
    'utf-16be': (bytes) => unfinishedPair(bytes, 0),
  };
  function unfinishedPair(bytes, high) {
    const odd = bytes.length % 2;
    const unit = bytes.length - odd - 2;
    return unit >= 0 && (bytes[unit + high] & 0xfc) === 0xd8 ? 2 + odd : odd;
  }
  function viewOf(data) {
    if (data === undefined) return NOTHING;
    if (!(data instanceof ArrayBuffer) && !(data instanceof SharedArrayBuffer) && !ArrayBuffer.isView(data)) {
      throw new TypeError('decode() takes an ArrayBuffer or a view of one.');
    }
    return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
  }
  function join(first, second) {
    if (first.length === 0) return second;
    const both = new Uint8Array(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    return both;
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #rest = NOTHING;
    #begun = false;
    #streaming = false;
    constructor(label = 'utf-8', options = {}) {
      const name = names.get(stringOf(label).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase());
      if (name === undefined) throw new RangeError('TextDecoder knows utf-8, utf-16le and utf-16be only.');
      this.#encoding = name;
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }
    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(data, options = {}) {
      const stream = Boolean(options?.stream);
      const view = viewOf(data);
      if (!this.#streaming) {
        this.#rest = NOTHING;
        this.#begun = false;
      }
      this.#streaming = stream;
      const bytes = join(this.#rest, view);
      const whole = bytes.length - (stream ? unfinished[this.#encoding](bytes) : 0);
      this.#rest = bytes.slice(whole);
      const decoded = host.decode(pack(this.#encoding), this.#fatal ? 1 : 0, bytes.buffer, bytes.byteOffset, whole);
      if (decoded === undefined) {
        this.#rest = NOTHING;
        throw new TypeError('The bytes are no ' + this.#encoding + ' text.');
      }
      const text = unpack(decoded);
      const marked = !this.#begun && !this.#ignoreBOM && text[0] === '\ufeff';
      this.#begun ||= text !== '';
      return marked ? text.slice(1) : text;
    }
    get [Symbol.toStringTag]() { return 'TextDecoder'; }
  }

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text = '') {
      return new Uint8Array(host.encode(pack(stringOf(text))));
    }
    encodeInto(text, target) {
      if (!(target instanceof Uint8Array)) throw new TypeError('encodeInto() writes into a Uint8Array.');
      // Each unit takes a byte at least; half of a pair at the end has no room in any case.
      const packed = pack(stringOf(text).slice(0, target.length));
      const answer = host.encodeInto(packed, target.length);
      const bytes = new Uint8Array(answer, 4);
      target.set(bytes);
      return { read: new DataView(answer).getUint32(0), written: bytes.length };
    }
    get [Symbol.toStringTag]() { return 'TextEncoder'; }
  }
  own(TextDecoder, TextEncoder);
  return { TextDecoder, TextEncoder };
})`;
