/** Every limit of the command line; docs/limits.md is generated from it. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  evidence: { value: 16 << 20, unit: 'bytes', what: 'A file of evidence or endorsements' },
  unusedFiles: {
    value: 20,
    unit: 'count',
    what: 'Files with endorsements that are named because they are not used',
    note: 'How many more there are is told.',
  },
  codeFiles: { value: 10_000, unit: 'count', what: 'Files of a function’s zip that is opened to read it' },
  codeUnpacked: { value: 256 << 20, unit: 'bytes', what: 'What they unpack to' },
  comparedLines: {
    value: 20_000,
    unit: 'count',
    what: 'Lines of a file of code that is compared line by line',
  },
  auditFile: { value: 1 << 20, unit: 'bytes', what: 'A file that auditors sign, or a signature' },
  trustBundle: { value: 16 << 20, unit: 'bytes', what: 'A trust bundle' },
  trustRecord: {
    value: 40 << 20,
    unit: 'bytes',
    what: 'What is kept of a platform that is trusted by a name',
  },
  trustSignatures: { value: 100, unit: 'count', what: 'Auditors of a trust bundle, and signatures under it' },
  namedFunctions: {
    value: 1000,
    unit: 'count',
    what: 'Functions of one name that are looked at',
    note: 'Beyond them, give the id.',
  },
  description: { value: 64 << 10, unit: 'bytes', what: 'The file that describes a computation' },
  descriptionDepth: { value: 32, unit: 'count', what: 'Tables and lists within each other in that file' },
  header: { value: 1 << 20, unit: 'bytes', what: 'The first line of a table whose columns are looked at' },
  ringHeader: { value: 4096, unit: 'bytes', what: 'The file of a key ring that its passphrase opens' },
  ringTask: { value: 4 << 20, unit: 'bytes', what: 'What a key ring has of one task' },
  ringBundle: { value: 64 << 20, unit: 'bytes', what: 'An exported key ring' },
  ringMemory: {
    value: 1024,
    unit: 'MiB',
    what: 'Memory that a key ring may ask for to derive its key from the passphrase',
  },
  keyStore: {
    value: 120_000,
    unit: 'ms',
    what: "An answer of the system's key store, which may ask the person to unlock it",
  },
  keyStoreAnswer: { value: 64 << 10, unit: 'bytes', what: 'What it answers' },
  doctorProbe: { value: 10_000, unit: 'ms', what: 'A probe of gaiwan doctor' },
  orphanCheck: {
    value: 500,
    unit: 'ms',
    what: 'Time between looks at whether the npx that runs a program is still there',
  },
  orphaned: {
    value: 10_000,
    unit: 'ms',
    what: 'How long a program whose launcher is gone may take to end in order',
    note: 'It is then killed.',
  },
  failing: {
    value: 5000,
    unit: 'ms',
    what: 'From the failure of the disk of a service to the end of its process',
  },
  leaving: {
    value: 500,
    unit: 'ms',
    what: 'From the end of a service to that of its process, where something still keeps it',
  },
});
