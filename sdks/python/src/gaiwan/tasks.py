"""Tasks, from their making to their result."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.empty_pb2 import Empty

from ._proto.gaiwan.v1 import platform_pb2 as v1
from ._proto.teaclave import teaclave_common_pb2 as common
from ._proto.teaclave import teaclave_frontend_service_pb2 as api
from .arguments import Arguments, arguments_text
from .data import Deletion, RegisteredFiles
from .description import Description
from .errors import GaiwanError
from .functions import FunctionCode, Functions, read_code
from .manifest import Manifest, html_table, read_manifest
from .pages import Page
from .rpc import FRONTEND, Rpc

_SERVICE = "gaiwan.v1.TaskService"
#: Slot name to its owners.
Owners = Mapping[str, str | Sequence[str]]
#: Slot name to data id.
Slots = Mapping[str, str]
_WATCH_PATIENCE = 60.0
_TRANSIENT = {"connection-lost", "cannot-connect", "statement-out-of-time"}
STATUS_NAMES = {
    0: "Created",
    1: "DataAssigned",
    2: "Approved",
    3: "Staged",
    4: "Running",
    10: "Finished",
    20: "Canceled",
    99: "Failed",
}
_LIMITS = {
    "time_ms",
    "cpu_ms",
    "memory_mib",
    "output_bytes",
    "log_bytes",
    "files",
    "staged_bytes",
    "transfer_ms",
}


def status_name(status: int) -> str:
    return STATUS_NAMES.get(status, f"status {status}")


def has_ended(status: int) -> bool:
    """Will it never change again?"""
    return status >= 10


@dataclass(frozen=True)
class TaskResult:
    return_value: bytes
    #: Slot name to the tag (16 bytes) of the output that was written.
    tags: Mapping[str, bytes]
    #: Empty for those who may not read it.
    log: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the function returned, as text."""
        return self.return_value.decode("utf8")


@dataclass(frozen=True)
class TaskState:
    """One moment of a task."""

    status: int
    #: Of one that succeeded.
    result: TaskResult | None
    #: Of one that did not.
    reason: str | None
    attempt: int
    approved_users: tuple[str, ...]
    #: Participants whose accounts are gone, as subjects: the task cannot be invoked any more.
    gone_users: tuple[str, ...]
    #: The operator keeps what the task returned and logged no longer.
    result_deleted: bool

    @property
    def status_name(self) -> str:
        return status_name(self.status)


@dataclass(frozen=True)
class Task:
    task_id: str
    creator: str
    function_id: str
    function_owner: str
    #: Canonical JSON text.
    arguments: str
    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, tuple[str, ...]]
    participants: tuple[str, ...]
    approved_users: tuple[str, ...]
    assigned_inputs: Mapping[str, str]
    assigned_outputs: Mapping[str, str]
    status: int
    result: TaskResult | None = field(repr=False)
    reason: str | None = field(default=None)

    @property
    def status_name(self) -> str:
        return status_name(self.status)

    def _repr_html_(self) -> str:
        rows = [
            ("creator", self.creator),
            ("function", f"{self.function_id} of {self.function_owner}"),
            ("arguments", self.arguments),
            *[(f"input {slot}", f"{self.assigned_inputs.get(slot, '-')} of {', '.join(of)}") for slot, of in self.inputs.items()],
            *[(f"output {slot}", f"{self.assigned_outputs.get(slot, '-')} for {', '.join(of)}") for slot, of in self.outputs.items()],
            ("approved by", ", ".join(self.approved_users) or "nobody"),
            ("status", self.status_name),
        ]
        return html_table(("task", self.task_id), rows)


@dataclass(frozen=True)
class TaskSummary:
    task_id: str
    creator: str
    function_name: str
    status: str


@dataclass(frozen=True)
class Approvable:
    """What a participant is asked to approve: look at it, then give its `digest` to `approve`."""

    manifest: Manifest
    #: SHA-256 of the manifest's bytes, computed here.
    digest: bytes
    data: bytes = field(repr=False)
    approved_users: tuple[str, ...]
    missing_users: tuple[str, ...]
    gone_users: tuple[str, ...]
    status: int

    def _repr_html_(self) -> str:
        more = [("digest", self.digest.hex()), ("approvals missing", ", ".join(self.missing_users) or "none")]
        return self.manifest._repr_html_() + html_table(("", ""), more)


@dataclass(frozen=True)
class TaskReport:
    """How a task was run."""

    status: int
    executor_type: str
    executor: str
    #: Worker, runner, and what stood between the function and the host: of each run that came to its end.
    runs: tuple[tuple[str, str, tuple[str, ...]], ...]
    #: Of a task that was run twice: did both runs make the same?
    same: bool | None
    different: tuple[str, ...]
    log: tuple[str, ...]
    #: Slot, data id, code, reason: inputs that were not there, not whole or not authentic.
    input_faults: tuple[tuple[str, str, str, str], ...]


def _result_of(message: common.TaskResult) -> tuple[TaskResult | None, str | None]:
    which = message.WhichOneof("result")
    if which == "Ok":
        return TaskResult(message.Ok.return_value, dict(message.Ok.tags_map), tuple(message.Ok.log)), None
    return None, message.Err.reason if which == "Err" else None


def _owner_lists(slots: Owners) -> list[api.OwnerList]:
    return [api.OwnerList(data_name=name, uids=[of] if isinstance(of, str) else list(of)) for name, of in slots.items()]


def _data_maps(slots: Slots) -> list[api.DataMap]:
    return [api.DataMap(data_name=name, data_id=data_id) for name, data_id in slots.items()]


class Tasks:
    def __init__(self, rpc: Rpc, functions: Functions, registered: RegisteredFiles) -> None:
        self._rpc = rpc
        self._functions = functions
        self._registered = registered

    def create(
        self,
        function_id: str,
        executor: str,
        *,
        arguments: Arguments = "{}",
        inputs: Owners | None = None,
        outputs: Owners | None = None,
        limits: Mapping[str, int] | None = None,
        logs: Sequence[str] | None = None,
        repeat: bool | None = None,
        priority: int | None = None,
    ) -> str:
        """Returns the task's id. A task whose options are refused is cancelled.

        inputs, outputs: slot to the user, or the users, whose data are to fill it. limits: of time_ms, cpu_ms, memory_mib, output_bytes,
        log_bytes, files, staged_bytes, transfer_ms. logs: who may read the function's log: creator, function-owner.
        repeat: run it twice, on different workers, and compare. priority: among the creator's own, -100 to 100.
        """
        options = _options("", limits, logs, repeat, priority)
        request = api.CreateTaskRequest(
            function_id=function_id,
            function_arguments=arguments_text(arguments),
            executor=executor,
            inputs_ownership=_owner_lists(inputs or {}),
            outputs_ownership=_owner_lists(outputs or {}),
        )
        task_id = self._rpc.call(FRONTEND, "CreateTask", request, api.CreateTaskResponse).task_id
        if options.ByteSize() > 0:
            options.task_id = task_id
            try:
                self._rpc.call(_SERVICE, "SetTaskOptions", options, v1.SetTaskOptionsResponse)
            except BaseException:
                with contextlib.suppress(GaiwanError):
                    self.cancel(task_id)
                raise
        return task_id

    def create_described(self, description: Description) -> str:
        """Makes the task that one file describes (`Description.read`), which `gaiwan tasks create --file` takes too. Returns its id.

        Raises `GaiwanError`: task-differs, unknown-name, ambiguous-name, usage.
        """
        user = self._rpc.user
        if description.creator != user:
            raise GaiwanError("usage", f"The file says that {description.creator} creates the task, and you are {user}.")
        wanted = description.function
        found = self._functions.get(wanted.id) if wanted.id is not None else self._functions.named(wanted.name or "")
        if wanted.version is not None:
            version = self._functions.code(found.function_id).version
            if version != wanted.version:
                raise GaiwanError("task-differs", f"{found.function_id} has the version {version}; the file says {wanted.version}.")
        description.check_fits(found)
        return self.create(
            found.function_id,
            description.executor,
            arguments=description.arguments,
            inputs={slot: one.owners for slot, one in description.inputs.items()},
            outputs={slot: one.owners for slot, one in description.outputs.items()},
            limits=description.limits or None,
            logs=description.logs,
            repeat=description.repeat,
        )

    def set_options(
        self,
        task_id: str,
        *,
        limits: Mapping[str, int] | None = None,
        logs: Sequence[str] | None = None,
        repeat: bool | None = None,
        priority: int | None = None,
    ) -> None:
        """The creator's, until the task is invoked. Voids every approval."""
        self._rpc.call(_SERVICE, "SetTaskOptions", _options(task_id, limits, logs, repeat, priority), v1.SetTaskOptionsResponse)

    def get(self, task_id: str) -> Task:
        found = self._rpc.call(FRONTEND, "GetTask", api.GetTaskRequest(task_id=task_id), api.GetTaskResponse)
        result, reason = _result_of(found.result)
        return Task(
            task_id=found.task_id,
            creator=found.creator,
            function_id=found.function_id,
            function_owner=found.function_owner,
            arguments=found.function_arguments,
            inputs={one.data_name: tuple(one.uids) for one in found.inputs_ownership},
            outputs={one.data_name: tuple(one.uids) for one in found.outputs_ownership},
            participants=tuple(found.participants),
            approved_users=tuple(found.approved_users),
            assigned_inputs={one.data_name: one.data_id for one in found.assigned_inputs},
            assigned_outputs={one.data_name: one.data_id for one in found.assigned_outputs},
            status=int(found.status),
            result=result,
            reason=reason,
        )

    def assign(self, task_id: str, *, inputs: Slots | None = None, outputs: Slots | None = None) -> None:
        """Puts the caller's data into empty slots."""
        request = api.AssignDataRequest(task_id=task_id, inputs=_data_maps(inputs or {}), outputs=_data_maps(outputs or {}))
        self._rpc.call(FRONTEND, "AssignData", request, Empty)

    def replace_data(self, task_id: str, *, inputs: Slots | None = None, outputs: Slots | None = None) -> None:
        """Puts other data into slots of a task that was not invoked yet. Voids every approval."""
        request = v1.ReplaceDataRequest(task_id=task_id, inputs=_data_maps(inputs or {}), outputs=_data_maps(outputs or {}))
        self._rpc.call(_SERVICE, "ReplaceData", request, v1.ReplaceDataResponse)

    def manifest(self, task_id: str) -> Approvable:
        """What the caller would approve.

        Checked here are its digest, its form, that files which this client has registered are in it with their keys and places, and that
        it names the key that this client signs with. Raises `GaiwanError` (bad-manifest).
        """
        answer = self._rpc.call(_SERVICE, "GetManifest", v1.GetManifestRequest(task_id=task_id), v1.GetManifestResponse)
        manifest, digest = read_manifest(answer.manifest, answer.digest, task_id)
        self._registered.check(manifest)
        own = self._rpc.own_key()
        if own is not None:
            authority = {one.subject: one.authority for one in manifest.participants}.get(own[0])
            if authority is not None and authority != f"key:{own[1]}":
                raise GaiwanError(
                    "bad-manifest",
                    f"The platform's manifest cannot be approved: it says that your approval rests on {authority[:20]}, and you sign "
                    "with another key. Do not approve it by any other way, and tell the operator.",
                )
        return Approvable(
            manifest=manifest,
            digest=digest,
            data=answer.manifest,
            approved_users=tuple(answer.approved_users),
            missing_users=tuple(answer.missing_users),
            gone_users=tuple(answer.gone_users),
            status=int(answer.status),
        )

    def code(self, task_id: str, approvable: Approvable | None = None) -> FunctionCode:
        """The code that the task runs, for its participants; held to the manifest's version. Raises `GaiwanError` (bad-code)."""
        answer = self._rpc.call(_SERVICE, "GetTaskCode", v1.GetTaskCodeRequest(task_id=task_id), v1.FunctionCode)
        return read_code(answer, None if approvable is None else approvable.manifest.function.version)

    def approve(self, task_id: str, digest: bytes, *, require_keys: bool = False) -> None:
        """Approves exactly the manifest with this digest (32 bytes): refused when it has become another.

        require_keys: also refused while a participant has no key.
        """
        if len(digest) != 32:
            raise GaiwanError("bad-digest", f"A digest is a SHA-256 of 32 bytes; this one has {len(digest)}.")
        request = v1.ApproveManifestRequest(task_id=task_id, digest=digest, require_keys=require_keys)
        self._rpc.call(_SERVICE, "ApproveManifest", request, v1.ApproveManifestResponse)

    def invoke(self, task_id: str) -> None:
        """Raises `GaiwanError` (approvals-missing), whose `subjects` name whose approval is missing.

        Whoever is the only participant approves by it what the task is now; with a key, that is an approval of its own, which is signed.
        """
        request = api.InvokeTaskRequest(task_id=task_id)
        try:
            self._rpc.call(FRONTEND, "InvokeTask", request, Empty)
        except GaiwanError as error:
            if error.code != "approvals-missing" or not self._approves_alone(task_id):
                raise
            self._rpc.call(FRONTEND, "InvokeTask", request, Empty)

    def _approves_alone(self, task_id: str) -> bool:
        own = self._rpc.own_key()
        if own is None:
            return False
        approvable = self.manifest(task_id)
        if [one.subject for one in approvable.manifest.participants] != [own[0]]:
            return False
        self.approve(task_id, approvable.digest)
        return True

    def cancel(self, task_id: str) -> None:
        self._rpc.call(FRONTEND, "CancelTask", api.CancelTaskRequest(task_id=task_id), Empty)

    def delete(self, task_id: str) -> Deletion:
        """Deletes a task that has ended. One with a result goes when all participants have said so, any other when its creator has."""
        found = self._rpc.call(_SERVICE, "DeleteTask", v1.DeleteTaskRequest(task_id=task_id), v1.DeleteTaskResponse)
        return Deletion(found.deleted, tuple(found.waiting_for))

    def report(self, task_id: str) -> TaskReport:
        """How it was run, and its log: for participants, and for whoever may read the log."""
        found = self._rpc.call(_SERVICE, "GetTaskReport", v1.GetTaskReportRequest(task_id=task_id), v1.GetTaskReportResponse)
        return TaskReport(
            status=int(found.status),
            executor_type=found.executor_type,
            executor=found.executor,
            runs=tuple((run.worker, run.runner, tuple(run.layers)) for run in found.runs),
            same={1: True, 2: False}.get(int(found.repeat)),
            different=tuple(found.different),
            log=tuple(found.log),
            input_faults=tuple((one.slot, one.data_id, one.code, one.reason) for one in found.input_faults),
        )

    def watch(self, task_id: str, *, patience: float = _WATCH_PATIENCE) -> Iterator[TaskState]:
        """The state at once, then each change, and ends after the final one. Reconnects, for `patience` seconds at most."""
        last: Any = None
        lost_since: float | None = None
        pause = 0.05
        ended = False
        while True:
            problem = GaiwanError("connection-lost", f"The platform stopped reporting on {task_id}: watch again.")
            try:
                request = v1.WatchTaskRequest(task_id=task_id)
                for message in self._rpc.stream(_SERVICE, "WatchTask", request, v1.WatchTaskResponse):
                    lost_since, pause = None, 0.05
                    state = _state_of(message)
                    # A new connection repeats the state.
                    if state != last:
                        yield state
                    last = state
                    ended = ended or has_ended(state.status)
                if ended:
                    return
            except GaiwanError as error:
                if ended:
                    return
                if error.code not in _TRANSIENT:
                    raise
                problem = error
            lost_since = lost_since or time.monotonic()
            if time.monotonic() - lost_since > patience:
                raise problem
            time.sleep(pause)
            pause = min(2 * pause, 2.0)

    def result(self, task_id: str, *, timeout: float | None = None) -> TaskResult:
        """Waits until the task has ended. timeout: in seconds; it does not cancel the task.

        Raises `GaiwanError`: task-failed, task-canceled, timeout, result-deleted, signature-missing.
        """
        for state in self._until(task_id, timeout):
            if has_ended(state.status):
                return _success_of(task_id, state)
        raise GaiwanError("connection-lost", f"The platform stopped reporting on {task_id}: ask again.")

    def _until(self, task_id: str, timeout: float | None) -> Iterator[TaskState]:
        if timeout is None:
            yield from self.watch(task_id)
            return
        # A watch waits in the socket for as long as nothing happens: ask again and again in place of it.
        deadline, pause = time.monotonic() + timeout, 0.05
        while True:
            task = self.get(task_id)
            yield TaskState(task.status, task.result, task.reason, 0, task.approved_users, (), False)
            left = deadline - time.monotonic()
            if left <= 0:
                raise GaiwanError("timeout", f"{task_id} has not ended in {timeout} s: it continues, ask again.")
            time.sleep(min(pause, left))
            pause = min(2 * pause, 1.0)

    def list(self, *, page_token: str = "", page_size: int = 0) -> Page[TaskSummary]:
        """One page of the caller's tasks."""
        request = v1.ListTasksRequest(page_token=page_token, page_size=page_size)
        answer = self._rpc.call(_SERVICE, "ListTasks", request, v1.ListTasksResponse)
        items = tuple(TaskSummary(one.task_id, one.creator, one.function_name, status_name(int(one.status))) for one in answer.items)
        return Page(items, answer.next_page_token)

    def list_all(self) -> Iterator[TaskSummary]:
        token = ""
        while True:
            page = self.list(page_token=token)
            yield from page.items
            token = page.next_page_token
            if not token:
                return


def _options(
    task_id: str,
    limits: Mapping[str, int] | None,
    logs: Sequence[str] | None,
    repeat: bool | None,
    priority: int | None,
) -> v1.SetTaskOptionsRequest:
    request = v1.SetTaskOptionsRequest(task_id=task_id)
    for name, value in (limits or {}).items():
        if name not in _LIMITS:
            raise GaiwanError("bad-limit", f"There is no limit {name!r}: there are {', '.join(sorted(_LIMITS))}.")
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
            raise GaiwanError("bad-limit", f"The limit {name} is {value}: give a whole number, not below 0.")
        setattr(request.limits, name, value)
    if logs is not None:
        request.logs.CopyFrom(v1.LogReaders(readers=logs))
    if repeat is not None:
        request.repeat = repeat
    if priority is not None:
        request.priority = priority
    return request


def _state_of(message: v1.WatchTaskResponse) -> TaskState:
    result, reason = _result_of(message.result)
    return TaskState(
        status=int(message.status),
        result=result,
        reason=reason,
        attempt=message.attempt,
        approved_users=tuple(message.approved_users),
        gone_users=tuple(message.gone_users),
        result_deleted=message.HasField("result_deleted"),
    )


def _success_of(task_id: str, state: TaskState) -> TaskResult:
    if state.result is not None:
        return state.result
    if state.reason is None and state.result_deleted:
        raise GaiwanError("result-deleted", f"{task_id} succeeded, and its result is kept no longer.")
    if state.reason is None:
        raise GaiwanError(
            "signature-missing",
            f"{task_id} has ended, and its result is shown to calls that the account's key has signed: log in with the key.",
        )
    if state.status_name == "Canceled":
        raise GaiwanError("task-canceled", f"{task_id} was canceled: {state.reason}")
    raise GaiwanError("task-failed", f"{task_id} failed: {state.reason}")
