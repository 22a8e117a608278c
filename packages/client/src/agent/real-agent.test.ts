/** The signer with the agent that people have. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentSigner } from './agent-signer.ts';
import { sshFingerprint } from './public-key.ts';

const missing = ['ssh-agent', 'ssh-add', 'ssh-keygen'].filter((tool) => !existsSync(`/usr/bin/${tool}`));
const noAgent = missing.length > 0 && `${missing.join(', ')} not installed (Debian: openssh-client)`;
if (noAgent) console.log(`SKIPPED: keys in a real ssh-agent: ${noAgent}`);

describe.skipIf(noAgent)('ssh-agent', () => {
  let folder: string;
  let socket: string;
  const at = (name: string) => join(folder, name);
  const tool = (name: string, ...args: readonly string[]) =>
    execFileSync(`/usr/bin/${name}`, args, {
      env: { SSH_AUTH_SOCK: socket, SSH_ASKPASS: at('askpass') },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
  const make = (name: string, ...type: readonly string[]) => {
    tool('ssh-keygen', '-q', '-t', ...type, '-N', '', '-C', `${name} of alice`, '-f', at(name));
    tool('ssh-add', '-q', at(name));
    return tool('ssh-keygen', '-l', '-f', at(`${name}.pub`)).split(' ')[1];
  };
  const open = (key?: string) => agentSigner({ socket, key });
  const bytes = Buffer.from('{"a statement":1}');

  let agent: ChildProcess;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gaiwan-agent-'));
    socket = at('agent.sock');
    agent = spawn('/usr/bin/ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    // It says where it listens, once it does.
    if (agent.stdout) await once(agent.stdout, 'data');
  });
  afterAll(() => {
    agent?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('without keys says so', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'agent-key-missing' });
  });

  it.each([
    ['ed25519', ['ed25519'], null],
    ['p256', ['ecdsa', '-b', '256'], 'sha256'],
  ] as const)('signs with a key of %s, and names it as we do', async (name, type, digest) => {
    const fingerprint = make(name, ...type);
    const signer = await open(`${name} of alice`);
    expect(sshFingerprint(signer.publicKey)).toBe(fingerprint);
    expect((await open(fingerprint)).publicKey).toEqual(signer.publicKey);
    const key = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'spki' });
    for (let i = 0; i < 20; i++) {
      const signature = await signer.sign(bytes);
      expect(verify(digest, bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    }
  });

  it('has keys of other kinds, and certificates, that are not taken', async () => {
    make('rsa', 'rsa', '-b', '2048');
    await expect(open('rsa of alice')).rejects.toMatchObject({ code: 'agent-key-unfit' });
    tool('ssh-keygen', '-q', '-s', at('rsa'), '-I', 'alice', at('ed25519.pub'));
    tool('ssh-add', '-q', at('ed25519'));
    // The key, and its certificate: both have its comment, and one of them fits.
    expect((await open('ed25519 of alice')).algorithm).toBe('Ed25519');
    await expect(open()).rejects.toMatchObject({ code: 'agent-key-ambiguous' });
  });

  it('does not sign with a key that it does not have any more', async () => {
    const signer = await open('p256 of alice');
    tool('ssh-add', '-q', '-d', at('p256'));
    await expect(signer.sign(bytes)).rejects.toMatchObject({ code: 'agent-refused' });
  });
});
