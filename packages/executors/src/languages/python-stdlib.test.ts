/** Python's standard library in Pyodide as docs/python.md says it is: each module is imported, and what was mended is compared. */
import { createHash, pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PythonBench } from '../testing/python.ts';
import { zip } from '../testing/zip.ts';

/** Module names in the table's row that begins with these words. */
function documented(row: string): string[] {
  const page = readFileSync(new URL('../../../../docs/python.md', import.meta.url), 'utf8');
  const line = page.split('\n').find((one) => one.startsWith(`| ${row} |`)) ?? '';
  return [...line.matchAll(/`([a-z_.0-9]+)`/g)].map(([, name]) => name ?? '');
}

const ALL = `
import contextlib, importlib, io, json, sys

def main(inputs, outputs, args):
    missing, useless = [], []
    # Two print when they are imported, one opens a browser.
    for name in sorted(sys.stdlib_module_names - {"this", "antigravity"}):
        if not name.startswith("_"):
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    importlib.import_module(name)
            except ImportError:
                missing.append(name)
    def multiprocessing():
        import multiprocessing
        multiprocessing.Process(target=print).start()
    def socket():
        import socket
        socket.create_connection(("127.0.0.1", 1), 1)
    def subprocess():
        import subprocess
        subprocess.run(["true"])
    def threading():
        import threading
        threading.Thread(target=print).start()
    for use in (multiprocessing, socket, subprocess, threading):
        try:
            use()
        except BaseException as error:
            useless.append(use.__name__)
    return {"missing": missing, "useless": useless}
`;

const MENDED = `
import asyncio, hashlib, json, zoneinfo, datetime

async def work():
    order = []
    async def one(name, delay):
        await asyncio.sleep(delay)
        order.append(name)
        return name
    given = await asyncio.gather(one("slow", 0.02), one("quick", 0.001))
    queue = asyncio.Queue()
    async def produce():
        for item in range(3):
            await queue.put(item)
    task = asyncio.create_task(produce())
    items = [await queue.get() for _ in range(3)]
    await task
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except TimeoutError:
        order.append("timeout")
    async with asyncio.TaskGroup() as group:
        group.create_task(one("grouped", 0))
    return [given, items, order]

def caught(what):
    try:
        return what()
    except Exception as error:
        return [type(error).__name__, str(error)]

async def never():
    await asyncio.Event().wait()

async def fails():
    raise KeyError("mine")

def main(inputs, outputs, args):
    berlin = lambda: str(zoneinfo.ZoneInfo("Europe/Berlin"))
    return {
        "asyncio": [asyncio.run(work()), asyncio.run(work())[1], caught(lambda: asyncio.run(never())), caught(lambda: asyncio.run(fails()))],
        "loop": asyncio.new_event_loop().run_until_complete(asyncio.sleep(0, "done")),
        "pbkdf2": [hashlib.pbkdf2_hmac(name, b"password" * 20, bytearray(b"salt"), count, size).hex() for name, count, size in args["cases"]],
        "pbkdf2 refuses": [caught(lambda: hashlib.pbkdf2_hmac(*given)) for given in [("sha256", b"p", b"s", 0), ("sha256", b"p", b"s", 1, 0), ("nosuch", b"p", b"s", 1), ("sha256", "text", b"s", 1)]],
        "utc": [datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo(name)).isoformat() for name in ("UTC", "Etc/UTC")],
        "zone": caught(berlin),
    }
`;

const NESTED = `
import io, json

def caught(call):
    try:
        return call()
    except RecursionError as error:
        return [type(error).__name__, str(error)]

def depth(value):
    count = 0
    while value != 1:
        count += 1
        value = value.get("a") if isinstance(value, dict) else value[0]
    return count

def values(text):
    decoder, at, count = json.JSONDecoder(), 0, 0
    while at < len(text):
        _, at = decoder.raw_decode(text, at)
        count += 1
    return count

def main(inputs, outputs, args):
    lists = lambda n: "[" * n + "1" + "]" * n
    objects = lambda n: '{"a":' * n + "1" + "}" * n
    quoted = '["' + "[" * 9000 + '"]'
    return {
        "deepest": [depth(json.loads(lists(5000))), depth(json.loads(objects(5000)))],
        "refused": [
            caught(lambda: json.loads(lists(5001))),
            caught(lambda: json.loads(objects(200000).encode())),
            caught(lambda: json.load(io.StringIO("[" * 200000))),
            caught(lambda: json.loads(lists(200000), parse_float=str)),
            caught(lambda: json.JSONDecoder().raw_decode("1 " + lists(200000), 2)),
        ],
        "brackets": [json.loads(quoted)[0][:3], json.loads(quoted)[0][-3:]],
        "wide": len(json.loads("[" + ",".join(["[{}]"] * 9000) + "]")),
        "values": values("[1]" * 9000),
        "rows": json.loads('[{}, [1]]'),
    }
`;

/** A zone of one offset, as RFC 9636 writes it: a header with counts, one type of local time, its abbreviation. */
function zoneFile(offset: number): Buffer {
  const counts = Buffer.alloc(24);
  counts.writeUInt32BE(1, 16);
  counts.writeUInt32BE(4, 20);
  const type = Buffer.alloc(6);
  type.writeInt32BE(offset);
  return Buffer.concat([Buffer.from('TZif'), Buffer.alloc(16), counts, type, Buffer.from('TST\0')]);
}

describe('Python’s standard library in Pyodide', () => {
  const bench = new PythonBench('mesapy');
  beforeAll(() => bench.open());
  afterAll(async () => {
    expect(await bench.close()).toEqual([]);
  });

  it('fault 9: reads JSON that is nested, and raises what can be caught where it is nested too deeply', async () => {
    const { text } = await bench.run(NESTED);
    const refused = [
      'RecursionError',
      expect.stringContaining('JSON nests deeper than 5,000 levels') as string,
    ];
    expect(JSON.parse(text)).toEqual({
      deepest: [5000, 5000],
      refused: [refused, refused, refused, refused, refused],
      brackets: ['[[[', '[[['],
      wide: 9000,
      values: 9000,
      rows: [{}, [1]],
    });
  });

  it('M4: lacks what the page says, and nothing else', async () => {
    const { text } = await bench.run(ALL);
    expect(JSON.parse(text)).toEqual({
      missing: documented('not there'),
      useless: documented('there, and of no use'),
    });
  });

  it('M4: finds time zones in the wheel tzdata beside the function', async () => {
    const wheel = zip({
      'tzdata/__init__.py': '',
      'tzdata/zoneinfo/__init__.py': '',
      'tzdata/zoneinfo/Europe/__init__.py': '',
      'tzdata/zoneinfo/Europe/Berlin': zoneFile(7200),
    });
    const path = 'wheels/tzdata-2025.2-py2.py3-none-any.whl';
    const main = `
import datetime, zoneinfo
def main(inputs, outputs, args):
    noon = datetime.datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("UTC"))
    return str(noon.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")))
`;
    const pins = `${createHash('sha256').update(wheel).digest('hex')}  ${path}\n`;
    const { text } = await bench.run(zip({ 'main.py': main, 'wheels.sha256': pins, [path]: wheel }));
    expect(text).toBe('2026-07-01 14:00:00+02:00');
  });

  it('M4: has asyncio.run, hashlib.pbkdf2_hmac, and a time zone', async () => {
    const cases: readonly (readonly [name: string, count: number, size: number | null])[] = [
      ['sha256', 1, null],
      ['sha1', 3, 50],
      ['sha512', 1000, 64],
      ['md5', 2, 7],
    ];
    const { text } = await bench.run(MENDED, { args: { cases } });
    const sizes: Readonly<Record<string, number>> = { sha256: 32 };
    const given: Record<string, unknown> = JSON.parse(text);
    expect(given).toMatchObject({
      asyncio: [
        [
          ['slow', 'quick'],
          [0, 1, 2],
          ['quick', 'slow', 'timeout', 'grouped'],
        ],
        [0, 1, 2],
        ['RuntimeError', expect.stringContaining('never happens') as string],
        ['KeyError', "'mine'"],
      ],
      loop: 'done',
      pbkdf2: cases.map(([name, count, size]) =>
        pbkdf2Sync('password'.repeat(20), 'salt', count, size ?? sizes[name] ?? 0, name).toString('hex'),
      ),
      'pbkdf2 refuses': [
        ['ValueError', expect.any(String)],
        ['ValueError', expect.any(String)],
        ['ValueError', expect.any(String)],
        ['TypeError', expect.any(String)],
      ],
      utc: ['2024-07-01T12:00:00+00:00', '2024-07-01T12:00:00+00:00'],
      zone: ['ZoneInfoNotFoundError', expect.stringContaining('bring the package tzdata') as string],
    });
  });
});
