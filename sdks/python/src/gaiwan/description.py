"""A computation as one file describes it (TOML): the same file as `gaiwan tasks create --file` takes (docs/start/two-banks.md)."""

from __future__ import annotations

import math
import pathlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .arguments import canonical_arguments, float_text
from .errors import GaiwanError
from .functions import FunctionInfo
from .manifest import Manifest, ManifestFile, name_of
from .trust import parse_toml

MAX_TEXT = 1 << 20
_NAME = re.compile(r"[^\W_][\w.-]{0,63}")
_HEX32 = re.compile("[0-9a-f]{64}")
#: What the file calls each limit; what the platform and manifests call it; how many of the platform's units are one of the file's.
_LIMITS = {
    "seconds": ("time_ms", "timeMs", 1000),
    "processor_seconds": ("cpu_ms", "cpuMs", 1000),
    "memory_mib": ("memory_mib", "memoryMiB", 1),
    "output_bytes": ("output_bytes", "outputBytes", 1),
    "log_bytes": ("log_bytes", "logBytes", 1),
    "files": ("files", "files", 1),
    "input_bytes": ("staged_bytes", "stagedBytes", 1),
    "transfer_seconds": ("transfer_ms", "transferMs", 1000),
}


@dataclass(frozen=True)
class Party:
    #: What the file calls it.
    name: str
    #: The account's id on the platform.
    user: str
    #: The id of the key that its account must act with.
    key: str | None = None


@dataclass(frozen=True)
class DescribedFunction:
    name: str | None = None
    id: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class DescribedSlot:
    #: Users.
    owners: tuple[str, ...]
    #: Of an input that is a table with a header: exactly these columns, in any order.
    columns: tuple[str, ...] | None = None
    #: Of an output: what its owner calls the file.
    file: str | None = None


@dataclass(frozen=True)
class Description:
    name: str
    creator: str
    parties: tuple[Party, ...]
    function: DescribedFunction
    executor: str
    #: JSON text, with numbers as the file has them: 2.0 stays 2.0.
    arguments: str
    inputs: Mapping[str, DescribedSlot]
    outputs: Mapping[str, DescribedSlot]
    #: As `tasks.create` takes them.
    limits: Mapping[str, int]
    logs: tuple[str, ...]
    repeat: bool

    @staticmethod
    def read(path: str | pathlib.Path) -> Description:
        """Raises `GaiwanError` (usage): whatever is missing, unknown or of another type is named with its place."""
        try:
            with open(path, "rb") as file:
                data = file.read(MAX_TEXT + 1)
        except OSError as cause:
            raise GaiwanError("usage", f"{path} cannot be read: {cause}") from cause
        if len(data) > MAX_TEXT:
            raise GaiwanError("usage", f"{path} has more than {MAX_TEXT} bytes: it describes no computation.")
        try:
            return Description.parse(data.decode("utf8"), str(path))
        except UnicodeDecodeError as cause:
            raise GaiwanError("usage", f"{path} is no UTF-8 text.") from cause

    @staticmethod
    def parse(text: str, place: str = "The description") -> Description:
        try:
            value = parse_toml(text)
        except (ValueError, RecursionError) as cause:
            raise GaiwanError("usage", f"{place} is no TOML: {cause}") from cause
        return _description(_Fields(value, place))

    def check_fits(self, function: FunctionInfo) -> None:
        """The task of this file is one that the function takes. Raises `GaiwanError` (usage)."""
        import json

        given = set(json.loads(self.arguments))
        free = {one.key for one in function.arguments if one.allow_overwrite}
        wrong = [f"[arguments] has {key}, which it does not take" for key in sorted(given - free)]
        wrong += [f"[arguments] lacks {key}" for key in sorted(free - given)]
        wrong += [f"it fixes the argument {one.key}, which a file cannot say" for one in function.arguments if not one.allow_overwrite]
        for table, have, known in (("inputs", self.inputs, function.inputs), ("outputs", self.outputs, function.outputs)):
            names = {one.name for one in known}
            wrong += [f"[{table}.{slot}] is none of its {table}" for slot in sorted(set(have) - names)]
            wrong += [f"[{table}.{one.name}] is missing" for one in known if not one.optional and one.name not in have]
        if wrong:
            raise GaiwanError("usage", f"The file does not fit {function.name} ({function.function_id}): {'; '.join(wrong)}.")

    def differences(self, manifest: Manifest) -> tuple[str, ...]:
        """In what a task on the platform is not what this says, in words for those who are to approve it. Empty: nothing differs."""
        function, wanted = manifest.function, self.function
        creator = name_of(manifest.creator)
        found = []
        if creator != self.creator:
            found.append(f"its creator is {creator}, not {self.creator}")
        if wanted.id not in (None, function.id):
            found.append(f"its function is {function.id}, not {wanted.id}")
        if wanted.name not in (None, function.name):
            found.append(f"its function is called {function.name}, not {wanted.name}")
        if (wanted.name or "").startswith("builtin-") and function.executor_type != "builtin":
            found.append(f"its function is code of {name_of(function.owner)} for {function.executor_type}, not the built-in function")
        if wanted.version not in (None, function.version):
            found.append(f"its function has the version {function.version}, not {wanted.version}")
        if manifest.executor != self.executor:
            found.append(f"it is run by the executor {manifest.executor}, not {self.executor}")
        if canonical_arguments(self.arguments) != manifest.arguments:
            found.append(f"its arguments are {manifest.arguments}, not {self.arguments}")
        found += _slot_differences("input", self.inputs, manifest.inputs) + _slot_differences("output", self.outputs, manifest.outputs)
        found += self._party_differences(manifest)
        for name, on_wire, _unit in _LIMITS.values():
            if name in self.limits and manifest.limits[on_wire] != self.limits[name]:
                found.append(f"its limit {on_wire} is {manifest.limits[on_wire]}, not {self.limits[name]}")
        if tuple(sorted(manifest.logs)) != self.logs:
            found.append(f"its log is for {', '.join(manifest.logs) or 'nobody'}, not for {', '.join(self.logs) or 'nobody'}")
        if manifest.repeat != self.repeat:
            found.append("it is run twice, not once" if manifest.repeat else "it is run once, not twice")
        return tuple(found)

    def _party_differences(self, manifest: Manifest) -> list[str]:
        users = {one.user for one in self.parties}
        authorities = {name_of(one.subject): one.authority for one in manifest.participants}
        # Whoever brings a private function takes part in its tasks: the description need not say so.
        strangers = [
            one.subject for one in manifest.participants if one.subject != manifest.function.owner and name_of(one.subject) not in users
        ]
        keyed = [
            f"{one.user} acts with {authorities.get(one.user, 'nothing')}, not with the key {one.key}"
            for one in self.parties
            if one.key is not None and authorities.get(one.user) != f"key:{one.key}"
        ]
        return [f"{subject} takes part" for subject in strangers] + keyed

    def require_same(self, manifest: Manifest) -> None:
        """Raises `GaiwanError` (task-differs) unless the task is exactly what the file says."""
        found = self.differences(manifest)
        if found:
            raise GaiwanError("task-differs", f"The task is not what {self.name} describes: {'; '.join(found)}.")


def _slot_differences(what: str, wanted: Mapping[str, DescribedSlot], has: Sequence[ManifestFile]) -> list[str]:
    owners = {one.slot: sorted(name_of(subject) for subject in one.owners) for one in has}
    found = []
    for slot, one in wanted.items():
        if slot not in owners:
            found.append(f"it has no {what} {slot}")
        elif owners[slot] != sorted(one.owners):
            found.append(f"its {what} {slot} is of {', '.join(owners[slot])}, not of {', '.join(sorted(one.owners))}")
    return found + [f"it has the {what} {slot}, of {', '.join(by)}" for slot, by in owners.items() if slot not in wanted]


class _Fields:
    """Members of a table, each of which must be read."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise GaiwanError("usage", f"{place} is no table.")
        self._value, self._place, self._read = value, place, set[str]()

    def wrong(self, what: str) -> GaiwanError:
        return GaiwanError("usage", f"{self._place} {what}.")

    def take(self, name: str) -> Any:
        self._read.add(name)
        return self._value.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._value)

    def table(self, name: str, *, optional: bool = False) -> _Fields:
        value = self.take(name)
        if value is None and not optional:
            raise self.wrong(f"lacks the table [{name}]")
        return _Fields({} if value is None else value, f"{self._place}: [{name}]")

    def text(self, name: str, default: str | None = None) -> str:
        value = self.take(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or value in ("", "?"):
            raise self.wrong(f'still has to be told what "{name}" is')
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self.take(name) is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.take(name)
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found or not all(isinstance(one, str) and one not in ("", "?") for one in found):
            raise self.wrong(f'has in "{name}" neither a text nor a list of texts')
        return tuple(found)

    def flag(self, name: str) -> bool:
        value = self.take(name)
        if value not in (None, True, False):
            raise self.wrong(f'has in "{name}" neither true nor false')
        return bool(value)

    def end(self) -> None:
        unknown = sorted(set(self._value) - self._read)
        if unknown:
            raise self.wrong(f"has {unknown[0]!r}, which is not known")


def _description(fields: _Fields) -> Description:
    parties = _parties(fields.table("parties"))
    users = {one.name: one.user for one in parties}

    def user_of(name: str) -> str:
        if name not in users:
            raise fields.wrong(f"names {name!r}, which is no party: [parties] has {', '.join(users)}")
        return users[name]

    name = fields.text("name")
    if not _NAME.fullmatch(name) or name.startswith("task-"):
        raise fields.wrong(f'is called {name!r}: a name has up to 64 letters, digits, ".", "_" and "-", and does not begin with "task-"')
    creator = user_of(fields.text("creator"))
    function = _function(fields)
    executor = fields.text("executor", "builtin")
    arguments = fields.take("arguments")
    if isinstance(arguments, dict):
        for key, value in arguments.items():
            if value == "?":
                raise fields.wrong(f'still has to be told what the argument "{key}" is')
    inputs = {slot: _slot(one, "from", user_of) for slot, one in _tables(fields, "inputs")}
    outputs = {slot: _slot(one, "to", user_of) for slot, one in _tables(fields, "outputs")}
    limits = _limits(fields.table("limits", optional=True))
    logs = fields.texts("logs") if "logs" in fields.names() and fields.take("logs") != [] else ()
    if not set(logs) <= {"creator", "function-owner"}:
        raise fields.wrong('has in "logs" what is neither creator nor function-owner')
    found = Description(
        name=name,
        creator=creator,
        parties=parties,
        function=function,
        executor=executor,
        arguments=_json_text({} if arguments is None else arguments, fields),
        inputs=inputs,
        outputs=outputs,
        limits=limits,
        logs=tuple(sorted(set(logs))),
        repeat=fields.flag("repeat"),
    )
    fields.end()
    busy = {creator} | {owner for one in (*inputs.values(), *outputs.values()) for owner in one.owners}
    for party in parties:
        if party.user not in busy:
            raise fields.wrong(f"names the party {party.name!r}, which neither gives nor gets anything")
    return found


def _tables(fields: _Fields, name: str) -> list[tuple[str, _Fields]]:
    tables = fields.table(name, optional=True)
    return [(slot, tables.table(slot)) for slot in tables.names()]


def _parties(fields: _Fields) -> tuple[Party, ...]:
    found = []
    for name in fields.names():
        value = fields.take(name)
        if isinstance(value, str):
            found.append(Party(name, fields.text(name)))
            continue
        one = fields.table(name)
        key = one.optional_text("key")
        found.append(Party(name, one.text("user"), key))
        one.end()
        if key is not None and not _HEX32.fullmatch(key):
            raise one.wrong('has a "key" that is no id of one: 64 hex digits')
    users = [one.user for one in found]
    if not found or len(set(users)) != len(users):
        raise fields.wrong("names nobody, or somebody twice")
    return tuple(found)


def _function(fields: _Fields) -> DescribedFunction:
    value = fields.take("function")
    if isinstance(value, str):
        text = fields.text("function")
        return DescribedFunction(id=text) if text.startswith("function-") else DescribedFunction(name=text)
    table = fields.table("function")
    if "project" in table.names():
        raise table.wrong("names a project: this SDK reads none, so give the function's name or id, with its version")
    found = DescribedFunction(table.optional_text("name"), table.optional_text("id"), table.optional_text("version"))
    table.end()
    if found.version is not None and not _HEX32.fullmatch(found.version):
        raise table.wrong('has a "version" that is none: the 64 hex digits of its hash')
    if found.name is None and found.id is None:
        raise table.wrong('says neither "name" nor "id"')
    return found


def _slot(fields: _Fields, owners: str, user_of: Any) -> DescribedSlot:
    users = tuple(user_of(name) for name in fields.texts(owners))
    columns = file = None
    if owners == "from" and "columns" in fields.names():
        columns = fields.texts("columns")
        if len(set(columns)) != len(columns):
            raise fields.wrong("names a column twice")
    if owners == "to":
        file = fields.optional_text("file")
        if file is not None and not _NAME.fullmatch(file):
            raise fields.wrong(f"calls its file {file!r}: give a bare name")
    fields.end()
    return DescribedSlot(users, columns, file)


def _limits(fields: _Fields) -> Mapping[str, int]:
    found = {}
    for name, (limit, _, unit) in _LIMITS.items():
        value = fields.take(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 40:
            raise fields.wrong(f'has in "{name}" no whole number above 0')
        found[limit] = value * unit
    fields.end()
    return found


def _json_text(value: Any, fields: _Fields) -> str:
    import json

    if isinstance(value, (bool, int, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and math.isfinite(value):
        return float_text(value)
    if isinstance(value, list):
        return "[" + ",".join(_json_text(one, fields) for one in value) + "]"
    if isinstance(value, dict):
        members = (f"{json.dumps(name, ensure_ascii=False)}:{_json_text(one, fields)}" for name, one in value.items())
        return "{" + ",".join(members) + "}"
    raise fields.wrong("has an argument that JSON has no form for: a date, or a number that is none")
