/** service authentication|storage: one service of the platform alone. */
import { resolve } from 'node:path';
import type { RunningService } from '@gaiwan/platform';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { anchorText } from '../anchor-text.ts';
import { type Context, note, print } from '../context.ts';
import {
  connectionsFlag,
  examples,
  type Json,
  jsonFlag,
  numberFlag,
  requiredText,
  textFlag,
} from '../flags.ts';
import { type MachineFlags, machineFlags, machineOf } from '../machine-flags.ts';
import { type PeerFlags, peerFlags, peersOf } from '../peer-flags.ts';
import { PROGRAM } from '../program.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { rotationSignal } from '../terminal/rotation-signal.ts';
import { givenSecret } from '../terminal/secrets.ts';
import { untilOver } from '../terminal/until-over.ts';
import { tokenFlags } from '../token-flags.ts';

interface PlaceFlags extends Json, MachineFlags {
  readonly data: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly connectionsPerAddress?: number | undefined;
}

const placeFlags = {
  data: requiredText('Folder for everything that it remembers; made if missing', 'DIR'),
  ...machineFlags,
  host: textFlag('Address to listen on (default: 127.0.0.1)', 'HOST'),
  connectionsPerAddress: connectionsFlag,
  json: jsonFlag,
} as const;

const placeOf = (flags: PlaceFlags, context: Context) => ({
  program: PROGRAM,
  data: resolve(flags.data),
  machine: machineOf(flags),
  report: (error: unknown) => note(context, `gaiwan: ${String(error)}`),
  ...(flags.host !== undefined && { host: flags.host }),
  ...(flags.connectionsPerAddress !== undefined && { connectionsPerAddress: flags.connectionsPerAddress }),
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
  const { url, tee, registers, anchor, adminPassword } = service;
  const made = adminPassword === undefined ? {} : { adminPassword };
  print(context, flags.json === true, { url, tee, registers, anchor: anchor ?? 'none', ...made }, () =>
    [
      `The service is ready.${tee === 'simulation' ? ' SIMULATION: nothing is protected from this machine.' : ''}`,
      `  address      ${url}`,
      `  attested by  ${tee}`,
      `  anchor       ${anchorText(anchor)}`,
      ...(adminPassword === undefined ? [] : [`  first password of admin (shown once)  ${adminPassword}`]),
    ].join('\n'),
  );
  rotateWhenAsked(service);
  await untilOver(context, stopped, service);
}

interface AuthenticationFlags extends PlaceFlags {
  readonly tokenLife?: number | undefined;
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
      ...tokenFlags,
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
        tokenLife: flags.tokenLife,
        ...(adminPassword !== undefined && { adminPassword }),
      });
    });
  },
});

const storage = buildCommand<PlaceFlags & PeerFlags, [], Context>({
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
      ...peerFlags,
    },
  },
  async func(flags) {
    await serve(this, flags, async () => {
      const peers = await peersOf(flags);
      const { startStorageService } = await import('@gaiwan/platform');
      return startStorageService({ ...placeOf(flags, this), port: flags.port ?? 7778, peers });
    });
  },
});

export const service = buildRouteMap({
  routes: { authentication, storage },
  docs: { brief: 'One service of the platform alone' },
});
