/** Limits of what is read; docs/limits.md is generated from them. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  bundle: { value: 1_048_576, unit: 'bytes', what: 'A Sigstore bundle' },
  trustedRoot: { value: 1_048_576, unit: 'bytes', what: 'A file of Sigstore trusted roots' },
  trustedRoots: { value: 8, unit: 'count', what: 'Trusted roots in one file (one JSON value on each line)' },
  subjects: { value: 1024, unit: 'count', what: 'Artifacts that one in-toto statement names' },
});
