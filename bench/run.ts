/** All benchmarks, one after the other, or those that are named: `npm run bench -- join psi`. */
import { run as attestation } from './attestation.ts';
import { run as attestedTls } from './attested-tls.ts';
import { run as echo } from './echo.ts';
import { run as executors } from './executors.ts';
import { run as files } from './files.ts';
import { run as flood } from './flood.ts';
import { run as formats } from './formats.ts';
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

/** By the names of their files. */
const all: Readonly<Record<string, () => unknown>> = {
  store,
  stored,
  files,
  attestation,
  'attested-tls': attestedTls,
  'tpm-connections': tpmConnections,
  join,
  'join-aggregate': joinAggregate,
  formats,
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
  'one-user': oneUser,
};
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(all, name));
if (unknown.length > 0)
  throw new Error(`unknown benchmark: ${unknown.join(', ')}. There are ${Object.keys(all).join(', ')}`);
for (const [name, bench] of Object.entries(all)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  await bench();
  console.log();
}
