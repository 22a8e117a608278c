/** The bytes of a base64 text; without Node's `Buffer`, so that the catalogue loads anywhere. */
export const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
