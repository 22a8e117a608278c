/** serve: a whole platform in one process, with workers as processes of their own. */
import type { TrustedRoots } from '@gaiwan/provenance';
import { buildCommand } from '@stricli/core';
import { anchorText } from '../anchor-text.ts';
import { type Context, note, print } from '../context.ts';
import { usage } from '../errors.ts';
import { fairnessFlags, fairnessOf } from '../fairness-flags.ts';
import {
  connectionsFlag,
  examples,
  type Json,
  jsonFlag,
  numberFlag,
  requiredText,
  switchFlag,
  textFlag,
} from '../flags.ts';
import { keepFlag, keepOf } from '../keep-flag.ts';
import { type MachineFlags, machineFlags, machineOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags, measuredFlags } from '../measured-flags.ts';
import { storageFlag, storageOf } from '../storage-flag.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { rotationSignal } from '../terminal/rotation-signal.ts';
import { givenSecret, readBytes, readText } from '../terminal/secrets.ts';
import { untilOver } from '../terminal/until-over.ts';
import { tokenFlags } from '../token-flags.ts';
import { policyAt } from '../trust.ts';
import { asideText } from './set-aside.ts';
import { startPlatform } from './start-platform.ts';

interface ServeFlags extends Json, MachineFlags, MeasuredFlags {
  readonly data: string;
  readonly authPort?: number | undefined;
  readonly frontendPort?: number | undefined;
  readonly host?: string | undefined;
  readonly connectionsPerAddress?: number | undefined;
  readonly workers?: number | undefined;
  readonly tokenLife?: number | undefined;
  readonly sigstoreRoot?: string | undefined;
  readonly weight?: readonly string[] | undefined;
  readonly atOnce?: readonly string[] | undefined;
  readonly storage?: readonly string[] | undefined;
  readonly keep?: readonly string[] | undefined;
  readonly adminPasswordFile?: string | undefined;
  readonly attestationService?: string | undefined;
  readonly attestationServiceCa?: string | undefined;
  readonly attestationServicePolicy?: string | undefined;
  readonly attestationServiceKeyFile?: string | undefined;
  readonly legacyCertificate?: boolean | undefined;
}

export const serve = buildCommand<ServeFlags, [], Context>({
  docs: {
    brief: 'Run a platform',
    fullDescription: `Everything that it remembers is in the data folder, sealed under a key that the machine keeps for exactly this program and
configuration. --tee says what attests it; auto takes what the machine has, and refuses to start where there is nothing. To
try things out, without any protection, make a simulated machine first. The first password of the user admin comes from
--admin-password-file or GAIWAN_ADMIN_PASSWORD; else one is made and printed once. Functions in Python, WebAssembly and JavaScript
run in sandboxes; where a layer that is required (--sandbox) is not on offer, the workers say so and do not run them.
Ctrl-C or SIGTERM ends it in order. SIGUSR2 rotates the keys of what is stored, without a pause; they are also rotated when they
are 90 days old. --anchor says who remembers the newest state outside of the data folder; without one, nobody notices an older copy of
the whole folder.
--json: one line when it is ready.

${examples(
  'gaiwan serve --data ./gaiwan-data',
  'gaiwan simulation init ./machine',
  'gaiwan serve --data ./gaiwan-data --tee simulation --simulation ./machine',
  'gaiwan serve --data ./gaiwan-data --host 0.0.0.0 --workers 4 --allow-url https://files.bank.example',
  'gaiwan serve --data ./gaiwan-data --anchor file:/mnt/elsewhere/anchor',
  'gaiwan serve --data ./gaiwan-data --keep results=30d --keep tasks=400d --keep audit=400d',
  'gaiwan serve --data ./gaiwan-data --executors python,cpython --python-module pandas --limit memory=4096',
)}`,
  },
  parameters: {
    flags: {
      data: requiredText('Folder for everything that it remembers; made if missing', 'DIR'),
      ...machineFlags,
      authPort: numberFlag('Port of the authentication API (default: 7776; 0: any)', 0, 65535),
      frontendPort: numberFlag('Port of the frontend API (default: 7777; 0: any)', 0, 65535),
      host: textFlag('Address to listen on (default: 127.0.0.1)', 'HOST'),
      connectionsPerAddress: connectionsFlag,
      workers: numberFlag(
        'Worker processes (default: 1; 0: only those of --worker-policy run tasks)',
        0,
        256,
      ),
      ...measuredFlags,
      ...tokenFlags,
      ...fairnessFlags,
      storage: storageFlag,
      keep: keepFlag,
      sigstoreRoot: textFlag(
        'Sigstore roots by which provenance of functions is verified (JSON; default: none is taken)',
        'FILE',
      ),
      adminPasswordFile: textFlag("File with the administrator's first password", 'FILE'),
      attestationService: textFlag("Attestation service that signs reports for Teaclave's clients", 'URL'),
      attestationServiceCa: textFlag('Its authority (PEM; default: those of the system)', 'FILE'),
      attestationServicePolicy: textFlag('Or what it may run (policy, JSON): over attested TLS', 'FILE'),
      attestationServiceKeyFile: textFlag('File with the subscription key for it', 'FILE'),
      legacyCertificate: switchFlag(
        "Certificates of Teaclave's form alone: only its clients can verify them",
      ),
      json: jsonFlag,
    },
  },
  async func(flags) {
    const stopped = interruptSignal();
    const rotateWhenAsked = rotationSignal(this);
    const source = { file: flags.adminPasswordFile, variable: 'GAIWAN_ADMIN_PASSWORD' };
    const platform = await startPlatform(
      {
        ...flags,
        machine: machineOf(flags),
        measured: configurationOf(flags),
        fairness: fairnessOf(flags),
        storage: storageOf(flags.storage),
        retention: keepOf(flags.keep),
        buildRoots: await rootsAt(flags.sigstoreRoot),
        ...teaclaveOf(flags),
      },
      givenSecret(this.env, source),
    );
    const { authentication, frontend, tee, registers, instance, anchor, adminPassword, setAside } = platform;
    const { aside: kept } = platform;
    const made = adminPassword === undefined ? {} : { adminPassword };
    const aside = setAside && { setAside };
    const ready = {
      authentication,
      frontend,
      tee,
      registers,
      instance,
      anchor: anchor ?? 'none',
      ...aside,
      ...(kept.files > 0 && { aside: kept }),
      ...made,
    };
    print(this, flags.json === true, ready, () =>
      [
        `Gaiwan is ready.${tee === 'simulation' ? ' SIMULATION: nothing is protected from this machine.' : ''}`,
        `  authentication  ${authentication}`,
        `  frontend        ${frontend}`,
        `  attested by     ${tee}`,
        `  instance        ${instance}`,
        `  anchor          ${anchorText(anchor)}`,
        ...(setAside
          ? [
              `  SET ASIDE       files that the store does not know: ${setAside.files}, now in ${setAside.folder}`,
            ]
          : []),
        ...(kept.files > 0 ? [`  set aside       ${asideText(kept)}`] : []),
        ...(adminPassword === undefined ? [] : [`  first password of admin (shown once)  ${adminPassword}`]),
      ].join('\n'),
    );
    if (!flags.json)
      void platform
        .executors()
        .then((pairs) =>
          note(this, `  runs            ${pairs.join(', ') || 'nothing, until a worker comes'}`),
        );
    rotateWhenAsked(platform);
    await untilOver(this, stopped, platform, () => {
      if (!flags.json) note(this, 'Stopping.');
    });
  },
});

async function rootsAt(path: string | undefined): Promise<TrustedRoots | undefined> {
  if (path === undefined) return undefined;
  const { readTrustedRoots } = await import('@gaiwan/provenance');
  return readTrustedRoots(readBytes(path));
}

/** Who speaks for the platform to Teaclave's clients. */
function teaclaveOf(flags: ServeFlags) {
  const { attestationService: url, attestationServiceCa: ca, attestationServicePolicy: policy } = flags;
  const { attestationServiceKeyFile: keyFile, legacyCertificate } = flags;
  if (url === undefined && [ca, policy, keyFile].some((file) => file !== undefined))
    throw usage('Name the attestation service, too: --attestation-service URL.');
  if (url !== undefined && !(URL.canParse(url) && url.startsWith('https://')))
    throw usage(`--attestation-service must be an address like https://host:8443, not ${url}.`);
  if (ca !== undefined && policy !== undefined)
    throw usage('Give --attestation-service-ca or --attestation-service-policy, not both.');
  const service = url !== undefined && {
    url,
    ...(keyFile !== undefined && { key: readText(keyFile).trim() }),
    ...(ca !== undefined && { connection: { ca: readText(ca) } }),
    ...(policy !== undefined && { policy: policyAt(policy) }),
  };
  if (!service && !legacyCertificate) return {};
  return { teaclave: { ...(service && { service }), legacy: legacyCertificate === true } };
}
