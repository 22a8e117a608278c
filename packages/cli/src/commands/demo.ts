/** demo: a story played against a real platform. */
import { buildCommand, buildRouteMap } from '@stricli/core';
import type { Context } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, textFlag } from '../flags.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { readSecret, readText } from '../terminal/secrets.ts';

interface DemoFlags {
  readonly against?: string | undefined;
  readonly auth?: string | undefined;
  readonly certificate?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly adminPasswordFile?: string | undefined;
}

const threeBanks = buildCommand<DemoFlags, [], Context>({
  docs: {
    brief: 'Three banks join their customer lists without showing them',
    fullDescription: `Without --against it starts a platform of its own in a temporary folder and removes it afterwards. The password of the
administrator of a running platform comes from --admin-password-file, GAIWAN_ADMIN_PASSWORD or a prompt.

${examples(
  'gaiwan demo three-banks',
  'gaiwan demo three-banks --against https://localhost:7777 --certificate gaiwan-data/tls-cert.pem',
)}`,
  },
  parameters: {
    flags: {
      against: textFlag('Frontend of a running platform', 'URL'),
      auth: textFlag('Its authentication address (default: the same host, port 7776)', 'URL'),
      certificate: textFlag('Its certificate (PEM)', 'FILE'),
      fingerprint: textFlag('SHA-256 of its certificate, instead', 'HEX'),
      adminPasswordFile: textFlag("File with the administrator's password", 'FILE'),
    },
  },
  async func(flags) {
    const against = flags.against === undefined ? {} : { against: await running(this, flags, flags.against) };
    const { threeBanks: play } = await import('../demo/three-banks.ts');
    await play({ ...against, signal: interruptSignal() });
  },
});

async function running({ env }: Context, flags: DemoFlags, frontend: string) {
  const { certificate: file, fingerprint } = flags;
  if ((file === undefined) === (fingerprint === undefined)) {
    throw usage('Say whom to trust: --certificate FILE or --fingerprint HEX.');
  }
  if (!URL.canParse(frontend))
    throw usage(`--against must be an address like https://localhost:7777, not ${frontend}.`);
  const authentication = flags.auth ?? `https://${new URL(frontend).hostname}:7776`;
  const adminPassword = await readSecret(env, {
    file: flags.adminPasswordFile,
    variable: 'GAIWAN_ADMIN_PASSWORD',
    prompt: "The administrator's password: ",
    option: 'admin-password-file',
  });
  const { connect } = await import('@gaiwan/client');
  const given = file === undefined ? { fingerprint } : { certificate: readText(file) };
  const client = await connect({ authentication, frontend, ...given });
  const { certificate } = client;
  client.close();
  return { authentication, frontend, certificate, adminPassword };
}

export const demo = buildRouteMap({
  routes: { threeBanks },
  docs: { brief: 'Stories played on a real platform' },
});
