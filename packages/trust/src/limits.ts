/** What this package takes from others at most, and how long it waits for them. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  enclaveInfo: { value: 1 << 20, unit: 'bytes', what: 'an enclave_info.toml' },
  builds: { value: 64, unit: 'count', what: 'builds of one service in an enclave_info.toml' },
  auditors: { value: 100, unit: 'count', what: 'auditors of an enclave info, and signatures under it' },
  signature: { value: 1024, unit: 'bytes', what: "an auditor's signature" },
  evidenceAge: {
    value: 3600,
    unit: 's',
    what: "age of a peer's evidence",
    note: "A policy's `maximumAge` changes it.",
  },
  sessionSigningAge: {
    value: 600,
    unit: 's',
    what: 'age of the evidence for a key that signs for connections',
    note: "By the verifier's clock, give or take a minute; a smaller `maximumAge` of a policy goes before it.",
  },
  connecting: {
    value: 15_000,
    unit: 'ms',
    what: "connecting, handshake and judgement of a server's evidence together",
    note: 'The caller can change it (`timeout`); beyond it the connection fails with ETIMEDOUT.',
  },
  connectionAnswer: { value: 1 << 20, unit: 'bytes', what: "a server's evidence about a connection" },
});
