/** All benchmarks, one after the other. */
import { run as attestation } from './attestation.ts';
import { run as attestedTls } from './attested-tls.ts';
import { run as echo } from './echo.ts';
import { run as executors } from './executors.ts';
import { run as files } from './files.ts';
import { run as flood } from './flood.ts';
import { run as gbdt } from './gbdt.ts';
import { run as join } from './join.ts';
import { run as joinAggregate } from './join-aggregate.ts';
import { run as kmeans } from './kmeans.ts';
import { run as logistic } from './logistic.ts';
import { run as oneUser } from './one-user.ts';
import { run as onnx } from './onnx.ts';
import { run as pca } from './pca.ts';
import { run as psi } from './psi.ts';
import { run as python } from './python.ts';
import { run as runners } from './runners.ts';
import { run as store } from './store.ts';
import { run as stored } from './stored.ts';
import { run as tpmConnections } from './tpm-connections.ts';

const all = [
  store,
  stored,
  files,
  attestation,
  attestedTls,
  tpmConnections,
  join,
  joinAggregate,
  psi,
  gbdt,
  logistic,
  pca,
  kmeans,
  onnx,
  executors,
  runners,
  python,
  echo,
  flood,
  oneUser,
];
for (const bench of all) {
  await bench();
  console.log();
}
