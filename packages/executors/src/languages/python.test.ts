/** Teaclave's conventions for Python, and the modern entry, on both interpreters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  body,
  type Case,
  type Ended,
  EXECUTORS,
  hasPython3,
  PythonBench,
  saySkipped,
} from '../testing/python.ts';

saySkipped();

const ERROR = 'MESAPY_EXEC_ERROR';

describe.each(EXECUTORS)('python/%s', (name) => {
  const missing = name === 'cpython' && !hasPython3;
  const bench = new PythonBench(name);
  beforeAll(async () => {
    if (!missing) await bench.open();
  });
  afterAll(async () => {
    if (!missing) expect(await bench.close()).toEqual([]);
  });
  const entry = async (payload: string, options = {}) => (await bench.run(payload, options)).text;
  const table = it.skipIf(missing);

  /** Of all tables: what is run, and what came of it. One process runs them all, for whichever table asks first. */
  const cases = new Map<string, Case>();
  let all: Promise<ReadonlyMap<string, Ended>> | undefined;

  /** Each a test. */
  const oneProcess = (
    group: string,
    rows: readonly (readonly [name: string, payload: string, expected: Ended, args?: object])[],
  ) => {
    const key = (name: string) => `${group}: ${name}`;
    for (const [name, payload, , args] of rows) {
      if (cases.has(key(name))) throw new Error(`two are called "${key(name)}"`);
      cases.set(key(name), { payload, ...(args && { args }) });
    }
    let ended: ReadonlyMap<string, Ended>;
    beforeAll(async () => {
      if (missing) return;
      all ??= bench.table(cases).then(({ ended }) => ended);
      ended = await all;
    });
    table.each(rows.map(([name, , expected]) => [name, expected] as const))('%s', (name, expected) => {
      expect(ended.get(key(name))).toEqual(expected);
    });
  };
  const done = (text: string): Ended => ({ text });
  const failed = (message: unknown, code = 'function'): Ended => ({
    // Tests match it with patterns, too.
    failed: message as string,
    code,
  });

  describe('the old entry', () => {
    oneProcess('the old entry', [
      ['None is an empty result', 'def entrypoint(argv):\n  return None', done('')],
      ['text', 'def entrypoint(argv):\n  return "abc"', done('abc')],
      ['unicode', 'def entrypoint(argv):\n  return u"\\u00e9"', done('é')],
      ['bytes of ASCII', 'def entrypoint(argv):\n  return b"abc"', done('abc')],
      ['a number', 'def entrypoint(argv):\n  return 7', done(ERROR)],
      ['a list', 'def entrypoint(argv):\n  return ["a"]', done(ERROR)],
      ['an exception', 'def entrypoint(argv):\n  assert False', done(ERROR)],
      ['an exit', 'import sys\ndef entrypoint(argv):\n  sys.exit(1)', done(ERROR)],
      ['no entrypoint', 'x = 1', done(ERROR)],
      ['a syntax error', 'def entrypoint(argv:\n  return 1', done(ERROR)],
      [
        'a failing import',
        'import there_is_no_such_module\ndef entrypoint(argv):\n  return "a"',
        done(ERROR),
      ],
      ['what is not UTF-8', '\u0000', done(ERROR)],
      ['20,480 bytes', 'def entrypoint(argv):\n  return "x" * 20480', done('x'.repeat(20_480))],
      ['20,481 bytes', 'def entrypoint(argv):\n  return "x" * 20481', done('MESAPY_ERROR_BUFFER_TOO_SHORT')],
      ['a NUL ends the source', 'def entrypoint(argv):\n  return "a"\n\u0000)(', done('a')],
      ['a byte order mark', '\ufeffdef entrypoint(argv):\n  return "a"', done('a')],
    ]);
  });

  describe('argv: keys in byte order, everything as text', () => {
    const payload = 'def entrypoint(argv):\n  return "|".join(argv)';
    const args = {
      z: 'é',
      a: 1,
      B: [1, { y: null, x: 'ü' }],
      c: true,
      d: 0.1,
      e: 100000.5,
      f: 1e-7,
      g: 1e21,
    };
    const text = 'B|[1,{"x":"ü","y":null}]|a|1|c|true|d|0.1|e|100000.5|f|1e-7|g|1e21|z|é';
    const ascii = 'B|x|a|1|c|true|d|0.1|e|100000.5|f|1e-7|g|1e21|z|e';
    oneProcess('argv', [
      ['in Python 3', `# gaiwan: python3\n${payload}`, done(text), args],
      // They cannot be encoded again.
      ['bytes that are not ASCII, in Python 2', payload, done(ERROR), args],
      ['ASCII, in Python 2', payload, done(ascii), { ...args, B: 'x', z: 'e' }],
      ['none', 'def entrypoint(argv):\n  return str(len(argv))', done('0')],
    ]);
  });

  describe('an input that the task does not have has a code of its own', () => {
    const caught =
      "try:\n  inputs['other']\nexcept KeyError as error:\n  raise ValueError('no data') from error";
    const forgotten = "try:\n  inputs['other']\nexcept KeyError:\n  pass\nraise ValueError('mine')";
    const unknown = (start: string) => failed(expect.stringMatching(`^${start}`), 'unknown-input');
    oneProcess('no such input', [
      ['read', body("return inputs['other'].read()"), unknown('KeyError')],
      ['as text', body("inputs.text('other')"), unknown('KeyError')],
      ['the cause of what is raised', body(caught), unknown('ValueError: no data')],
      ['an output', body("outputs['other']"), failed(expect.stringMatching(/^KeyError/), 'unknown-output')],
      [
        'caught, and another error raised',
        body(forgotten),
        failed(expect.stringMatching(/^ValueError: mine/)),
      ],
      ['a KeyError of its own', body("{}['other']"), failed(expect.stringMatching(/^KeyError/))],
    ]);

    table('and so the task has', async () => {
      const inputs = { i: 'abc' };
      const asked = "inputs._names.append('other')\ninputs['other']";
      for (const [text, code] of [
        [caught, 'unknown-input'],
        // The worker refuses, too.
        [`${asked}.read()`, 'unknown-input'],
        ["outputs['other']", 'function'],
        [forgotten, 'function'],
      ] as const) {
        const error = await bench.failure(body(text), { inputs });
        expect([text, error.code]).toEqual([text, code]);
        if (text.startsWith(asked)) {
          expect(error.message).toContain("cannot open input 'other': Invalid input file identifier.");
        }
      }
    });
  });

  table('modes and errors of teaclave_open', async () => {
    const payload = `
from teaclave import open
def attempt(name, mode):
    try:
        return 'ok ' + type(open(name, mode)).__name__
    except Exception as error:
        return type(error).__name__ + ': ' + str(error)
def entrypoint(argv):
    assert open == teaclave_open
    cases = ['i rb', 'i rbU', 'o wb', 'no rb', 'no wb', 'i r', 'i rt', 'p w', 'o ab', 'i r+b', 'i rrb', 'i rwb']
    return '\\n'.join(attempt(*case.split(' ')) for case in cases)`;
    const { text, outputs } = await bench.run(payload, { inputs: { i: 'abc' }, outputs: ['o', 'p'] });
    expect(text.split('\n')).toEqual([
      'ok File',
      'ok File',
      'ok File',
      'RuntimeError: fileio_init: teaclave_ffi_error',
      'RuntimeError: fileio_init: teaclave_ffi_error',
      'RuntimeError: Teaclave Not Supported',
      'RuntimeError: Teaclave Not Supported',
      'RuntimeError: Teaclave Not Supported',
      'ValueError: invalid mode: ab',
      'ValueError: invalid mode: r+b',
      'ValueError: invalid mode: rrb',
      'ValueError: must have exactly one of read/write mode',
    ]);
    // Refused after it was created, as in MesaPy.
    expect(outputs).toEqual({ o: '', p: '' });
  });

  table('the object: reads, lines, writes, and what it has not', async () => {
    const payload = `
def entrypoint(argv):
    f = teaclave_open('i', 'rb')
    assert (f.name, f.mode, f.closed, f.readable(), f.writable()) == ('i', 'rb', False, True, False)
    assert f.readline() == 'a,1\\n' and f.peek(1)[:1] == 'b' and f.read1(1) == 'b' and f.read(2) == ',2'
    buffer = bytearray(1)
    assert f.readinto(buffer) == 1 and str(buffer) == '\\n'
    assert f.readlines() == ['c,3\\n', 'd,4'] and f.read() == ''
    f.close(); f.close()
    for call in (f.read, f.readline):
        try: call()
        except ValueError: pass
        else: return 'reads after close'
    for name in ('seek', 'tell', 'truncate', 'fileno', 'isatty'):
        if hasattr(f, name): return name
    with teaclave_open('i', 'rb', 0) as raw: assert raw.read(3) == 'a,1'
    total = {}
    for line in teaclave_open('i', 'rb'):
        key, value = line.strip().split(',')
        total[key] = int(value)
    assert total['c'] == 3 and line[0] == 'd' and list(line) == ['d', ',', '4']
    with teaclave_open('o', 'wb') as o:
        o.write('text'); o.write(b'\\xff'); o.writelines(['1', '2']); o.flush()
    teaclave_open('p', 'wb').write('never closed')
    return str(sum(total.values()))`;
    const { text, outputs, log } = await bench.run(payload, {
      inputs: { i: 'a,1\nb,2\nc,3\nd,4' },
      outputs: ['o', 'p'],
    });
    expect([text, log]).toEqual(['10', '']);
    expect(outputs).toEqual({ o: 'text\xff12', p: 'never closed' });
  });

  table('opt-out: plain bytes', async () => {
    const payload = `# gaiwan: python3
def entrypoint(argv):
    data = teaclave_open('i', 'rb').read()
    return repr(data) + str(1 / 2) + type(argv).__name__`;
    expect(await entry(payload, { inputs: { i: 'é' } })).toBe("b'\\xc3\\xa9'0.5list");
  });

  table('Python 2: what is covered', async () => {
    const payload = `
import marshal, struct, cStringIO
def entrypoint(argv):
    out = []
    print "a statement", 1
    print
    try:
        raise ValueError, "old"
    except (TypeError, ValueError), e:
        out.append(str(e))
    if 1 <> 2: out.append(\`7 / 2\`)
    x = 7; x /= 2
    out += [str(x), str(7.0 / 2), str(-7 / 2), str(0777), str(10L), str(map(str, [1, 2])[0])]
    d = {'b': 1, 'a': 2}
    keys = d.keys(); keys.sort()
    out += [keys[0], str(d.has_key('b')), str([v for _, v in sorted(d.iteritems())]), str(len(xrange(3)))]
    out.append(marshal.loads(marshal.dumps({'k': [1, 2.5, None, 1 << 80, u'\\u1234', 'raw\\xff']}))['k'][4])
    assert 'é' == '\\xc3\\xa9' and len('é') == 2 and len(u'é') == 1 and 'é'.decode('utf-8') == u'é'
    assert isinstance(str(7) + argv[1], str) and str(7) + argv[1] == '7é' and struct.pack('<h', 1) + 'é' == '\\x01\\x00é'
    return u'|'.join(out)`;
    const { text, log } = await bench.run(payload, { args: { k: 'é' } });
    expect(log).toBe('a statement 1\n');
    expect(text).toBe('old|3|3|3.5|-4|511|10|1|a|True|[2, 1]|3|ሴ');
  });

  table('the modern entry', async () => {
    const payload = body(`
assert sorted(inputs) == ['a', 'b'] and 'c' not in inputs and inputs.size('a') == 6
lines = [line.strip() for line in inputs.text('a')]
with inputs['b'] as f: assert f.read() == bytes(range(256))
with inputs.open('b') as f: assert f.readline() == bytes(range(11))
outputs['o'].write(b'one'); outputs['o'].write(b'two')
outputs.text('p').write('é')
print('to the log')
return {'lines': lines, 'n': args['n'], 'none': None}`);
    const { text, outputs, log } = await bench.run(payload, {
      args: { n: [1, 2.5, 'ü'] },
      inputs: { a: 'é\r\nx\n', b: Uint8Array.from({ length: 256 }, (_, i) => i) },
      outputs: ['o', 'p'],
    });
    expect(JSON.parse(text)).toEqual({ lines: ['é', 'x'], n: [1, 2.5, 'ü'], none: null });
    expect(outputs).toEqual({ o: 'onetwo', p: 'Ã©' });
    expect(log).toBe('to the log');
  });

  describe('modern', () => {
    oneProcess('modern', [
      ['return None', body('return None'), done('')],
      ['text', body('return "as it is"'), done('as it is')],
      ['bytes', body('return b"\\x00\\x01"'), done('\u0000\u0001')],
      ['a number', body('return 1.5'), done('1.5')],
      ['a list', body('return [True]'), done('[true]')],
    ]);
  });

  describe('modern, failing', () => {
    oneProcess('modern, failing', [
      ['an exception', body('raise ValueError("no")'), failed('ValueError: no\n  main.py, line 2, in main')],
      [
        'in a helper',
        body('def helper(): return {}["x"]\nhelper()'),
        failed("KeyError: 'x'\n  main.py, line 3, in main\n  main.py, line 2, in helper"),
      ],
      [
        'no such input',
        body('inputs["x"]'),
        failed(
          `KeyError: "the task has no input 'x'; it has: none"\n  main.py, line 2, in main`,
          'unknown-input',
        ),
      ],
      ['a set', body('return {1, 2}'), failed('TypeError: the result holds a set, which is no JSON')],
      [
        'no number of JSON',
        body('return float("nan")'),
        failed(expect.stringMatching(/^ValueError: Out of range float values are not JSON compliant/)),
      ],
      [
        'a syntax error',
        body('x = ('),
        failed(expect.stringMatching(/^SyntaxError: .*\n {2}main.py, line 2, in module/)),
      ],
      [
        'an error of the system',
        body('import os\nos.remove("/nothing")'),
        failed(expect.stringMatching(/^\w*Error: \[Errno \d+\] .*\n {2}main.py, line 3, in main$/)),
      ],
    ]);

    table('a task has the same message', async () => {
      const { code, message } = await bench.failure(body('raise ValueError("no")'));
      expect([code, message]).toEqual(['function', 'ValueError: no\n  main.py, line 2, in main']);
    });
  });

  table('streams more than its memory', async () => {
    const { text } = await bench.run(
      body(`
total = 0
with inputs['i'] as source, outputs['o'] as target:
    while part := source.read(100_001):
        total += len(part)
        target.write(part)
return total`),
      {
        inputs: { i: Buffer.alloc(80 << 20, 7) },
        outputs: ['o'],
        limits: { memoryMiB: 32, outputBytes: 100 << 20 },
      },
    );
    expect(text).toBe(`${80 << 20}`);
  });

  table('more memory than the limit is a typed error, and an exception within', async () => {
    const error = await bench.failure(body('x = bytearray(400 << 20)'));
    expect(error.code).toBe('memory-limit');
    expect(error.message).toContain('256 MiB');
    expect(
      (await bench.failure('def entrypoint(argv):\n  x = []\n  while 1: x.append("a" * 1000 + str(len(x)))'))
        .code,
    ).toBe('memory-limit');
    const caught = body('try:\n    x = bytearray(400 << 20)\nexcept MemoryError:\n    return "caught"');
    expect((await bench.run(caught)).text).toBe('caught');
  });
});
