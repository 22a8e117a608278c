/** trust: platforms that a person trusts, by name. */
import { existsSync } from 'node:fs';
import { visible } from '@gaiwan/errors';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { knownTrusts } from '../completion/names.ts';
import { trustPositional } from '../completion/positionals.ts';
import { type Context, note, print, table } from '../context.ts';
import { examples, type Json, jsonFlag, positional, textFlag } from '../flags.ts';
import { readBytes } from '../terminal/secrets.ts';
import { parseBundle, type TrustBundle } from '../trusted/bundle.ts';
import { forgetTrusted, requireTrusted, trustedNames } from '../trusted/store.ts';
import { listed, signedByTrusted, takeBundle } from '../trusted/take.ts';
import { againstThisInstallation, bundleChanges, describeBundle } from '../trusted/words.ts';
import { bundle, sign } from './trust-bundle.ts';

interface AddFlags extends Json {
  readonly name?: string | undefined;
  readonly yes?: string | undefined;
  readonly endorsements?: string | undefined;
  readonly pccs?: string | undefined;
}

const add = buildCommand<AddFlags, [string], Context>({
  docs: {
    brief: 'Trust a platform by a name, from the bundle that its operator publishes',
    fullDescription: `Shows what the bundle says, and asks. Of a name that you trust already it shows what became different (which option of serve, which package and file),
and whether enough of the auditors in the bundle that you have signed the new one. An older bundle is refused. Where there is no terminal, give the fingerprint
of exactly this bundle with --yes. From then on, gaiwan login --trust NAME needs no other option but --user.

${examples('gaiwan trust add tea-house.json', 'gaiwan trust add tea-house.json --name tea --yes 3f0c...')}`,
  },
  parameters: {
    flags: {
      name: textFlag('What you call it (default: what its operator calls it)', 'NAME'),
      yes: textFlag('Do not ask: the fingerprint of the bundle, which you have compared', 'FINGERPRINT'),
      endorsements: textFlag(
        "Folder with endorsements on this machine, in place of the vendors' services",
        'PATH',
      ),
      pccs: textFlag("A PCCS, in place of Intel's service", 'URL'),
      json: jsonFlag,
    },
    positional: positional('FILE'),
  },
  async func({ name, yes, endorsements, pccs, json }, path) {
    const read = bundleAt(path);
    const options = { name: name ?? read.body.name, bundle: read, place: path, yes };
    const { trusted, changes, isNew } = await takeBundle(this, { ...options, local: { endorsements, pccs } });
    const { fingerprint, body } = trusted.bundle;
    const { authority } = trusted;
    print(
      this,
      json === true,
      { name: trusted.name, serial: body.serial, fingerprint, authority, isNew, changes },
      () => visible(`You trust ${trusted.name}: number ${body.serial}, ${fingerprint}.`),
    );
  },
});

const bundleAt = (path: string): TrustBundle => parseBundle(readBytes(path), path);

const list = buildCommand<Json, [], Context>({
  docs: { brief: 'Whom you trust by a name', fullDescription: examples('gaiwan trust list') },
  parameters: { flags: { json: jsonFlag } },
  func({ json }) {
    const all = trustedNames(this.env).map((name) => requireTrusted(this.env, name));
    const found = all.map(({ name, authority, since, bundle: { body, fingerprint } }) => {
      const { serial, frontend, simulation } = body;
      return { name, serial, frontend, fingerprint, authority, since, simulated: simulation !== undefined };
    });
    print(this, json === true, found, () =>
      table([
        ['name', 'number', 'platform', 'fingerprint', 'by'],
        ...found.map(({ name, serial, frontend, fingerprint, authority, simulated }) => [
          name,
          String(serial),
          `${frontend}${simulated ? ' (SIMULATION)' : ''}`,
          `${fingerprint.slice(0, 16)}…`,
          authority === 'person' ? 'you' : 'auditors',
        ]),
      ]),
    );
  },
});

const show = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'What you trust by a name, and how it differs from the installation on this machine',
    fullDescription: examples('gaiwan trust show tea-house'),
  },
  parameters: { flags: { json: jsonFlag }, positional: trustPositional },
  async func({ json }, name) {
    const { bundle: known, authority, since, local, seen } = requireTrusted(this.env, name);
    const { fingerprint, body } = known;
    const about = [...(await describeBundle(known)), ...(await againstThisInstallation(body))];
    const { release, name: called, ...others } = body;
    const { configuration } = release;
    print(
      this,
      json === true,
      { name, called, fingerprint, authority, since, local, seen, ...others, configuration },
      () =>
        [
          ...about,
          authority === 'person'
            ? `You added it on ${since}.`
            : `Your auditors signed it; added on ${since}.`,
        ].join('\n'),
    );
  },
});

const remove = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Trust nobody by this name any more; logins that rest on it end',
    fullDescription: examples('gaiwan trust remove tea-house'),
  },
  parameters: { flags: { json: jsonFlag }, positional: trustPositional },
  func({ json }, name) {
    // Also of what cannot be read any more.
    if (!trustedNames(this.env).includes(name)) requireTrusted(this.env, name);
    forgetTrusted(this.env, name);
    print(this, json === true, { removed: name }, () => visible(`You trust nobody as ${name} any more.`));
  },
});

const text = (input: string) => input;

const diff = buildCommand<Json, [string, string], Context>({
  docs: {
    brief: 'What two bundles differ in, in words: names that you trust, or files',
    fullDescription: examples(
      'gaiwan trust diff tea-house next.json',
      'gaiwan trust diff old.json next.json',
    ),
  },
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: text, brief: 'name or file', placeholder: 'BEFORE', proposeCompletions: knownTrusts },
        { parse: text, brief: 'name or file', placeholder: 'AFTER', proposeCompletions: knownTrusts },
      ],
    },
  },
  async func({ json }, before, after) {
    const bundleOf = (given: string) =>
      existsSync(given) ? bundleAt(given) : requireTrusted(this.env, given).bundle;
    const [one, other] = [bundleOf(before), bundleOf(after)];
    const changes = await bundleChanges(one.body, other.body);
    const { isSigned, text: signed } = await signedByTrusted({ bundle: one }, other);
    if (other.body.serial < one.body.serial)
      note(this, visible(`${after} is older: number ${other.body.serial} after ${one.body.serial}.`));
    print(this, json === true, { changes, signed: isSigned }, () =>
      [...listed(changes), signed.replaceAll('that you trust', `of ${before}`)].map(visible).join('\n'),
    );
  },
});

export const trust = buildRouteMap({
  routes: { add, list, show, diff, remove, bundle, sign },
  docs: { brief: 'Platforms that you trust, by name' },
});
