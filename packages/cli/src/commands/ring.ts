/** ring: the keys of the tasks that I take part in. */
import { visible } from '@gaiwan/errors';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, note, print, table } from '../context.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { examples, type Json, jsonFlag, positional } from '../flags.ts';
import { exportRing, importRing } from '../ring/bundle.ts';
import { type KeyStoreKind, keyStoreKinds, systemKeyStore } from '../ring/key-store.ts';
import { type DamagedFile, Ring } from '../ring/ring.ts';
import { loadSession } from '../session.ts';

/** Of whoever is logged in; nobody is connected to. */
function ownRing(context: Context): Ring {
  const session = loadSession(context.env);
  if (session?.id === undefined || session.instance === undefined)
    throw new CliError('not-logged-in', 'Nobody is logged in: run gaiwan login first.');
  return new Ring(context, { instance: session.instance, user: session.id });
}

function noteDamaged(context: Context, damaged: readonly DamagedFile[]): void {
  if (damaged.length === 0) return;
  const lines = damaged.map(({ task, why }) => `  ${task}: ${why}`);
  note(
    context,
    [`${damaged.length} files of the key ring cannot be used:`, ...lines].map(visible).join('\n'),
  );
}

const list = buildCommand<Json, [], Context>({
  docs: { brief: 'What your key ring on this machine has', fullDescription: examples('gaiwan ring list') },
  parameters: { flags: { json: jsonFlag } },
  func({ json }) {
    const ring = ownRing(this);
    const { tasks: records, damaged } = ring.records();
    noteDamaged(this, damaged);
    const rows = records.map(({ name, task, sealed, inputs, outputs }) => [
      name ?? '-',
      task,
      sealed === undefined
        ? 'no keys'
        : `keys for ${[...Object.keys(inputs), ...Object.keys(outputs)].join(', ')}`,
    ]);
    print(this, json === true, { folder: ring.folder, tasks: records, damaged }, () =>
      [visible(ring.folder), table([['name', 'task', 'keys'], ...rows])].join('\n'),
    );
  },
});

const exportCommand = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Copy your key ring to a file that only you can read; its keys stay under the passphrase',
    fullDescription: examples('gaiwan ring export alder.ring'),
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('FILE') },
  func({ json }, path) {
    const { tasks, damaged } = exportRing(ownRing(this), path);
    noteDamaged(this, damaged);
    // A copy that lacks something is no success to a script that relies on it.
    if (damaged.length > 0) this.process.exitCode = exitCodes.notAuthentic.value;
    const without = damaged.length > 0 ? `; ${damaged.length} that cannot be read are not in it` : '';
    print(this, json === true, { file: path, tasks, damaged }, () =>
      visible(`Wrote ${path}: ${tasks} tasks${without}.`),
    );
  },
});

const importCommand = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Take up an exported key ring of yours; what is here stays, and what is damaged here is mended',
    fullDescription: examples('gaiwan ring import alder.ring'),
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('FILE') },
  async func({ json }, path) {
    const { tasks, kept, repaired } = await importRing(ownRing(this), path);
    const mended = repaired > 0 ? `; ${repaired} were damaged here, and are mended` : '';
    print(
      this,
      json === true,
      { tasks, kept, repaired },
      () => `Took up ${tasks} tasks; ${kept} were here already${mended}.`,
    );
  },
});

const passphrase = buildCommand<Json, [], Context>({
  docs: {
    brief: 'Change the passphrase of your key ring',
    fullDescription: `The new one comes from GAIWAN_NEW_RING_PASSPHRASE, GAIWAN_NEW_RING_PASSPHRASE_FILE, or a prompt. Copies that were exported before keep
the former one.

${examples('gaiwan ring passphrase')}`,
  },
  parameters: { flags: { json: jsonFlag } },
  async func({ json }) {
    await ownRing(this).changePassphrase();
    print(this, json === true, { changed: true }, () => 'Changed.');
  },
});

interface RememberFlags extends Json {
  readonly keyStore?: KeyStoreKind | undefined;
}

const rememberCommand = buildCommand<RememberFlags, [], Context>({
  docs: {
    brief: "Let the system's key store keep the passphrase of your key ring",
    fullDescription: `Asks for the passphrase once, and gives it to the Secret Service (by secret-tool) or to the keychain of macOS (by security). Whoever
is logged in to this computer as you can then use the ring; what you set in GAIWAN_RING_PASSPHRASE goes before it.

${examples('gaiwan ring remember', 'gaiwan ring remember --key-store keychain')}`,
  },
  parameters: {
    flags: {
      keyStore: {
        kind: 'enum',
        values: keyStoreKinds,
        brief: 'Which one (default: what this kind of system has)',
        optional: true,
      },
      json: jsonFlag,
    },
  },
  async func({ keyStore = systemKeyStore(), json }) {
    await ownRing(this).remember(keyStore);
    print(this, json === true, { keyStore }, () => `${keyStore} keeps the passphrase of your key ring.`);
  },
});

const forgetCommand = buildCommand<Json, [], Context>({
  docs: {
    brief: "Take the passphrase of your key ring out of the system's key store",
    fullDescription: examples('gaiwan ring forget'),
  },
  parameters: { flags: { json: jsonFlag } },
  async func({ json }) {
    const forgotten = await ownRing(this).forgetPassphrase();
    print(this, json === true, { forgotten }, () => (forgotten ? 'Forgotten.' : 'No key store had it.'));
  },
});

export const ring = buildRouteMap({
  routes: {
    list,
    export: exportCommand,
    import: importCommand,
    passphrase,
    remember: rememberCommand,
    forget: forgetCommand,
  },
  docs: { brief: 'The keys of the tasks that you take part in, on this machine' },
});
