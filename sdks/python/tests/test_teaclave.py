"""A script of Teaclave's, with its import changed and nothing else."""

from __future__ import annotations

import base64
import os
import pathlib
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from conftest import PASSWORD, Platform

# In the form of Teaclave's own examples.
SCRIPT = """
import sys
from teaclave import (AuthenticationService, FrontendService, FunctionArgument, FunctionInput, FunctionOutput,
                      OwnerList, DataMap, TeaclaveException)

AUTHENTICATION_SERVICE_ADDRESS = ("localhost", int(sys.argv[1]))
FRONTEND_SERVICE_ADDRESS = ("localhost", int(sys.argv[2]))
AS_ROOT_CA_CERT_PATH = "keys/dcap_root_ca_cert.pem"
ENCLAVE_INFO_PATH = sys.argv[3]


class UserData:
    def __init__(self, user_id, user_password):
        self.user_id = user_id
        self.user_password = user_password


USER_DATA = UserData("admin", sys.argv[4])


class BuiltinEchoExample:
    def __init__(self, user_id, user_password):
        self.user_id = user_id
        self.user_password = user_password

    def echo(self, message="Hello, Teaclave!"):
        with AuthenticationService(AUTHENTICATION_SERVICE_ADDRESS, AS_ROOT_CA_CERT_PATH, ENCLAVE_INFO_PATH) as client:
            print("[+] login")
            token = client.user_login(self.user_id, self.user_password)
        client = FrontendService(FRONTEND_SERVICE_ADDRESS, AS_ROOT_CA_CERT_PATH, ENCLAVE_INFO_PATH)
        metadata = {"id": self.user_id, "token": token}
        client.metadata = metadata
        function_id = client.register_function(
            name="builtin-echo",
            description="Native Echo Function",
            executor_type="builtin",
            arguments=[FunctionArgument("message")])
        task_id = client.create_task(function_id=function_id,
                                     function_arguments={"message": message},
                                     executor="builtin")
        client.invoke_task(task_id)
        result = client.get_task_result(task_id)
        client.close()
        return bytes(result)


print("[+] function return:", BuiltinEchoExample(USER_DATA.user_id, USER_DATA.user_password).echo())
"""


def _environment(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith("GAIWAN_")}, "SGX_MODE": "SW", **more}


def _run(platform: Platform, folder: pathlib.Path, environment: dict[str, str], info: str = "enclave_info.toml") -> tuple[int, str]:
    path = folder / "builtin_echo.py"
    path.write_text(SCRIPT.replace("from teaclave import", "from gaiwan.teaclave import"))
    ports = [str(urlsplit(url).port) for url in (platform.authentication, platform.frontend)]
    done = subprocess.run(
        [sys.executable, str(path), *ports, str(folder / info), PASSWORD], env=environment, text=True, capture_output=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_ports_by_one_line(platform: Platform, tmp_path: pathlib.Path) -> None:
    code, said = _run(platform, tmp_path, _environment(GAIWAN_SIMULATION=platform.machine, GAIWAN_POLICY=platform.policy))
    assert code == 0, said
    assert "[+] function return: b'Hello, Teaclave!'" in said


def test_an_enclave_info_says_what_may_run(platform: Platform, tmp_path: pathlib.Path) -> None:
    import json

    registers = json.loads(pathlib.Path(platform.policy).read_text())["measurements"][0]
    names = {"mrTd": "mr_td", **{f"rtmr{n}": f"rtmr{n}" for n in range(4)}}
    services = ("teaclave_authentication_service", "teaclave_frontend_service")
    lines = "".join(f'{names[name]} = "{value}"\n' for name, value in registers.items())
    (tmp_path / "enclave_info.toml").write_text("".join(f"[{service}]\n{lines}" for service in services))
    code, said = _run(platform, tmp_path, _environment(GAIWAN_SIMULATION=platform.machine))
    assert code == 0, said
    (tmp_path / "other.toml").write_text("".join(f'[{service}]\nmr_td = "{"00" * 48}"\n' for service in services))
    code, said = _run(platform, tmp_path, _environment(GAIWAN_SIMULATION=platform.machine), "other.toml")
    assert code != 0
    assert "is not a platform that you trust" in said


def test_nothing_turns_verification_off(platform: Platform, tmp_path: pathlib.Path) -> None:
    code, said = _run(platform, tmp_path, _environment(GAIWAN_POLICY=platform.policy))
    assert code != 0
    assert "Failed to login user" in said
    assert "not a platform that you trust" in said
    code, said = _run(platform, tmp_path, _environment(GAIWAN_SIMULATION=platform.machine))
    assert code != 0
    assert "cannot be read" in said


def test_its_other_methods(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    from gaiwan import teaclave

    monkeypatch.setenv("GAIWAN_SIMULATION", platform.machine)
    monkeypatch.setenv("GAIWAN_POLICY", platform.policy)
    addresses = [("localhost", urlsplit(url).port or 0) for url in (platform.authentication, platform.frontend)]
    with teaclave.AuthenticationService(addresses[0]) as users, teaclave.FrontendService(addresses[1]) as frontend:
        with pytest.raises(teaclave.TeaclaveException, match="Metadata is None"):
            frontend.get_task("task-1")
        frontend.metadata = {"id": "admin", "token": users.user_login("admin", PASSWORD)}
        users.user_register("teaclave.user", PASSWORD, "DataOwner", "group")
        assert "teaclave.user" in users.list_users("group").ids
        users.user_update("teaclave.user", PASSWORD, "DataOwner", "group")
        assert users.reset_user_password("teaclave.user").password
        users.delete_user("teaclave.user")
        slots = [teaclave.FunctionInput("a", "an input"), teaclave.FunctionInput("b", "another", optional=True)]
        function = frontend.register_function("f", "d", "python", False, list(b"x = 1"), [], slots, [teaclave.FunctionOutput("c", "")])
        found = frontend.get_function(function)
        assert (found["name"], base64.b64decode(found["payload"])) == ("f", b"x = 1")
        assert found["inputs"][1] == {"name": "b", "description": "another", "optional": True}
        frontend.update_function(function, "g", "d", "python")
        assert frontend.get_function_usage_stats(function) == {"function_quota": -1}
        assert function in frontend.list_functions("admin")["registered_functions"]
        data = frontend.register_input_file("https://localhost:6789/a", "aes-gcm-128", [0] * 16, [1] * 12, [2] * 16)
        output = frontend.register_output_file("https://localhost:6789/b", "teaclave-file-128", [0] * 16, [])
        assert data.startswith("input-")
        assert output.startswith("output-")
        users.user_register("teaclave.owner", PASSWORD, "DataOwner", "group")
        assert frontend.register_fusion_output(["admin", "teaclave.owner"]).startswith("output-")
        echo = frontend.register_function("builtin-echo", "", "builtin", arguments=[teaclave.FunctionArgument("message")])
        task = frontend.create_task(echo, {"message": "x"}, "builtin")
        assert frontend.get_task(task)["function_id"] == echo
        assert "status" not in frontend.get_task(task)
        with pytest.raises(teaclave.TeaclaveException, match="Failed to approve task") as refused:
            frontend.approve_task("task-00000000-0000-0000-0000-000000000000")
        assert refused.value.code == "unknown-task"
        frontend.cancel_task(task)
        with pytest.raises(teaclave.TeaclaveException, match=r"Failed to get task result \(Task Canceled, Error: "):
            frontend.get_task_result(task)
        frontend.disable_function(function)
        frontend.delete_function(function)
        assert frontend.query_audit_logs("user:admin", 3)
