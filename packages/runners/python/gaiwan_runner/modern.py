"""The modern entry: `def main(inputs, outputs, args)`; files by name, arguments and result as JSON."""

import io
import json
import traceback

from .arguments import parse
from .channel import ProtocolError, Refused, refusal_behind
from .constants import MAX_MESSAGE, MAX_RESULT, UNKNOWN_INPUT, UNKNOWN_OUTPUT
from .raw import RawInput, RawOutput


class Failed(Exception):
    """The function refused or failed; the text is for those who may see the task's result.

    `refusal` is the code of the worker's refusal that the function failed of, or None.
    """

    def __init__(self, message: str, refusal=None):
        super().__init__(message)
        self.refusal = refusal


class _Files:
    """A read-only mapping from names to open binary files."""

    def __init__(self, channel, kind, raw, names):
        self._channel, self._kind, self._raw, self._names, self._open = channel, kind, raw, names, {}

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)

    def __contains__(self, name):
        return name in self._names

    def keys(self):
        return list(self._names)

    def open(self, name):
        """A binary file; of an input a new one from its first byte, of an output one that starts empty."""
        if name not in self._names:
            have = ", ".join(self._names) or "none"
            error = KeyError(f"the task has no {self._kind} {name!r}; it has: {have}")
            # The worker need not be asked: it told the names.
            error.refusal = UNKNOWN_INPUT if self._kind == "input" else UNKNOWN_OUTPUT
            raise error
        try:
            file = self._raw(self._channel, name).buffered()
        except (Refused, ProtocolError) as refused:
            raise OSError(f"cannot open {self._kind} {name!r}: {refused}") from refused
        self._open[name] = file
        return file

    def __getitem__(self, name):
        """The file that is open under this name, or a new one."""
        file = self._open.get(name)
        return self.open(name) if file is None or file.closed else file

    def text(self, name, encoding="utf-8", newline=None):
        """The same as text. Line ends become LF in what is read, and stay as they are in what is written."""
        file = io.TextIOWrapper(self.open(name), encoding, newline=newline if self._kind == "input" else newline or "")
        self._open[name] = file
        return file

    def close(self):
        for file in self._open.values():
            if not file.closed:
                file.close()


class Inputs(_Files):
    def __init__(self, channel, inputs):
        self._sizes = {entry["name"]: entry["size"] for entry in inputs}
        super().__init__(channel, "input", RawInput, list(self._sizes))

    def size(self, name):
        """Bytes of an input, without opening it."""
        return self._sizes[name]


class Outputs(_Files):
    def __init__(self, channel, outputs):
        super().__init__(channel, "output", RawOutput, list(outputs))


def run(code, names: dict, job: dict, channel, is_own) -> bytes:
    """The job's result. Raises `Failed`."""
    inputs, outputs = Inputs(channel, job["inputs"]), Outputs(channel, job["outputs"])
    try:
        exec(code, names)
        value = names["main"](inputs, outputs, parse(job["arguments"]))
        outputs.close()
        result = _encode(value)
    except MemoryError:
        raise
    except BaseException as error:
        traceback.print_exc()
        raise Failed(explain(error, is_own), refusal_behind(error)) from None
    # The worker refuses a longer result: one byte too many is enough for it to do so.
    return result[: MAX_RESULT + 1]


def _encode(value) -> bytes:
    """None is nothing; text and bytes are themselves; all else is JSON."""
    if value is None:
        return b""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain).encode("utf-8")


def _plain(value):
    """Numbers and arrays of NumPy, without importing it."""
    for method in ("tolist", "item"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise TypeError(f"the result holds a {type(value).__name__}, which is no JSON")


def explain(error: BaseException, is_own) -> str:
    """The error in one line, then the function's own lines that led to it."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if is_own(frame.filename)]
    if isinstance(error, SyntaxError) and error.filename and is_own(error.filename):
        own.append(traceback.FrameSummary(error.filename, error.lineno or 0, "module", lookup_line=False))
    text = "".join(traceback.format_exception_only(error)[-1:]).strip()
    lines = [f"  {_short(frame.filename)}, line {frame.lineno}, in {frame.name}" for frame in own[-8:]]
    return "\n".join([text[: MAX_MESSAGE // 2], *lines])[:MAX_MESSAGE]


def _short(filename: str) -> str:
    return filename.rpartition("/")[2]
