/** Names that strangers choose: what they may be made of, and which of them people could take for another. */

/** What moves a terminal's cursor, turns the direction of text, ends a line, or is not seen at all. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const UNSEEN_IN_TEXT = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Every character of it can be seen, in one line. */
export const isVisible = (name: string): boolean => !UNSEEN.test(name);

/** The same for text of several lines, with tabs. */
export const isVisibleText = (text: string): boolean => !UNSEEN_IN_TEXT.test(text);

/** Visible, and never a path: "/" and "\" are not in it. `__proto__` is no name: protobuf's maps cannot carry it. */
export const isBareName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  name !== '__proto__' &&
  isVisible(name) &&
  !/[/\\]/.test(name);

/** An id of a user, or a group: it can be neither an option, a path nor a pattern, wherever it is pasted. */
export const isChosenId = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._@+:-]*$/.test(id);

/** Characters that many typefaces draw alike. */
const DRAWN_ALIKE: Readonly<Record<string, string>> = { I: 'l', '1': 'l', '0': 'O' };

/**
 * What an id may be mistaken for: two ids that have one of these in common differ by case alone, or by `l`, `I` and `1`, `O` and
 * `0`.
 *
 * @param id Visible ASCII.
 */
export function looksOf(id: string): readonly string[] {
  const drawn = id.replace(/[I10]/g, (character) => DRAWN_ALIKE[character] ?? character);
  return [`case:${id.toLowerCase()}`, `drawn:${drawn.toLowerCase()}`];
}
