/** Limits of the formats; docs/limits.md is generated from them. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  storedName: { value: 259, unit: 'bytes', what: 'The name that teaclave-file-128 binds to a file (UTF-8)' },
});
