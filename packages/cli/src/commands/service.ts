/** service authentication|storage: one service of the platform alone. */
import { resolve } from 'node:path';
import type { RunningService } from '@gaiwan/platform';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, note, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, listFlag, numberFlag, requiredText, textFlag } from '../flags.ts';
import { type MachineFlags, machineFlags, machineOf } from '../machine-flags.ts';
import { PROGRAM } from '../program.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { rotationSignal } from '../terminal/rotation-signal.ts';
import { givenSecret } from '../terminal/secrets.ts';
import { readTrust, referenceOf } from '../trust.ts';

interface PlaceFlags extends Json, MachineFlags {
  readonly data: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

const placeFlags = {
  data: requiredText('Folder for everything that it remembers; made if missing', 'DIR'),
  ...machineFlags,
  host: textFlag('Address to listen on (default: 127.0.0.1)', 'HOST'),
  json: jsonFlag,
} as const;

const placeOf = (flags: PlaceFlags, context: Context) => ({
  program: PROGRAM,
  data: resolve(flags.data),
  machine: machineOf(flags),
  report: (error: unknown) => note(context, `gaiwan: ${String(error)}`),
  ...(flags.host !== undefined && { host: flags.host }),
});

/** `start` is called when signals are taken care of. */
async function serve(
  context: Context,
  flags: PlaceFlags,
  start: () => Promise<RunningService & { readonly adminPassword?: string }>,
): Promise<void> {
  const stopped = interruptSignal();
  const rotateWhenAsked = rotationSignal(context);
  const service = await start();
  const { url, tee, registers, adminPassword } = service;
  const made = adminPassword === undefined ? {} : { adminPassword };
  print(context, flags.json === true, { url, tee, registers, ...made }, () =>
    [
      `The service is ready.${tee === 'simulation' ? ' SIMULATION: nothing is protected from this machine.' : ''}`,
      `  address      ${url}`,
      `  attested by  ${tee}`,
      ...(adminPassword === undefined ? [] : [`  first password of admin (shown once)  ${adminPassword}`]),
    ].join('\n'),
  );
  rotateWhenAsked(service);
  if (!stopped.aborted) await new Promise((done) => stopped.addEventListener('abort', done, { once: true }));
  await service.close();
}

interface AuthenticationFlags extends PlaceFlags {
  readonly adminPasswordFile?: string | undefined;
}

const authentication = buildCommand<AuthenticationFlags, [], Context>({
  docs: {
    brief: 'Run the authentication service alone',
    fullDescription: `Teaclave's authentication API (users, passwords, tokens), attested, over a sealed store of its own. SIGUSR2 rotates its keys.

${examples('gaiwan service authentication --data ./users --tee simulation --simulation ./machine')}`,
  },
  parameters: {
    flags: {
      ...placeFlags,
      port: numberFlag('Port (default: 7776; 0: any)', 0, 65535),
      adminPasswordFile: textFlag("File with the administrator's first password", 'FILE'),
    },
  },
  async func(flags) {
    const source = { file: flags.adminPasswordFile, variable: 'GAIWAN_ADMIN_PASSWORD' };
    const adminPassword = givenSecret(this.env, source);
    await serve(this, flags, async () => {
      const { startAuthenticationService } = await import('@gaiwan/platform');
      return startAuthenticationService({
        ...placeOf(flags, this),
        port: flags.port ?? 7776,
        ...(adminPassword !== undefined && { adminPassword }),
      });
    });
  },
});

interface StorageFlags extends PlaceFlags {
  readonly peerPolicy?: string | undefined;
  readonly enclaveInfo?: string | undefined;
  readonly auditor?: readonly string[] | undefined;
  readonly signature?: readonly string[] | undefined;
  readonly needed?: number | undefined;
}

const storage = buildCommand<StorageFlags, [], Context>({
  docs: {
    brief: 'Run the storage service alone',
    fullDescription: `Teaclave's storage API (keys, values, queues) over a sealed store, for other services: whoever connects must attest itself, and
be the management or scheduler service of an enclave info that auditors have signed, or what --peer-policy accepts. SIGUSR2
rotates the keys of the store.

${examples('gaiwan service storage --data ./store --tee simulation --simulation ./machine --peer-policy peers.json')}`,
  },
  parameters: {
    flags: {
      ...placeFlags,
      port: numberFlag('Port (default: 7778; 0: any)', 0, 65535),
      peerPolicy: textFlag('Policy (JSON) for whoever connects', 'FILE'),
      enclaveInfo: textFlag('Or an enclave_info.toml, signed by auditors', 'FILE'),
      auditor: listFlag('Public key of an auditor (PEM; repeatable)', 'FILE'),
      signature: listFlag("An auditor's signature (repeatable)", 'FILE'),
      needed: numberFlag('How many of these auditors must have signed (default: all)', 1, 100),
    },
  },
  async func(flags) {
    const { peerPolicy: policy, enclaveInfo, auditor, signature, needed } = flags;
    if ((policy === undefined) === (enclaveInfo === undefined))
      throw usage(
        'Say who may connect: --enclave-info FILE with --auditor and --signature, or --peer-policy FILE.',
      );
    await serve(this, flags, async () => {
      const peers = referenceOf(await readTrust({ policy, enclaveInfo, auditor, signature, needed }));
      const { startStorageService } = await import('@gaiwan/platform');
      return startStorageService({ ...placeOf(flags, this), port: flags.port ?? 7778, peers });
    });
  },
});

export const service = buildRouteMap({
  routes: { authentication, storage },
  docs: { brief: 'One service of the platform alone' },
});
