/** login, logout, whoami. */
import { buildCommand } from '@stricli/core';
import { type Context, note, print } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, requiredText, textFlag } from '../flags.ts';
import { loadSession, type Session, saveSession } from '../session.ts';
import { readSecret, readText } from '../terminal/secrets.ts';

interface LoginFlags extends Json {
  readonly authentication?: string | undefined;
  readonly frontend?: string | undefined;
  readonly certificate?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly user: string;
  readonly passwordFile?: string | undefined;
}

export const login = buildCommand<LoginFlags, [], Context>({
  docs: {
    brief: 'Log in to a platform and remember it',
    fullDescription: `Says which platform to trust (its certificate, or the SHA-256 of it) and who you are. Addresses and certificate are
remembered, so that the next login needs --user only. The password comes from --password-file, GAIWAN_PASSWORD,
GAIWAN_PASSWORD_FILE, or a prompt.

${examples(
  'gaiwan login --certificate gaiwan-data/tls-cert.pem --user admin',
  'gaiwan login --authentication https://bank.example:7776 --frontend https://bank.example:7777 \\',
  '    --fingerprint 5f2c... --user alice --password-file alice.password',
)}`,
  },
  parameters: {
    flags: {
      authentication: textFlag(
        'Authentication address (default: the last, or https://localhost:7776)',
        'URL',
      ),
      frontend: textFlag('Frontend address (default: the last, or https://localhost:7777)', 'URL'),
      certificate: textFlag("The platform's certificate (PEM)", 'FILE'),
      fingerprint: textFlag('SHA-256 of the certificate, instead of the certificate', 'HEX'),
      user: requiredText('Your id', 'ID'),
      passwordFile: textFlag('File with the password', 'FILE'),
      json: jsonFlag,
    },
  },
  async func(flags) {
    const last = loadSession(this.env);
    const authentication = flags.authentication ?? last?.authentication ?? 'https://localhost:7776';
    const frontend = flags.frontend ?? last?.frontend ?? 'https://localhost:7777';
    const sameplace = last?.authentication === authentication && last.frontend === frontend;
    const trust = trustOf(flags, sameplace ? last : undefined);
    const password = await readSecret(this.env, {
      file: flags.passwordFile,
      variable: 'GAIWAN_PASSWORD',
      prompt: `Password of ${flags.user}: `,
    });
    const { connect } = await import('@gaiwan/client');
    const client = await connect({ authentication, frontend, ...trust });
    try {
      await client.login(flags.user, password);
      const { certificate } = client;
      saveSession(this.env, {
        authentication,
        frontend,
        certificate,
        id: flags.user,
        token: client.token.reveal(),
      });
      print(
        this,
        flags.json === true,
        { user: flags.user, authentication, frontend },
        () => `Logged in as ${flags.user}.`,
      );
    } finally {
      client.close();
    }
  },
});

function trustOf(
  flags: LoginFlags,
  last: Session | undefined,
): { certificate: string } | { fingerprint: string } {
  if (flags.certificate !== undefined && flags.fingerprint !== undefined) {
    throw usage('Give --certificate or --fingerprint, not both.');
  }
  if (flags.certificate !== undefined) return { certificate: readText(flags.certificate) };
  if (flags.fingerprint !== undefined) return { fingerprint: flags.fingerprint };
  if (last) return { certificate: last.certificate };
  throw usage(
    "Say whom to trust: --certificate FILE (tls-cert.pem of the platform's data folder) or --fingerprint HEX, both from the operator.",
  );
}

export const logout = buildCommand<Json, [], Context>({
  docs: { brief: 'Forget the login; the platform is remembered' },
  parameters: { flags: { json: jsonFlag } },
  func({ json }) {
    const session = loadSession(this.env);
    if (session) {
      const { authentication, frontend, certificate } = session;
      saveSession(this.env, { authentication, frontend, certificate });
    }
    print(this, json === true, { user: null }, () => 'Logged out.');
  },
});

export const whoami = buildCommand<Json, [], Context>({
  docs: { brief: 'Show who is logged in, and where' },
  parameters: { flags: { json: jsonFlag } },
  async func({ json }) {
    const session = loadSession(this.env);
    if (session?.id === undefined)
      throw new CliError('not-logged-in', 'Nobody is logged in: run gaiwan login first.');
    const { createHash, X509Certificate } = await import('node:crypto');
    const { raw } = new X509Certificate(session.certificate);
    const fingerprint = createHash('sha256').update(raw).digest('hex');
    const { id: user, authentication, frontend } = session;
    print(
      this,
      json === true,
      { user, authentication, frontend, fingerprint },
      () => `${user} at ${frontend}`,
    );
    if (json !== true) note(this, `certificate sha256 ${fingerprint}`);
  },
});
