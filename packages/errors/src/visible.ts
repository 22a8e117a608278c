/**
 * Strangers' text on its way to a terminal or a log: control characters move the cursor and hide lines, marks of direction turn
 * text around, separators forge lines. All of these are written out.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const written = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;

/**
 * One line.
 *
 * @example
 * visible('a\u001b[2Kb\n'); // 'a\\u{1b}[2Kb\\u{a}'
 */
export const visible = (text: string): string => text.replace(HIDDEN, written);

/** A name is known by less. */
const QUOTED = 256;

/**
 * A stranger's name or word inside a message: in quotation marks, on one line, cut after `most` characters.
 *
 * @example
 * quoted('a"\nb'); // '"a\\"\\nb"'
 */
export const quoted = (text: string, most = QUOTED): string =>
  visible(JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text));

/** Several lines: line feeds, also after a carriage return, and tabs stay. */
export const printable = (text: string): string =>
  text.replace(/\r?\n|\t|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (found) =>
    /[\n\t]$/.test(found) ? found : written(found),
  );

/** JSON text, with escapes for what JSON itself lets through. `json`: in one line, or with line feeds of its layout. */
export const visibleJson = (json: string): string =>
  json.replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
