"""Writes Parquet files with pyarrow in many ways; prints their names, and the texts that each cell of them should be read as."""

import datetime
import decimal
import itertools
import json
import random
import struct
import sys
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
chance = random.Random(16)
ROWS = 2500
EPOCH = datetime.datetime(1970, 1, 1)


def maybe(make):
    return [None if chance.random() < 0.1 else make() for _ in range(ROWS)]


def stamp(value, digits, zone=""):
    seconds, fraction = divmod(value, 10**digits)
    text = (EPOCH + datetime.timedelta(seconds=seconds)).isoformat()
    return text + ("." + str(fraction).rjust(digits, "0").rstrip("0") if fraction else "") + zone


def clock(value, digits):
    return stamp(value, digits)[11:]


def plain(value):
    return format(decimal.Decimal(value), "f")


def number(digits):
    return chance.randrange(-(10**digits) + 1, 10**digits)


# By column: its type, its values, and how each is read.
columns = {
    "i8": (pa.int8(), maybe(lambda: chance.randrange(-128, 128)), str),
    "u8": (pa.uint8(), maybe(lambda: chance.randrange(256)), str),
    "u16": (pa.uint16(), maybe(lambda: chance.randrange(2**16)), str),
    "i32": (pa.int32(), maybe(lambda: chance.randrange(-(2**31), 2**31)), str),
    "u32": (pa.uint32(), maybe(lambda: chance.randrange(2**32)), str),
    "i64": (pa.int64(), maybe(lambda: chance.randrange(-(2**63), 2**63)), str),
    "u64": (pa.uint64(), maybe(lambda: chance.randrange(2**64)), str),
    "steps": (pa.int64(), list(range(0, 3 * ROWS, 3)), str),
    "f64": (pa.float64(), maybe(lambda: chance.gauss(0, 1) * 10 ** chance.randrange(-20, 20)), lambda x: ["f64", x]),
    "f32": (pa.float32(), maybe(lambda: struct.unpack("f", struct.pack("f", chance.gauss(0, 1000)))[0]), lambda x: ["f32", x]),
    "f16": (pa.float16(), maybe(lambda: chance.randrange(-2048, 2048) / 16), lambda x: ["f64", x]),
    "flag": (pa.bool_(), maybe(lambda: chance.random() < 0.5), lambda x: "true" if x else "false"),
    "d9": (pa.decimal128(9, 2), maybe(lambda: decimal.Decimal(number(9)).scaleb(-2)), plain),
    "d38": (pa.decimal128(38, 10), maybe(lambda: decimal.Decimal(number(38)).scaleb(-10, decimal.Context(prec=60))), plain),
    "d76": (pa.decimal256(76, 30), maybe(lambda: decimal.Decimal(number(76)).scaleb(-30, decimal.Context(prec=90))), plain),
    "text": (pa.string(), maybe(lambda: chance.choice(["a,b", 'q"q', "é\n", "漢", "plain", "x" * chance.randrange(1, 90)])), str),
    "word": (pa.dictionary(pa.int8(), pa.string()), maybe(lambda: chance.choice(["red", "green", "blue"])), str),
    "large": (pa.large_string(), maybe(lambda: "prefix/" + str(number(4))), str),
    "bytes": (pa.binary(), maybe(lambda: "é".encode() + str(number(3)).encode()), lambda x: x.decode()),
    "date": (pa.date32(), maybe(lambda: datetime.date(1, 1, 1) + datetime.timedelta(days=chance.randrange(3652059))), str),
    "time_ms": (pa.time32("ms"), maybe(lambda: chance.randrange(86400 * 10**3)), lambda x: clock(x, 3)),
    "time_us": (pa.time64("us"), maybe(lambda: chance.randrange(86400 * 10**6)), lambda x: clock(x, 6)),
    "time_ns": (pa.time64("ns"), maybe(lambda: chance.randrange(86400 * 10**9)), lambda x: clock(x, 9)),
    "ms": (pa.timestamp("ms"), maybe(lambda: number(13)), lambda x: stamp(x, 3)),
    "us": (pa.timestamp("us"), maybe(lambda: number(16)), lambda x: stamp(x, 6)),
    "ns": (pa.timestamp("ns"), maybe(lambda: number(18)), lambda x: stamp(x, 9)),
    "utc": (pa.timestamp("us", tz="Europe/Paris"), maybe(lambda: number(16)), lambda x: stamp(x, 6, "Z")),
    "none": (pa.null(), [None] * ROWS, str),
    "uuid": (pa.uuid(), maybe(lambda: uuid.UUID(int=chance.getrandbits(128))), str),
}


def array(kind, values):
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array([None if v is None else v.bytes for v in values], kind.storage_type))
    if pa.types.is_float16(kind):
        import numpy

        return pa.array([None if v is None else numpy.float16(v) for v in values], kind)
    return pa.array(values, kind)


table = pa.table({name: array(kind, values) for name, (kind, values, _) in columns.items()})
wanted = {name: ["" if v is None else text(v) for v in values] for name, (_, values, text) in columns.items()}

ENCODINGS = {
    "DELTA_BINARY_PACKED": ["i8", "u8", "u16", "i32", "u32", "i64", "u64", "steps"],
    "DELTA_LENGTH_BYTE_ARRAY": ["text", "large"],
    "DELTA_BYTE_ARRAY": ["text", "large", "bytes"],
    "BYTE_STREAM_SPLIT": ["f64", "f32", "i32", "i64", "uuid", "d9"],
    "RLE": ["flag"],
}
files = []


def write(data, **options):
    path = f"{folder}/{len(files)}.parquet"
    pq.write_table(data, path, **options)
    files.append({"path": path, "columns": data.column_names, "options": repr(options)})


# Older versions of the format have no nanoseconds.
older = table.drop_columns(["ns", "time_ns"])
codecs = ["NONE", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4"]
for i, (codec, version, dictionary) in enumerate(itertools.product(codecs, ["1.0", "2.0"], [True, False])):
    of_format = ["2.6", "1.0", "2.4"][i % 3]
    write(
        table if of_format == "2.6" else older,
        compression=codec,
        data_page_version=version,
        use_dictionary=dictionary,
        row_group_size=[100, 999, ROWS][i % 3],
        data_page_size=[64, 1024, 1 << 20][i // 2 % 3],
        write_page_checksum=i % 2 == 0,
        version=of_format,
        store_schema=i % 4 != 0,
    )
for encoding, names in ENCODINGS.items():
    for version in ["1.0", "2.0"]:
        write(
            table.select(names),
            column_encoding={name: encoding for name in names},
            use_dictionary=False,
            data_page_version=version,
            compression="ZSTD",
            data_page_size=512,
        )
write(table.select(["ns", "us", "ms"]), use_deprecated_int96_timestamps=True)
required = pa.schema([pa.field("steps", pa.int64(), nullable=False)])
write(table.select(["steps"]).cast(required), data_page_size=100)
print(json.dumps({"files": files, "wanted": wanted}))
