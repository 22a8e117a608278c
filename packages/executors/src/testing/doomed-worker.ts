/** A worker that a test kills: `doomed-worker.ts FOLDER MARKER`. Says "running" once its job runs. */
import { SandboxExecutor } from '../sandbox/sandbox-executor.ts';
import { nativeJob, nativeRunner } from './native.ts';

const [, , folder = '', marker = ''] = process.argv;
const executor = await SandboxExecutor.open({
  runner: nativeRunner(),
  slots: 1,
  warm: { generic: 2, prepared: 1 },
  sandbox: { folder, require: ['process'] },
});
const code = `process.title = '${marker}'; host.create('o'); for (;;);`;
// oxlint-disable-next-line tests/no-sleep -- says so again and again
setInterval(() => {
  process.stdout.write('running\n');
}, 500);
await executor.run(nativeJob(code, folder));
