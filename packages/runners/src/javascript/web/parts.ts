/** What of the web's interfaces a function finds, by the part that makes it. A part is evaluated when one of its names is asked for. */
import { BASE64 } from './base64.ts';
import { CLONE } from './clone.ts';
import { CRYPTO } from './crypto.ts';
import { ENCODING } from './encoding.ts';
import { TIMERS } from './timers.ts';
import { URLS } from './url.ts';

/** Sources: each is a function of the prelude's tools that returns its globals by name. */
export const parts: ReadonlyMap<string, string> = new Map([
  ['encoding', ENCODING],
  ['timers', TIMERS],
  ['base64', BASE64],
  ['crypto', CRYPTO],
  ['url', URLS],
  ['clone', CLONE],
]);

/** JSON: pairs of a part and its names. */
export const offers: string = JSON.stringify([
  ['encoding', ['TextEncoder', 'TextDecoder']],
  ['timers', ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval']],
  ['base64', ['atob', 'btoa']],
  ['crypto', ['crypto']],
  ['url', ['URL', 'URLSearchParams']],
  ['clone', ['structuredClone']],
]);
