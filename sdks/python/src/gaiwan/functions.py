"""Functions: what may be computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.empty_pb2 import Empty

from ._proto.gaiwan.v1 import platform_pb2 as v1
from ._proto.teaclave import teaclave_frontend_service_pb2 as api
from .attestation import strict_json
from .attestation.refusal import Refusal
from .errors import GaiwanError
from .manifest import html_table
from .pages import Page
from .rpc import FRONTEND, Rpc

_SERVICE = "gaiwan.v1.FunctionService"
_LISTS = {
    "registered": v1.FUNCTION_LIST_REGISTERED,
    "allowed": v1.FUNCTION_LIST_ALLOWED,
    "public": v1.FUNCTION_LIST_PUBLIC,
}
_ACCESSES = {
    v1.CODE_ACCESS_SHOWN: "shown",
    v1.CODE_ACCESS_HIDDEN: "hidden",
    v1.CODE_ACCESS_FOR_PARTICIPANTS: "for participants",
    v1.CODE_ACCESS_SIGNATURE_MISSING: "signature missing",
}


@dataclass(frozen=True)
class Argument:
    key: str
    #: What a task gets that may not set it.
    default_value: str = ""
    #: May, and then must, a task set it?
    allow_overwrite: bool = True


@dataclass(frozen=True)
class Slot:
    name: str
    description: str = ""
    optional: bool = False


@dataclass(frozen=True)
class FunctionInfo:
    function_id: str
    name: str
    description: str
    executor_type: str
    owner: str
    public: bool
    payload: bytes = field(repr=False)
    arguments: tuple[Argument, ...]
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    user_allowlist: tuple[str, ...]

    def _repr_html_(self) -> str:
        rows = [
            ("id", self.function_id),
            ("owner", self.owner),
            ("executor type", self.executor_type),
            ("description", self.description),
            ("arguments", ", ".join(one.key for one in self.arguments)),
            ("inputs", ", ".join(one.name for one in self.inputs)),
            ("outputs", ", ".join(one.name for one in self.outputs)),
            ("public", self.public),
        ]
        return html_table(("function", self.name), rows)


@dataclass(frozen=True)
class FunctionCode:
    #: SHA-256 (hex) of the definition, computed here: what manifests call the function's version.
    version: str
    definition: Mapping[str, Any]
    #: shown, hidden (by its owner), for participants (of its tasks), or signature missing (log in with the account's key).
    access: str
    #: None unless it is shown.
    payload: bytes | None = field(repr=False)


def read_code(answer: v1.FunctionCode, expected: str | None = None) -> FunctionCode:
    """The code, if it is what the version's hash names. Raises `GaiwanError` (bad-code)."""
    version = hashlib.sha256(answer.definition).hexdigest()
    if expected is not None and version != expected:
        raise _bad_code(f"its version is {version}, and the manifest names {expected}")
    try:
        text = answer.definition.decode("utf8")
        definition = strict_json.parse(text)
        if not isinstance(definition, dict) or strict_json.canonical(definition) != text:
            raise _bad_code("its definition is not in canonical form")
    except (Refusal, UnicodeDecodeError, TypeError) as cause:
        raise _bad_code("its definition is none") from cause
    if definition.get("format") != "gaiwan-function-version/1":
        raise _bad_code("its definition is of a form that is not known here")
    access = _ACCESSES.get(answer.access)
    if access is None:
        raise _bad_code("it does not say whether the code may be read")
    if access != "shown":
        return FunctionCode(version, definition, access, None)
    if hashlib.sha256(answer.payload).hexdigest() != definition.get("payload"):
        raise _bad_code("the SHA-256 of the code is not what the version names")
    return FunctionCode(version, definition, access, answer.payload)


def _bad_code(why: str) -> GaiwanError:
    return GaiwanError(
        "bad-code",
        f"The platform's answer is not the code of this function: {why}. Do not approve the task, and tell the operator.",
    )


class Functions:
    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def register(
        self,
        name: str,
        executor_type: str,
        payload: bytes = b"",
        *,
        description: str = "",
        public: bool = False,
        arguments: Sequence[Argument] = (),
        inputs: Sequence[Slot] = (),
        outputs: Sequence[Slot] = (),
        user_allowlist: Sequence[str] = (),
        usage_quota: int = -1,
        code_hidden: bool = False,
    ) -> str:
        """Returns the function's id.

        executor_type: builtin, python, wasm, javascript, wamr, or custom:NAME. usage_quota: how often it may run; -1: without limit.
        code_hidden: participants of its tasks cannot read its code.
        """
        request = api.RegisterFunctionRequest(
            name=name,
            description=description,
            executor_type=executor_type,
            public=public,
            payload=payload,
            arguments=[
                api.FunctionArgument(key=a.key, default_value=a.default_value, allow_overwrite=a.allow_overwrite) for a in arguments
            ],
            inputs=[api.FunctionInput(name=s.name, description=s.description, optional=s.optional) for s in inputs],
            outputs=[api.FunctionOutput(name=s.name, description=s.description, optional=s.optional) for s in outputs],
            user_allowlist=user_allowlist,
            usage_quota=usage_quota,
        )
        service, method = (_SERVICE, "RegisterHiddenFunction") if code_hidden else (FRONTEND, "RegisterFunction")
        return self._rpc.call(service, method, request, api.RegisterFunctionResponse).function_id

    def update(
        self,
        function_id: str,
        name: str,
        executor_type: str,
        payload: bytes = b"",
        *,
        description: str = "",
        public: bool = False,
        arguments: Sequence[Argument] = (),
        inputs: Sequence[Slot] = (),
        outputs: Sequence[Slot] = (),
        user_allowlist: Sequence[str] = (),
        usage_quota: int = -1,
        code_hidden: bool = False,
    ) -> str:
        """Makes a new version; tasks that exist keep theirs."""
        request = api.UpdateFunctionRequest(
            function_id=function_id,
            name=name,
            description=description,
            executor_type=executor_type,
            public=public,
            payload=payload,
            arguments=[
                api.FunctionArgument(key=a.key, default_value=a.default_value, allow_overwrite=a.allow_overwrite) for a in arguments
            ],
            inputs=[api.FunctionInput(name=s.name, description=s.description, optional=s.optional) for s in inputs],
            outputs=[api.FunctionOutput(name=s.name, description=s.description, optional=s.optional) for s in outputs],
            user_allowlist=user_allowlist,
            usage_quota=usage_quota,
        )
        service, method = (_SERVICE, "UpdateHiddenFunction") if code_hidden else (FRONTEND, "UpdateFunction")
        return self._rpc.call(service, method, request, api.UpdateFunctionResponse).function_id

    def get(self, function_id: str) -> FunctionInfo:
        found = self._rpc.call(FRONTEND, "GetFunction", api.GetFunctionRequest(function_id=function_id), api.GetFunctionResponse)
        return FunctionInfo(
            function_id=function_id,
            name=found.name,
            description=found.description,
            executor_type=found.executor_type,
            owner=found.owner,
            public=found.public,
            payload=found.payload,
            arguments=tuple(Argument(a.key, a.default_value, a.allow_overwrite) for a in found.arguments),
            inputs=tuple(Slot(s.name, s.description, s.optional) for s in found.inputs),
            outputs=tuple(Slot(s.name, s.description, s.optional) for s in found.outputs),
            user_allowlist=tuple(found.user_allowlist),
        )

    def code(self, function_id: str) -> FunctionCode:
        """The present version and, where the caller may read it, its code, held to the version's hash. Raises `GaiwanError` (bad-code)."""
        request = v1.GetFunctionCodeRequest(function_id=function_id)
        return read_code(self._rpc.call(_SERVICE, "GetFunctionCode", request, v1.FunctionCode))

    def list(self, which: str = "allowed", user: str | None = None, *, page_token: str = "", page_size: int = 0) -> Page[str]:
        """One page of ids. which: registered (by the user), allowed (to it or its group), or public."""
        if which not in _LISTS:
            raise ValueError(f"which is one of {', '.join(_LISTS)}, not {which!r}")
        request = v1.ListFunctionIdsRequest(
            user_id=self._rpc.user or "" if user is None else user, list=_LISTS[which], page_token=page_token, page_size=page_size
        )
        answer = self._rpc.call(_SERVICE, "ListFunctionIds", request, v1.ListFunctionIdsResponse)
        return Page(tuple(answer.function_ids), answer.next_page_token)

    def list_all(self, which: str = "allowed", user: str | None = None) -> Iterator[str]:
        token = ""
        while True:
            page = self.list(which, user, page_token=token)
            yield from page.items
            token = page.next_page_token
            if not token:
                return

    def named(self, name: str) -> FunctionInfo:
        """The one function of this name that the caller may use. Raises `GaiwanError`: unknown-name, ambiguous-name."""
        ids = {one: None for which in _LISTS for one in self.list_all(which)}
        found = [info for info in map(self.get, ids) if info.name == name]
        if len(found) == 1:
            return found[0]
        if not found:
            raise GaiwanError("unknown-name", f"You may use no function that is called {name!r}: whoever owns it registers it for you.")
        raise GaiwanError("ambiguous-name", f"{name!r} may be any of {', '.join(one.function_id for one in found)}: give the id.")

    def disable(self, function_id: str) -> None:
        self._rpc.call(FRONTEND, "DisableFunction", api.DisableFunctionRequest(function_id=function_id), Empty)

    def enable(self, function_id: str) -> None:
        """Lifts a disabling: for whoever disabled it, its owner or an administrator."""
        self._rpc.call(_SERVICE, "EnableFunction", v1.EnableFunctionRequest(function_id=function_id), v1.EnableFunctionResponse)

    def delete(self, function_id: str) -> None:
        self._rpc.call(FRONTEND, "DeleteFunction", api.DeleteFunctionRequest(function_id=function_id), Empty)

    def usage(self, function_id: str) -> tuple[int, int]:
        """Quota (-1: without limit) and use."""
        request = api.GetFunctionUsageStatsRequest(function_id=function_id)
        answer = self._rpc.call(FRONTEND, "GetFunctionUsageStats", request, api.GetFunctionUsageStatsResponse)
        return answer.function_quota, answer.current_usage
