import { defineEntry } from '../entry.ts';

export const echoEntry = defineEntry({
  name: 'builtin-echo',
  summary: 'Returns its argument.',
  arguments: { message: { type: 'string', text: 'What to return' } },
  inputs: [],
  outputs: [],
  returns: 'the message',
  example: { arguments: { message: 'Hello, Gaiwan!' }, returns: 'Hello, Gaiwan!' },
});
