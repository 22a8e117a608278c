/** Functions that are a zip: modules, data, pinned wheels; and zips that are up to no good. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, EXECUTORS, hasPython3, PythonBench, saySkipped } from '../testing/python.ts';
import { type Entry, zip } from '../testing/zip.ts';

saySkipped();

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const WHEEL = zip({
  'greeter/__init__.py':
    'from importlib.resources import files\ndef greet(name):\n    return files("greeter").joinpath("text.txt").read_text() + name\n',
  'greeter/text.txt': 'Hello, ',
  'greeter-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: greeter\nVersion: 1.0\n',
});
const PINS = `${sha256(WHEEL)}  wheels/greeter-1.0-py3-none-any.whl\n`;
const MAIN =
  'import greeter, helper\nfrom importlib.metadata import version\ndef main(inputs, outputs, args):\n    return greeter.greet(helper.name()) + version("greeter")\n';
const good = {
  'main.py': MAIN,
  'helper.py': 'def name(): return "Ada "\n',
  'wheels.sha256': PINS,
  'wheels/greeter-1.0-py3-none-any.whl': WHEEL,
};
const OLD = 'import helper\ndef entrypoint(argv):\n  print "old"\n  return helper.name()\n';
const minimal = 'def main(inputs, outputs, args): return 1\n';
/** More than its first MiB, and more than two hundred times what it takes in the package. */
const ZEROS = Buffer.alloc(8 << 20);

const BAD: readonly (readonly [string, Record<string, Entry>, string])[] = [
  ['a wheel that is not pinned', { ...good, 'wheels.sha256': '' }, 'is not pinned'],
  [
    'another wheel than the pinned one',
    { ...good, 'wheels.sha256': PINS.replace(/^./, (c) => (c === '0' ? '1' : '0')) },
    'but wheels.sha256 says',
  ],
  ['a pin without its wheel', { 'main.py': minimal, 'wheels.sha256': PINS }, 'which is not in the package'],
  ['no main.py', { 'other.py': minimal }, 'no main.py'],
  ['a path that climbs', { 'main.py': minimal, '../evil.py': '' }, 'no plain file at a plain path'],
  ['an absolute path', { 'main.py': minimal, '/tmp/evil.py': '' }, 'no plain file at a plain path'],
  ['a link', { 'main.py': minimal, 'evil.py': { data: '/etc/passwd', mode: 0o120777 } }, 'no plain file'],
  [
    'the same path twice, as file and folder',
    { 'main.py': minimal, a: '', 'a/b': '' },
    'Cannot unpack|File exists',
  ],
  ['a bomb of zeros', { 'main.py': minimal, bomb: ZEROS }, 'unpacks to too much'],
  [
    'a bomb that lies about its size',
    { 'main.py': minimal, bomb: { data: ZEROS, claimed: 10 } },
    'Cannot read|too much',
  ],
  [
    'a file too many',
    { 'main.py': minimal, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, ''])) },
    'more than 10000 files',
  ],
  [
    'a wheel that is a bomb',
    { ...good, 'wheels/greeter-1.0-py3-none-any.whl': zip({ bomb: ZEROS }) },
    'SHA-256',
  ],
]; // prettier-ignore
const refused = BAD.map(([what, entries, why]) => [what, zip(entries), why] as const);

describe.each(EXECUTORS)('python/%s', (name) => {
  const missing = name === 'cpython' && !hasPython3;
  const bench = new PythonBench(name);
  beforeAll(async () => {
    if (!missing) await bench.open();
  });
  afterAll(async () => {
    if (!missing) expect(await bench.close()).toEqual([]);
  });
  const test = it.skipIf(missing);

  test('modules, a pinned wheel with data and metadata', async () => {
    expect((await bench.run(zip(good))).text).toBe('Hello, Ada 1.0');
  });

  describe('in one process', () => {
    const whole = zip(good);
    const damages = [5, 30, Math.floor(whole.length / 2), whole.length - 12].map((at) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0x55;
      return [`damaged at byte ${at}`, damaged] as const;
    });
    const half = whole.subarray(0, whole.length / 2);
    let ended: ReadonlyMap<string, Ended>;
    beforeAll(async () => {
      if (missing) return;
      const zips = [
        ...refused.map(([what, payload]) => [what, payload] as const),
        ...damages,
        ['the first half', half] as const,
        ['nothing wrong', whole] as const,
        ['the old entry', zip({ 'main.py': OLD, 'helper.py': good['helper.py'] })] as const,
      ];
      ({ ended } = await bench.table(new Map(zips.map(([what, payload]) => [what, { payload }]))));
    });

    test.each(refused)('refused: %s', (what, _, why) => {
      expect(ended.get(what)).toEqual({
        failed: expect.stringMatching(new RegExp(why)),
        code: 'function',
      });
    });

    test.each(damages)('refused, or harmless: %s', (what) => {
      expect(JSON.stringify(ended.get(what))).toMatch(
        /^\{"text":"Hello, Ada 1\.0"\}$|BadPackage|is not pinned|ModuleNotFound|SyntaxError|Unicode/,
      );
    });

    test('refused: the first half', () => {
      expect(ended.get('the first half')).toMatchObject({
        failed: expect.stringMatching(/BadPackage: Cannot read/),
      });
    });

    test('the old entry in a package', () => {
      expect(ended.get('the old entry')).toEqual({ text: 'Ada ' });
    });

    test('what is refused is no burden to the next', () => {
      expect(ended.get('nothing wrong')).toEqual({ text: 'Hello, Ada 1.0' });
    });
  });

  // Each kind of end once more, as a task has it: the package is unpacked before the job and its limits are there.
  test.each(refused.filter(([what]) => ['a wheel that is not pinned', 'a bomb of zeros'].includes(what)))(
    'refused, in a process of its own: %s',
    async (_, payload, why) => {
      const error = await bench.failure(payload);
      expect(error.code).toBe('function');
      expect(error.message).toMatch(new RegExp(why));
    },
  );
});
