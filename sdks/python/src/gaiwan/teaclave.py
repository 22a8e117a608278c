"""Teaclave's Python client, on this SDK: `from gaiwan.teaclave import ...` in place of `from teaclave import ...` ports a script.

What its constructors were told about trust is read so:

- `enclave_info_path` says what may run, for the service that is connected to. The variable GAIWAN_POLICY, a policy file, takes its place.
- `as_root_ca_cert_path` is not needed: no attestation service takes part. Intel's own root decides; with the variable GAIWAN_SIMULATION,
  the folder of a simulated machine, that machine's, which protects nothing. SGX_MODE is not read: nothing turns verification off.
- Both services of one host are held to one instance. The variable GAIWAN_INSTANCE says which one.
"""

from __future__ import annotations

import json
import os
import pathlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, TypeVar, Union

from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from ._proto.teaclave import teaclave_authentication_service_pb2 as authentication_api
from ._proto.teaclave import teaclave_common_pb2 as common
from ._proto.teaclave import teaclave_frontend_service_pb2 as api
from .attestation import Policy
from .errors import GaiwanError
from .rpc import AUTHENTICATION, FRONTEND
from .state import StateGuard, StatesInMemory
from .transport.service import InstancePin, Service, Verifier
from .trust import AUTHENTICATION as AUTHENTICATION_SERVICE
from .trust import FRONTEND as FRONTEND_SERVICE
from .trust import Trust, measurements_for, policies_of, simulation_trust, vendor_trust

__all__ = [
    "AuthenticationService",
    "CryptoInfo",
    "DataMap",
    "FrontendService",
    "FunctionArgument",
    "FunctionInput",
    "FunctionOutput",
    "OwnerList",
    "TeaclaveException",
]

M = TypeVar("M", bound=Message)
Bytes = Union[bytes, Sequence[int]]
_pins: dict[str, InstancePin] = {}
_states = StatesInMemory()


class TeaclaveException(Exception):
    """What every call raises. `code`: of docs/errors.md, where the platform refused it."""

    code: str | None = None


@dataclass
class FunctionInput:
    name: str
    description: str
    optional: bool = False


@dataclass
class FunctionOutput:
    name: str
    description: str
    optional: bool = False


@dataclass
class FunctionArgument:
    key: str
    default_value: str = ""
    allow_overwrite: bool = True


@dataclass
class OwnerList:
    data_name: str
    uids: Sequence[str]


@dataclass
class DataMap:
    data_name: str
    data_id: str


@dataclass
class CryptoInfo:
    schema: str
    key: Bytes
    iv: Bytes


class _Service:
    _what: str
    _name: str
    _path: str

    def __init__(
        self, address: tuple[str, int], as_root_ca_cert_path: str = "", enclave_info_path: str = "", dump_report: bool = False
    ) -> None:
        self.metadata: Mapping[str, str] = {}
        host, port = address
        instance = os.environ.get("GAIWAN_INSTANCE")
        pin = InstancePin(instance) if instance else _pins.setdefault(host, InstancePin(None))
        try:
            verifier = Verifier(_trust(enclave_info_path, self._name), self._name)
            url = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
            self._service = Service(url, self._what, verifier, pin, StateGuard(_states, None))
        except GaiwanError as cause:
            raise _told(f"Failed to connect to the {self._what} service", cause) from cause

    def __enter__(self: Any) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._service.close()

    def _call(self, what: str, method: str, request: Message, answer: type[M], *, open_to_all: bool = False) -> M:
        if not self.metadata and not open_to_all:
            raise TeaclaveException(f"Failed to {what} (Metadata is None)")
        try:
            return self._service.call(f"/{self._path}/{method}", request, answer, dict(self.metadata))
        except GaiwanError as cause:
            raise _told(f"Failed to {what}", cause) from cause


def _told(what: str, cause: GaiwanError) -> TeaclaveException:
    found = TeaclaveException(f"{what} ({cause.message})")
    found.code = cause.code
    return found


def _trust(enclave_info_path: str, service: str) -> Trust:
    policy, simulation = os.environ.get("GAIWAN_POLICY"), os.environ.get("GAIWAN_SIMULATION")
    policies: Mapping[str, Sequence[Policy]]
    if policy:
        policies = policies_of(policy)
    else:
        try:
            info = pathlib.Path(enclave_info_path).read_bytes()
        except OSError as cause:
            raise GaiwanError("bad-connection-options", f"The enclave info {enclave_info_path!r} cannot be read: {cause}") from cause
        policies = {service: [{"measurements": measurements_for(info, service)}]}
    found = simulation_trust(simulation, {}) if simulation else vendor_trust({})
    return replace(found, policies=policies)


class AuthenticationService(_Service):
    _what, _name, _path = "authentication", AUTHENTICATION_SERVICE, AUTHENTICATION

    def user_register(self, user_id: str, user_password: str, role: str = "", attribute: str = "") -> Empty:
        request = authentication_api.UserRegisterRequest(id=user_id, password=user_password, role=role, attribute=attribute)
        return self._call("register user", "UserRegister", request, Empty, open_to_all=True)

    def user_update(self, user_id: str, user_password: str, role: str = "", attribute: str = "") -> Empty:
        request = authentication_api.UserUpdateRequest(id=user_id, password=user_password, role=role, attribute=attribute)
        return self._call("update user", "UserUpdate", request, Empty)

    def user_login(self, user_id: str, user_password: str) -> str:
        """Returns the token, and acts with it from then on."""
        request = authentication_api.UserLoginRequest(id=user_id, password=user_password)
        token = self._call("login user", "UserLogin", request, authentication_api.UserLoginResponse, open_to_all=True).token
        self.metadata = {"id": user_id, "token": token}
        return token

    def user_change_password(self, user_password: str) -> Empty:
        request = authentication_api.UserChangePasswordRequest(password=user_password)
        return self._call("change password", "UserChangePassword", request, Empty)

    def reset_user_password(self, user_id: str) -> authentication_api.ResetUserPasswordResponse:
        request = authentication_api.ResetUserPasswordRequest(id=user_id)
        return self._call("reset password", "ResetUserPassword", request, authentication_api.ResetUserPasswordResponse)

    def delete_user(self, user_id: str) -> Empty:
        return self._call("delete user", "DeleteUser", authentication_api.DeleteUserRequest(id=user_id), Empty)

    def list_users(self, user_id: str) -> authentication_api.ListUsersResponse:
        request = authentication_api.ListUsersRequest(id=user_id)
        return self._call("list users", "ListUsers", request, authentication_api.ListUsersResponse)


class FrontendService(_Service):
    _what, _name, _path = "frontend", FRONTEND_SERVICE, FRONTEND

    def register_function(
        self,
        name: str,
        description: str,
        executor_type: str,
        public: bool = True,
        payload: Bytes = b"",
        arguments: Iterable[FunctionArgument] = (),
        inputs: Iterable[FunctionInput] = (),
        outputs: Iterable[FunctionOutput] = (),
        user_allowlist: Sequence[str] = (),
        usage_quota: int = -1,
    ) -> str:
        request = api.RegisterFunctionRequest(
            name=name,
            description=description,
            executor_type=executor_type,
            public=public,
            payload=bytes(payload),
            arguments=_arguments(arguments),
            inputs=_inputs(inputs),
            outputs=_outputs(outputs),
            user_allowlist=user_allowlist,
            usage_quota=usage_quota,
        )
        return self._call("register function", "RegisterFunction", request, api.RegisterFunctionResponse).function_id

    def update_function(
        self,
        function_id: str,
        name: str,
        description: str,
        executor_type: str,
        public: bool = True,
        payload: Bytes = b"",
        arguments: Iterable[FunctionArgument] = (),
        inputs: Iterable[FunctionInput] = (),
        outputs: Iterable[FunctionOutput] = (),
        user_allowlist: Sequence[str] = (),
        usage_quota: int = -1,
    ) -> str:
        request = api.UpdateFunctionRequest(
            function_id=function_id,
            name=name,
            description=description,
            executor_type=executor_type,
            public=public,
            payload=bytes(payload),
            arguments=_arguments(arguments),
            inputs=_inputs(inputs),
            outputs=_outputs(outputs),
            user_allowlist=user_allowlist,
            usage_quota=usage_quota,
        )
        return self._call("update function", "UpdateFunction", request, api.UpdateFunctionResponse).function_id

    def list_functions(self, user_id: str) -> dict[str, Any]:
        return _dict(self._call("list functions", "ListFunctions", api.ListFunctionsRequest(user_id=user_id), api.ListFunctionsResponse))

    def get_function(self, function_id: str) -> dict[str, Any]:
        return _dict(self._call("get function", "GetFunction", api.GetFunctionRequest(function_id=function_id), api.GetFunctionResponse))

    def get_function_usage_stats(self, function_id: str) -> dict[str, Any]:
        request = api.GetFunctionUsageStatsRequest(function_id=function_id)
        return _dict(self._call("get function usage", "GetFunctionUsageStats", request, api.GetFunctionUsageStatsResponse))

    def delete_function(self, function_id: str) -> None:
        self._call("delete function", "DeleteFunction", api.DeleteFunctionRequest(function_id=function_id), Empty)

    def disable_function(self, function_id: str) -> None:
        self._call("disable function", "DisableFunction", api.DisableFunctionRequest(function_id=function_id), Empty)

    def register_input_file(self, url: str, schema: str, key: Bytes, iv: Bytes, cmac: Bytes) -> str:
        request = api.RegisterInputFileRequest(url=url, cmac=bytes(cmac), crypto_info=_crypto(schema, key, iv))
        return self._call("register input file", "RegisterInputFile", request, api.RegisterInputFileResponse).data_id

    def register_output_file(self, url: str, schema: str, key: Bytes, iv: Bytes) -> str:
        request = api.RegisterOutputFileRequest(url=url, crypto_info=_crypto(schema, key, iv))
        return self._call("register output file", "RegisterOutputFile", request, api.RegisterOutputFileResponse).data_id

    def register_fusion_output(self, owner_list: Sequence[str]) -> str:
        request = api.RegisterFusionOutputRequest(owner_list=owner_list)
        return self._call("register fusion output", "RegisterFusionOutput", request, api.RegisterFusionOutputResponse).data_id

    def register_input_from_output(self, data_id: str) -> str:
        request = api.RegisterInputFromOutputRequest(data_id=data_id)
        answer = self._call("register input from output", "RegisterInputFromOutput", request, api.RegisterInputFromOutputResponse)
        return answer.data_id

    def create_task(
        self,
        function_id: str,
        function_arguments: Mapping[str, Any],
        executor: str,
        inputs_ownership: Iterable[OwnerList] = (),
        outputs_ownership: Iterable[OwnerList] = (),
    ) -> str:
        request = api.CreateTaskRequest(
            function_id=function_id,
            function_arguments=json.dumps(function_arguments),
            executor=executor,
            inputs_ownership=[api.OwnerList(data_name=one.data_name, uids=one.uids) for one in inputs_ownership],
            outputs_ownership=[api.OwnerList(data_name=one.data_name, uids=one.uids) for one in outputs_ownership],
        )
        return self._call("create task", "CreateTask", request, api.CreateTaskResponse).task_id

    def assign_data_to_task(self, task_id: str, inputs: Iterable[DataMap], outputs: Iterable[DataMap]) -> None:
        request = api.AssignDataRequest(
            task_id=task_id,
            inputs=[api.DataMap(data_name=one.data_name, data_id=one.data_id) for one in inputs],
            outputs=[api.DataMap(data_name=one.data_name, data_id=one.data_id) for one in outputs],
        )
        self._call("assign data to task", "AssignData", request, Empty)

    def approve_task(self, task_id: str) -> None:
        """Approves whatever the task is now. `Client.tasks.approve` approves exactly what was looked at."""
        self._call("approve task", "ApproveTask", api.ApproveTaskRequest(task_id=task_id), Empty)

    def invoke_task(self, task_id: str) -> None:
        self._call("invoke task", "InvokeTask", api.InvokeTaskRequest(task_id=task_id), Empty)

    def cancel_task(self, task_id: str) -> None:
        self._call("cancel task", "CancelTask", api.CancelTaskRequest(task_id=task_id), Empty)

    def get_task(self, task_id: str) -> dict[str, Any]:
        return _dict(self._get(task_id))

    def get_task_result(self, task_id: str) -> bytes:
        """Waits for the end. A function that failed gives no bytes, as with Teaclave."""
        task = self._ended(task_id, "task result")
        return task.result.Ok.return_value

    def get_output_cmac_by_tag(self, task_id: str, tag: str) -> bytes:
        """Waits for the end. tag: the slot of an output."""
        task = self._ended(task_id, "output cmac")
        if tag not in task.result.Ok.tags_map:
            raise TeaclaveException(f"Failed to get output cmac (the task has written no {tag})")
        return task.result.Ok.tags_map[tag]

    def query_audit_logs(self, query: str, limit: int) -> list[dict[str, Any]]:
        request = api.QueryAuditLogsRequest(query=query, limit=limit)
        return [_dict(one) for one in self._call("query audit logs", "QueryAuditLogs", request, api.QueryAuditLogsResponse).logs]

    def _get(self, task_id: str) -> api.GetTaskResponse:
        return self._call("get task", "GetTask", api.GetTaskRequest(task_id=task_id), api.GetTaskResponse)

    def _ended(self, task_id: str, what: str) -> api.GetTaskResponse:
        pause = 0.05
        while True:
            task = self._get(task_id)
            if task.status == common.Finished:
                return task
            if task.status in (common.Canceled, common.Failed):
                how = "Canceled" if task.status == common.Canceled else "Failed"
                raise TeaclaveException(f"Failed to get {what} (Task {how}, Error: {task.result.Err.reason})")
            time.sleep(pause)
            pause = min(2 * pause, 1.0)


def _arguments(arguments: Iterable[FunctionArgument]) -> list[api.FunctionArgument]:
    return [api.FunctionArgument(key=one.key, default_value=one.default_value, allow_overwrite=one.allow_overwrite) for one in arguments]


def _inputs(slots: Iterable[FunctionInput]) -> list[api.FunctionInput]:
    return [api.FunctionInput(name=one.name, description=one.description, optional=one.optional) for one in slots]


def _outputs(slots: Iterable[FunctionOutput]) -> list[api.FunctionOutput]:
    return [api.FunctionOutput(name=one.name, description=one.description, optional=one.optional) for one in slots]


def _crypto(schema: str, key: Bytes, iv: Bytes) -> common.FileCryptoInfo:
    return common.FileCryptoInfo(schema=schema, key=bytes(key), iv=bytes(iv))


def _dict(message: Message) -> dict[str, Any]:
    """As Teaclave's client gives it: names of the contract, enums as numbers, bytes in base64, without what has its default."""
    return MessageToDict(message, preserving_proto_field_name=True, use_integers_for_enums=True)
