/** All benchmarks, one after the other. */
import { run as attestation } from './attestation.ts';
import { run as attestedTls } from './attested-tls.ts';
import { run as echo } from './echo.ts';
import { run as executors } from './executors.ts';
import { run as files } from './files.ts';
import { run as join } from './join.ts';
import { run as python } from './python.ts';
import { run as runners } from './runners.ts';
import { run as store } from './store.ts';

for (const bench of [store, files, attestation, attestedTls, join, executors, runners, python, echo]) {
  await bench();
  console.log();
}
