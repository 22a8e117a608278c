import { defineEntry } from '../entry.ts';

export const passwordCheckEntry = defineEntry({
  name: 'builtin-password-check',
  summary: "Tells whether a party's password is on another party's list.",
  details:
    'Lines are trimmed; they end with LF, CRLF or CR. Files are UTF-8, or UTF-16 with a byte order mark. The time that it takes depends on the list alone: every line is compared, and whole. ' +
    'Memory: the longest line.',
  arguments: {},
  inputs: [
    { name: 'password', text: 'the password, in the first line' },
    { name: 'exposed_passwords', text: 'one password a line' },
  ],
  outputs: [],
  returns: '`true` or `false`',
  example: {
    arguments: {},
    inputs: { password: 'sunshine\n', exposed_passwords: 'letmein\nsunshine\n' },
    returns: 'true',
  },
});
