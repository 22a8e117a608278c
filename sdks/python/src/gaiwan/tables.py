"""Tables in and out: pandas and Arrow, as CSV, Parquet or Arrow's own file. Both libraries are optional."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Union

if TYPE_CHECKING:
    import pandas
    import pyarrow

FORMATS = ("csv", "parquet", "arrow")

Table = Union["pandas.DataFrame", "pyarrow.Table"]


def write_table(table: Any, target: BinaryIO, format: str) -> None:
    """Writes a DataFrame (without its index), or a Table of Arrow."""
    _check(format)
    if _is_frame(table):
        if format == "csv":
            table.to_csv(target, index=False)
            return
        pyarrow = _pyarrow()
        table = pyarrow.Table.from_pandas(table, preserve_index=False)
    pyarrow = _pyarrow()
    if not isinstance(table, pyarrow.Table):
        raise TypeError(f"a table is a DataFrame of pandas or a Table of Arrow, not a {type(table).__name__}")
    if format == "csv":
        from pyarrow import csv

        csv.write_csv(table, target)
    elif format == "parquet":
        from pyarrow import parquet

        parquet.write_table(table, target)
    else:
        with pyarrow.ipc.new_file(target, table.schema) as writer:
            writer.write_table(table)


def read_frame(source: BinaryIO, format: str, **options: Any) -> pandas.DataFrame:
    """options: of pandas' `read_csv`, where the format is that."""
    _check(format)
    pandas = _pandas()
    if format == "csv":
        return _as_frame(pandas.read_csv(source, **options))
    return _as_frame(read_arrow(source, format).to_pandas())


def _as_frame(frame: Any) -> pandas.DataFrame:
    found: pandas.DataFrame = frame
    return found


def read_arrow(source: BinaryIO, format: str) -> pyarrow.Table:
    _check(format)
    pyarrow = _pyarrow()
    if format == "csv":
        from pyarrow import csv

        return csv.read_csv(source)
    if format == "parquet":
        from pyarrow import parquet

        return parquet.read_table(io.BytesIO(source.read()))
    return pyarrow.ipc.open_file(io.BytesIO(source.read())).read_all()


def _check(format: str) -> None:
    if format not in FORMATS:
        raise ValueError(f"a format is one of {', '.join(FORMATS)}, not {format!r}")


def _is_frame(table: Any) -> bool:
    return type(table).__module__.split(".")[0] == "pandas"


def _pandas() -> Any:
    try:
        import pandas
    except ModuleNotFoundError:
        raise ModuleNotFoundError("This wants pandas: pip install 'gaiwan[pandas]'") from None
    return pandas


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ModuleNotFoundError:
        raise ModuleNotFoundError("This wants pyarrow: pip install 'gaiwan[arrow]'") from None
    return pyarrow
