/** login, logout, whoami. */
import { systemCode } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { knownTrusts } from '../completion/names.ts';
import { type Context, note, print } from '../context.ts';
import { CliError } from '../errors.ts';
import { examples, type Json, jsonFlag, numberFlag, requiredText, textFlag } from '../flags.ts';
import { takeUpKey } from '../own-key.ts';
import { describePeer, summaryOf } from '../peer.ts';
import { loadSession, saveSession, seenStates } from '../session.ts';
import { readSecret } from '../terminal/secrets.ts';
import { type TrustFlags, trustFlags, trustFrom, trustHelp } from '../trust.ts';
import { keepSeen, sessionTrust, whomToTrust } from '../trusted/login.ts';

const upgradeAdvice = (name: string): string =>
  `It is not what you trust as ${name}. If it was upgraded, its operator has published another bundle: gaiwan trust add FILE shows what became different.`;

interface LoginFlags extends Json, TrustFlags {
  readonly trust?: string | undefined;
  readonly authentication?: string | undefined;
  readonly frontend?: string | undefined;
  readonly user: string;
  readonly key?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly instance?: string | undefined;
  readonly acceptEpoch?: number | undefined;
}

export const login = buildCommand<LoginFlags, [], Context>({
  docs: {
    brief: 'Log in to a platform and remember it',
    fullDescription: `${trustHelp} Before the
password is sent, the evidence of both services is verified, and what was found is shown. Addresses and trust are
remembered, so that the next login needs --user only; of options that are given again, those alone are other ones then. --trust names a platform that you
have added from its operator's bundle (gaiwan trust add). So is the platform's instance, the first time: another one is refused
later, however genuine it is, until you have asked its operator and name it with --instance. How far the platform's
data have come is remembered after each command: an older copy of them is refused. So is a new epoch, which a recovery of the platform begins, until
you have asked the operator why, and accept it by its number with --accept-epoch. The password comes from --password-file, GAIWAN_PASSWORD,
GAIWAN_PASSWORD_FILE, or a prompt.

The account acts with a key of its own, which is made at its first login and never leaves this machine; or with the one of
--key: in a file, or in the agent at SSH_AUTH_SOCK (ssh-agent, gpg-agent, a smart card behind either). Its recovery code is shown then, once.

${examples(
  'gaiwan login --user alice --enclave-info enclave_info.toml --auditor anna.pub --signature anna.sign',
  'gaiwan login --authentication https://bank.example:7776 --frontend https://bank.example:7777 --user alice \\',
  '    --policy policy.json --password-file alice.password',
  'gaiwan login --user alice --trust tea-house',
  'gaiwan login --user admin --simulation ./machine --policy policy.json',
  'gaiwan login --user alice --key agent:SHA256:47DEQpj8...',
)}`,
  },
  parameters: {
    flags: {
      authentication: textFlag(
        'Authentication address (default: the last, or https://localhost:7776)',
        'URL',
      ),
      frontend: textFlag('Frontend address (default: the last, or https://localhost:7777)', 'URL'),
      trust: {
        ...textFlag('Whom you trust by this name (gaiwan trust add): no other option is needed', 'NAME'),
        proposeCompletions: knownTrusts,
      },
      ...trustFlags,
      instance: textFlag('The instance that you mean (default: the last there, or the first seen)', 'ID'),
      acceptEpoch: numberFlag(
        'The epoch that the platform is in since it was recovered: data of the time before may be gone',
        1,
        Number.MAX_SAFE_INTEGER,
      ),
      user: requiredText('Your id', 'ID'),
      key: textFlag(
        'Your key: a file (PKCS#8, PEM), or agent, agent:FINGERPRINT, agent:COMMENT (default: beside the login or in the agent; made at the first)',
        'FILE|agent[:KEY]',
      ),
      passwordFile: textFlag('File with the password', 'FILE'),
      json: jsonFlag,
    },
  },
  async func(flags) {
    const last = loadSession(this.env);
    const whom = await whomToTrust(this, flags, last);
    const { authentication, frontend, trusted, instance } = whom;
    const trust = await trustFrom(whom.trust);
    const password = await readSecret(this.env, {
      file: flags.passwordFile,
      variable: 'GAIWAN_PASSWORD',
      prompt: `Password of ${flags.user}: `,
    });
    const { connect } = await import('@gaiwan/client');
    const { acceptEpoch } = flags;
    const states = await seenStates(this.env);
    const client = await connect({ authentication, frontend, trust, instance, states, acceptEpoch });
    try {
      const peers = await client.verify().catch((error: unknown) => {
        if (trusted !== undefined && systemCode(error) === 'untrusted-server')
          note(this, upgradeAdvice(trusted));
        throw error;
      });
      // Before the password leaves, so that what is shown is what it rests on.
      if (flags.json !== true)
        note(
          this,
          [
            ...describePeer(peers.frontend),
            'the authentication service, likewise:',
            ...describePeer(peers.authentication),
          ].join('\n'),
        );
      await client.login(flags.user, password);
      const { key, identity } = await takeUpKey(this, client, {
        authentication,
        user: flags.user,
        place: flags.key,
      });
      const { epoch, commits } = await client.state();
      if (client.instance !== undefined) keepSeen(this.env, trusted, client.instance);
      saveSession(this.env, {
        authentication,
        frontend,
        // By a name it is whatever is trusted by it.
        trust: trusted === undefined ? whom.trust : {},
        trusted,
        instance: client.instance,
        id: flags.user,
        token: client.token.reveal(),
        key,
        identity,
      });
      print(
        this,
        flags.json === true,
        {
          user: flags.user,
          authority: key === undefined ? 'session' : 'key',
          authentication,
          frontend,
          instance: client.instance,
          epoch,
          commits,
          verified: summaryOf(peers.frontend),
          verifiedAuthentication: summaryOf(peers.authentication),
        },
        () => `Logged in as ${flags.user}.`,
      );
    } finally {
      client.close();
    }
  },
});

export const logout = buildCommand<Json, [], Context>({
  docs: { brief: 'Forget the login; the platform is remembered' },
  parameters: { flags: { json: jsonFlag } },
  func({ json }) {
    const session = loadSession(this.env);
    if (session) {
      const { authentication, frontend, trust, trusted, instance } = session;
      saveSession(this.env, { authentication, frontend, trust, trusted, instance });
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
    const { id: user, authentication, frontend, trusted } = session;
    const trust = await sessionTrust(this.env, session);
    const simulated = trust.simulation !== undefined;
    print(
      this,
      json === true,
      { user, authentication, frontend, simulated, ...(trusted !== undefined && { trusted }) },
      () => `${user} at ${frontend}${simulated ? ' (SIMULATION)' : ''}`,
    );
  },
});
