/** Fields as one CSV record (RFC 4180): what `splitRecord` reads. */

const quoted = (field: string): string =>
  /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/** Without a line end. A single empty field has quotes: a blank line is no record. */
export const joinRecord = (fields: readonly string[]): string => fields.map(quoted).join(',') || '""';
