/** Fields as one CSV record (RFC 4180): what `splitRecord` reads. */

const quoted = (field: string): string =>
  /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/** Without a line end. */
export const joinRecord = (fields: readonly string[]): string => fields.map(quoted).join(',');
