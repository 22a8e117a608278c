"""Writes the same tables as Arrow IPC, in many ways, and as Parquet; prints their names. With a second argument, reads what we wrote."""

import datetime
import decimal
import itertools
import json
import random
import struct
import sys
import uuid

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

try:
    import polars
except ImportError:
    polars = None
try:
    import duckdb
except ImportError:
    duckdb = None

folder = sys.argv[1]
if len(sys.argv) > 2:
    # The files are read with all that pyarrow checks of them, and written as Parquet, which our functions read.
    for path in sys.argv[2:]:
        table = ipc.open_file(path).read_all()
        table.validate(full=True)
        pq.write_table(table, path + ".parquet")
        if polars:
            # It has no decimals of 256 bits.
            known = [field.name for field in table.schema if not pa.types.is_decimal256(field.type)]
            assert polars.read_ipc(path, columns=known).height == table.num_rows
    print(json.dumps([str(field.type) for field in table.schema]))
    sys.exit()

chance = random.Random(16)
ROWS = 1500


def maybe(make):
    return [None if chance.random() < 0.1 else make() for _ in range(ROWS)]


def number(digits):
    return chance.randrange(-(10**digits) + 1, 10**digits)


def scaled(digits, scale):
    return decimal.Decimal(number(digits)).scaleb(-scale, decimal.Context(prec=90))


def single():
    return struct.unpack("f", struct.pack("f", chance.gauss(0, 1000)))[0]


def words():
    return chance.choice(["a,b", 'q"q', "é\n", "漢", "plain", "", "x" * chance.randrange(1, 90)])


columns = {
    "i8": (pa.int8(), maybe(lambda: chance.randrange(-128, 128))),
    "u8": (pa.uint8(), maybe(lambda: chance.randrange(256))),
    "i16": (pa.int16(), maybe(lambda: chance.randrange(-(2**15), 2**15))),
    "u16": (pa.uint16(), maybe(lambda: chance.randrange(2**16))),
    "i32": (pa.int32(), maybe(lambda: chance.randrange(-(2**31), 2**31))),
    "u32": (pa.uint32(), maybe(lambda: chance.randrange(2**32))),
    "i64": (pa.int64(), maybe(lambda: chance.randrange(-(2**63), 2**63) >> chance.randrange(64))),
    "u64": (pa.uint64(), maybe(lambda: chance.randrange(2**64) >> chance.randrange(64))),
    "steps": (pa.int64(), list(range(0, 3 * ROWS, 3))),
    "f64": (pa.float64(), maybe(lambda: chance.choice([float("nan"), -0.0, chance.gauss(0, 1) * 10 ** chance.randrange(-20, 20)]))),
    "f32": (pa.float32(), maybe(single)),
    "f16": (pa.float16(), maybe(lambda: chance.randrange(-2048, 2048) / 16)),
    "flag": (pa.bool_(), maybe(lambda: chance.random() < 0.5)),
    "d9": (pa.decimal128(9, 2), maybe(lambda: scaled(9, 2))),
    "d38": (pa.decimal128(38, 10), maybe(lambda: scaled(chance.randrange(1, 39), 10))),
    "d76": (pa.decimal256(76, 30), maybe(lambda: scaled(chance.randrange(1, 77), 30))),
    "text": (pa.string(), maybe(words)),
    "large": (pa.large_string(), maybe(words)),
    "bytes": (pa.binary(), maybe(lambda: "é".encode() + str(number(3)).encode())),
    "large_bytes": (pa.large_binary(), maybe(lambda: str(number(3)).encode())),
    "four": (pa.binary(4), maybe(lambda: str(chance.randrange(1000, 10000)).encode())),
    "date": (pa.date32(), maybe(lambda: datetime.date(1, 1, 1) + datetime.timedelta(days=chance.randrange(3652059)))),
    "time_ms": (pa.time32("ms"), maybe(lambda: chance.randrange(86400 * 10**3))),
    "time_us": (pa.time64("us"), maybe(lambda: chance.randrange(86400 * 10**6))),
    "time_ns": (pa.time64("ns"), maybe(lambda: chance.randrange(86400 * 10**9))),
    "ms": (pa.timestamp("ms"), maybe(lambda: number(13))),
    "us": (pa.timestamp("us"), maybe(lambda: number(16))),
    "ns": (pa.timestamp("ns"), maybe(lambda: number(18))),
    "utc": (pa.timestamp("us", tz="Europe/Paris"), maybe(lambda: number(16))),
    "none": (pa.null(), [None] * ROWS),
    "uuid": (pa.uuid(), maybe(lambda: uuid.UUID(int=chance.getrandbits(128)))),
}


def array(kind, values):
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array([None if v is None else v.bytes for v in values], kind.storage_type))
    return pa.array(values, kind)


plain = pa.table({name: array(kind, values) for name, (kind, values) in columns.items()})

# What Parquet keeps in another type: here as Arrow has it, there as the texts of the same values are the same.
seconds = maybe(lambda: number(10))
clocks = maybe(lambda: chance.randrange(86400))
days = maybe(lambda: chance.randrange(-700000, 2900000))
small, middle = maybe(lambda: scaled(9, 3)), maybe(lambda: scaled(18, 4))
colours = maybe(lambda: chance.choice(["red", "green", "blue", ""]))
dates = maybe(lambda: datetime.date(2020, 1, chance.randrange(1, 29)))
long = maybe(lambda: "a text that no view has room for " + str(number(4)))


def encoded(values, kind):
    if not pa.types.is_dictionary(kind):
        return values.cast(kind)
    words = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(words.indices.cast(kind.index_type), words.dictionary)


def named(types):
    s, t, d, a, b, c, e, v = types
    return pa.table(
        {
            "s": pa.array(seconds, s) if s == pa.timestamp("s") else pa.array([None if x is None else x * 1000 for x in seconds], s),
            "t": pa.array(clocks, t) if t == pa.time32("s") else pa.array([None if x is None else x * 1000 for x in clocks], t),
            "d": pa.array([None if x is None else x * 86400000 for x in days], pa.int64()).cast(d) if d == pa.date64() else pa.array(days, pa.int32()).cast(d),
            "a": pa.array(small, a),
            "b": pa.array(middle, b),
            "c": encoded(pa.array(colours), c),
            "e": encoded(pa.array(dates), e),
            "v": pa.array(long).cast(v),
        }
    )


in_arrow = named(
    [pa.timestamp("s"), pa.time32("s"), pa.date64(), pa.decimal32(9, 3), pa.decimal64(18, 4)]
    + [pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.uint16(), pa.date32()), pa.string_view()]
)
in_parquet = named(
    [pa.timestamp("ms"), pa.time32("ms"), pa.date32(), pa.decimal128(9, 3), pa.decimal128(18, 4), pa.string(), pa.date32(), pa.string()]
)

files = []


def same(path, parquet, options):
    files.append({"path": path, "parquet": parquet, "options": options})


def parquet(table, name):
    path = f"{folder}/{name}.parquet"
    pq.write_table(table, path)
    return path


def write(table, like, form, batch, **options):
    path = f"{folder}/{len(files)}.arrow"
    make = ipc.new_file if form == "file" else ipc.new_stream
    with make(path, table.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=batch)
    same(path, like, f"pyarrow {form} {batch} {options}")


plain_parquet, other_parquet = parquet(plain, "plain"), parquet(in_parquet, "other")
for i, (form, codec) in enumerate(itertools.product(["file", "stream"], [None, "lz4", "zstd"])):
    batch = [ROWS, 100, 333][i % 3]
    write(plain, plain_parquet, form, batch, compression=codec)
    write(in_arrow, other_parquet, form, batch, compression=codec)
# Slices begin in the middle of bytes and texts.
write(plain.slice(101, 777), parquet(plain.slice(101, 777), "slice"), "file", 50)
write(plain.slice(0, 0), parquet(plain.slice(0, 0), "empty"), "file", 50)
write(plain, plain_parquet, "file", 700, metadata_version=ipc.MetadataVersion.V4)

# Dictionaries that grow, and that are replaced.
parts = [["a", "b", None], ["b", "a", "c"], ["d", "c", "a"]]
grown, together = [], []
for part in parts:
    grown += [word for word in dict.fromkeys(part) if word is not None and word not in grown]
    together.append(pa.DictionaryArray.from_arrays(pa.array([None if w is None else grown.index(w) for w in part], pa.int32()), pa.array(list(grown))))
apart = [pa.array(part).dictionary_encode() for part in parts]
words_parquet = parquet(pa.table({"w": pa.array(sum(parts, []))}), "words")
for form, arrays, options in [("stream", together, {"emit_dictionary_deltas": True}), ("file", together, {"emit_dictionary_deltas": True}), ("stream", together, {}), ("stream", apart, {})]:
    path = f"{folder}/{len(files)}.arrow"
    schema = pa.schema([pa.field("w", together[0].type)])
    with (ipc.new_file if form == "file" else ipc.new_stream)(path, schema, options=ipc.IpcWriteOptions(**options)) as writer:
        for one in arrays:
            writer.write_batch(pa.record_batch([one], schema=schema))
    same(path, words_parquet, f"pyarrow dictionaries {form} {options}")

if polars:
    # Those of the types that it has.
    kept = [name for name in columns if name not in ("d76", "four", "uuid", "none", "f16")]
    frame = polars.from_arrow(plain.select(kept))
    like = parquet(plain.select(kept), "polars")
    other = in_arrow.select(["c", "v", "e"]).cast(pa.schema([("c", pa.dictionary(pa.uint32(), pa.string())), ("v", pa.string()), ("e", pa.date32())]))
    second = polars.from_arrow(other)
    second_like = parquet(in_parquet.select(["c", "v", "e"]), "polars-other")
    for codec in ["uncompressed", "lz4", "zstd"]:
        for one, its in [(frame, like), (second, second_like)]:
            path = f"{folder}/{len(files)}.arrow"
            one.write_ipc(path, compression=codec)
            same(path, its, f"polars file {codec}")
            path = f"{folder}/{len(files)}.arrow"
            one.write_ipc_stream(path, compression=codec)
            same(path, its, f"polars stream {codec}")
            path = f"{folder}/{len(files)}.arrow"
            one.write_ipc(path, compression=codec, compat_level=polars.CompatLevel.oldest())
            same(path, its, f"polars old file {codec}")
if duckdb:
    wanted = [name for name in columns if name not in ("d76", "none", "uuid", "f16", "four")]
    data = duckdb.sql(f"SELECT {', '.join(wanted)} FROM '{plain_parquet}'").to_arrow_table()
    write(data, parquet(data, "duckdb"), "stream", 500, compression="zstd")
    files[-1]["options"] = "duckdb"
    enumerated = duckdb.sql("SELECT (CASE i % 3 WHEN 0 THEN 'yes' WHEN 1 THEN 'no' END)::ENUM('yes', 'no') AS e, i::HUGEINT::DECIMAL(38, 0) AS d FROM range(700) t(i)").to_arrow_table()
    write(enumerated, parquet(enumerated.cast(pa.schema([("e", pa.string()), ("d", pa.decimal128(38, 0))])), "enumerated"), "file", 300)

# What has no form in a table, by its name.
refused = {
    "list": pa.array([[1]]),
    "list_view": pa.array([[1]], pa.list_view(pa.int8())),
    "fixed_list": pa.array([[1, 2]], pa.list_(pa.int8(), 2)),
    "struct": pa.array([{"a": 1}]),
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
    "union": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
    "duration": pa.array([1], pa.duration("s")),
    "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
    "run_end": pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), pa.array(["a"])),
    "extension": pa.ExtensionArray.from_storage(pa.opaque(pa.int64(), "thing", "vendor"), pa.array([1])),
    "flag8": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1], pa.int8())),
    "negative_scale": pa.array([None], pa.decimal128(5, -2)),
}
bad = {}
for name, values in refused.items():
    bad[name] = f"{folder}/{name}.arrow"
    table = pa.table({name: values})
    with ipc.new_file(bad[name], table.schema) as writer:
        writer.write_table(table)
print(json.dumps({"files": files, "refused": bad, "libraries": [one.__name__ for one in (polars, duckdb) if one]}))
