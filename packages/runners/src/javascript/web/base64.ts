/** `atob` and `btoa`, as browsers have them: text of which each character is a byte. */
export const BASE64: string = String.raw`(function (tools) {
  'use strict';
  const { host, pack, unpack, stringOf } = tools;
  const invalid = (message) => new DOMException(message, 'InvalidCharacterError');
  function btoa(data) {
    const text = stringOf(data);
    if (/[^\0-\xff]/.test(text)) throw invalid('btoa() takes characters up to U+00FF: encode text with TextEncoder first.');
    return unpack(host.toBase64(pack(text)));
  }
  function atob(data) {
    const text = stringOf(data).replace(/[\t\n\f\r ]/g, '');
    const digits = text.length % 4 === 0 ? text.replace(/={1,2}$/, '') : text;
    if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits)) throw invalid('atob() takes base64.');
    return unpack(host.fromBase64(pack(digits)));
  }
  return { atob, btoa };
})`;
