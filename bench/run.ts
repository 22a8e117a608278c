/** All benchmarks, one after the other. */
import { run as attestation } from './attestation.ts';
import { run as attestedTls } from './attested-tls.ts';
import { run as echo } from './echo.ts';
import { run as files } from './files.ts';
import { run as gbdt } from './gbdt.ts';
import { run as join } from './join.ts';
import { run as kmeans } from './kmeans.ts';
import { run as logistic } from './logistic.ts';
import { run as onnx } from './onnx.ts';
import { run as pca } from './pca.ts';
import { run as store } from './store.ts';

for (const bench of [store, files, attestation, attestedTls, join, gbdt, logistic, pca, kmeans, onnx, echo]) {
  await bench();
  console.log();
}
