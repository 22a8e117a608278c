"""The whole life of a computation: two parties, their files, keys and approvals, what comes out."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import PASSWORD, Platform

from gaiwan import (
    Argument,
    Client,
    Description,
    FileKey,
    FilesError,
    GaiwanError,
    Secret,
    Slot,
    aio,
    file_signer,
    key_id_of,
    make_key_file,
)

User = Callable[..., Client]
COPY = b"""
def main(inputs, outputs, args):
    with inputs.open("in") as source, outputs.open("out") as target:
        target.write(source.read())
    return "copied " + args["what"]
"""


def _join(admin: Client) -> str:
    slots = [Slot("input_data0"), Slot("input_data1")]
    outputs = [Slot("output_data0"), Slot("output_data1")]
    return admin.functions.register(
        "builtin-private-join-and-compute", "builtin", public=True, arguments=[Argument("num_user")], inputs=slots, outputs=outputs
    )


def test_echo(admin: Client) -> None:
    function = admin.functions.register("builtin-echo", "builtin", public=True, arguments=[Argument("message")])
    task = admin.tasks.create(function, "builtin", arguments={"message": "hello"}, logs=["creator"], limits={"time_ms": 60_000})
    assert [one.subject.split("#")[0] for one in admin.tasks.manifest(task).manifest.participants] == ["admin"]
    admin.tasks.invoke(task)
    assert admin.tasks.result(task).text == "hello"
    assert [state.status_name for state in admin.tasks.watch(task)] == ["Finished"]
    report = admin.tasks.report(task)
    assert (report.executor, len(report.runs)) == ("builtin", 1)
    assert admin.tasks.get(task).status_name == "Finished"
    assert task in [one.task_id for one in admin.tasks.list_all()]
    assert function in admin.functions.list_all("public")
    assert admin.functions.usage(function) == (-1, 1)
    assert admin.functions.code(function).definition["name"] == "builtin-echo"
    assert "hello" in admin.tasks.get(task)._repr_html_()
    assert admin.storage().quota_bytes > 0


def test_two_parties_with_keys(admin: Client, user: User, tmp_path: pathlib.Path) -> None:
    for name in ("alder", "birch"):
        make_key_file(tmp_path / f"{name}.pem")
    signers = [file_signer(tmp_path / f"{name}.pem") for name in ("alder", "birch")]
    alder, birch = (user(name, signer=signer) for name, signer in zip(("alder", "birch"), signers, strict=True))
    assert (alder.keys.account().key or pytest.fail("no key")).id == key_id_of(signers[0])
    names = [alder.user or "", birch.user or ""]
    task = alder.tasks.create(
        _join(admin),
        "builtin",
        arguments={"num_user": 2},
        inputs={"input_data0": names[0], "input_data1": names[1]},
        outputs={"output_data0": names[0], "output_data1": names[1]},
    )
    rows = ["apple : 3\npear : 4\nplum : 5", "pear : 10\nplum : 20\nfig : 30"]
    schemes = ["aes-gcm-256", "teaclave-file-128"]
    outputs = []
    for number, party in enumerate((alder, birch)):
        (tmp_path / f"rows{number}").write_text(rows[number])
        uploaded = party.data.encrypt_and_upload(tmp_path / f"rows{number}", key=FileKey.generate(schemes[number]))
        key = FileKey.generate(schemes[1 - number])
        output = party.data.create_output(f"out{number}", key)
        with pytest.raises(GaiwanError) as nothing:
            party.data.read(output, key)
        assert nothing.value.code == "nothing-to-download"
        party.tasks.assign(task, inputs={f"input_data{number}": uploaded.data_id}, outputs={f"output_data{number}": output})
        outputs.append((output, key))
    shown = alder.tasks.manifest(task)
    assert sorted(one.authority for one in shown.manifest.participants) == sorted(f"key:{key_id_of(one)}" for one in signers)
    with pytest.raises(GaiwanError) as other:
        alder.tasks.approve(task, bytes(32), require_keys=True)
    assert other.value.code == "manifest-changed"
    alder.tasks.approve(task, shown.digest, require_keys=True)
    with pytest.raises(GaiwanError) as waiting:
        alder.tasks.invoke(task)
    assert waiting.value.code == "approvals-missing"
    assert [name.split("#")[0] for name in waiting.value.subjects] == [names[1]]
    birch.tasks.approve(task, birch.tasks.manifest(task).digest)
    alder.tasks.invoke(task)
    result = birch.tasks.result(task)
    assert result.text == "2 users join the task in total."
    for number, party in enumerate((alder, birch)):
        output, key = outputs[number]
        tag = result.tags[f"output_data{number}"]
        assert party.data.read(output, key, tag=tag).strip() == b"pear, 14\nplum, 25"
        party.data.download(output, tmp_path / f"result{number}", key, tag=tag)
        assert (tmp_path / f"result{number}").read_bytes().strip() == b"pear, 14\nplum, 25"
        wrong = FileKey(key.scheme, bytes(len(key.key)), bytes(len(key.iv)))
        with pytest.raises(FilesError) as corrupt:
            party.data.download(output, tmp_path / "nothing", wrong)
        assert corrupt.value.code == "corrupt"
    assert not (tmp_path / "nothing").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".gaiwan")]


def test_keys_are_rotated_and_recovered(user: User, platform: Platform, tmp_path: pathlib.Path) -> None:
    signers = []
    for name in ("first", "second", "third"):
        make_key_file(tmp_path / name)
        signers.append(file_signer(tmp_path / name))
    client = user("keys")
    code = client.keys.register(signers[0])
    assert isinstance(code, Secret)
    assert code.reveal() not in repr(code)
    with pytest.raises(GaiwanError) as exists:
        client.keys.register(signers[1])
    assert exists.value.code == "key-exists"
    client.keys.rotate(signers[1])
    client.keys.set_preferences(require_keys=True)
    assert client.keys.account().require_keys
    # A session without the key does nothing that counts.
    with platform.connect() as other:
        other.login(client.user or "", PASSWORD)
        with pytest.raises(GaiwanError) as unsigned:
            other.data.reserve_output("x")
        assert unsigned.value.code == "signature-missing"
        with pytest.raises(GaiwanError) as strange:
            other.login(client.user or "", PASSWORD, signer=signers[2])
        assert strange.value.code == "other-key"
        assert other.user is None
    assert client.keys.recover(signers[2], code).reveal() != code.reveal()
    client.data.reserve_output("x")


def test_a_key_that_others_may_read_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "key.pem"
    make_key_file(path)
    with pytest.raises(GaiwanError, match="bad-key-file"):
        make_key_file(path)
    path.chmod(0o644)
    with pytest.raises(GaiwanError, match="chmod 600"):
        file_signer(path)


def test_python_functions_and_their_code(admin: Client, tmp_path: pathlib.Path) -> None:
    function = admin.functions.register(
        "copy", "python", COPY, arguments=[Argument("what")], inputs=[Slot("in")], outputs=[Slot("out")], description="Copies."
    )
    assert admin.functions.code(function).payload == COPY
    assert admin.functions.named("copy").function_id == function
    name = admin.user or ""
    task = admin.tasks.create(function, "python", arguments={"what": "it"}, inputs={"in": name}, outputs={"out": name})
    plain = os.urandom(5_000_000)
    uploaded = admin.data.encrypt_and_upload(plain, "plain.bin")
    key = FileKey.generate()
    output = admin.data.create_output("out.bin", key)
    admin.tasks.assign(task, inputs={"in": uploaded.data_id}, outputs={"out": output})
    shown = admin.tasks.manifest(task)
    assert admin.tasks.code(task, shown).payload == COPY
    admin.tasks.invoke(task)
    assert admin.tasks.result(task, timeout=120).text == "copied it"
    seen: list[tuple[str, int, int | None]] = []
    admin.data.download(output, tmp_path / "out", key, progress=lambda *told: seen.append(told))
    assert (tmp_path / "out").read_bytes() == plain
    assert seen[-1] == ("download", len(plain) + 16, len(plain) + 16)


def test_a_task_that_fails_says_why(admin: Client) -> None:
    function = admin.functions.register("fails", "python", b"def main(inputs, outputs, args):\n    raise ValueError('no')\n")
    task = admin.tasks.create(function, "python")
    admin.tasks.invoke(task)
    with pytest.raises(GaiwanError, match="ValueError: no") as failed:
        admin.tasks.result(task)
    assert failed.value.code == "task-failed"
    waiting = admin.tasks.create(function, "python")
    with pytest.raises(GaiwanError) as late:
        admin.tasks.result(waiting, timeout=0)
    assert late.value.code == "timeout"
    admin.tasks.cancel(waiting)
    with pytest.raises(GaiwanError) as cancelled:
        admin.tasks.result(waiting)
    assert cancelled.value.code == "task-canceled"
    assert admin.tasks.delete(waiting).deleted


@pytest.mark.parametrize("arguments", ["[1]", "{", {"a": float("nan")}, {"a": 1 << 70}, {"a": object()}])
def test_arguments_that_no_function_could_get(admin: Client, arguments: Any) -> None:
    with pytest.raises(GaiwanError) as refused:
        admin.tasks.create("function-x", "builtin", arguments=arguments)
    assert refused.value.code == "bad-arguments"


def test_an_upload_that_is_interrupted_leaves_nothing(admin: Client, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(64 << 20)
    before = admin.storage()
    items = len(list(admin.data.list_all()))
    started = threading.Event()

    def tell(phase: str, done: int, _total: int | None) -> None:
        if phase == "upload" and done > 2 << 20 and not started.is_set():
            started.set()
            # As Ctrl-C, or the button of a notebook, does it.
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as interrupted:
        admin.data.encrypt_and_upload(path, progress=tell)
    if hasattr(interrupted.value, "__notes__"):
        assert "nothing of it stays" in interrupted.value.__notes__[0]
    after = admin.storage()
    assert (after.bytes, after.unfinished_uploads) == (before.bytes, before.unfinished_uploads)
    assert len(list(admin.data.list_all())) == items
    # The client goes on.
    assert admin.data.encrypt_and_upload(b"small", "small").plaintext_size == 5


def test_one_file_describes_a_computation(admin: Client, user: User, tmp_path: pathlib.Path) -> None:
    function = _join(admin)
    alder, birch = user("alder"), user("birch")
    text = f"""
name = "join"
creator = "alder"
function = "{function}"
[parties]
alder = "{alder.user}"
birch = "{birch.user}"
[arguments]
num_user = 2
[inputs.input_data0]
from = "alder"
columns = ["name", "sum"]
[inputs.input_data1]
from = "birch"
[outputs.output_data0]
to = "alder"
file = "common.csv"
[outputs.output_data1]
to = "birch"
[limits]
seconds = 60
"""
    path = tmp_path / "join.toml"
    path.write_text(text)
    described = Description.read(path)
    task = alder.tasks.create_described(described)
    for number, party in enumerate((alder, birch)):
        uploaded = party.data.encrypt_and_upload(b"pear : 1", f"rows{number}")
        output = party.data.create_output(f"out{number}", FileKey.generate())
        party.tasks.assign(task, inputs={f"input_data{number}": uploaded.data_id}, outputs={f"output_data{number}": output})
    shown = birch.tasks.manifest(task)
    described.require_same(shown.manifest)
    with pytest.raises(GaiwanError) as creator:
        birch.tasks.create_described(described)
    assert creator.value.code == "usage"
    for old, new in [("num_user = 2", "num_user = 3"), ("seconds = 60", "seconds = 61"), ('creator = "alder"', 'creator = "birch"')]:
        assert len(Description.parse(text.replace(old, new)).differences(shown.manifest)) == 1
    alder.tasks.set_options(task, logs=["creator"])
    with pytest.raises(GaiwanError, match="its log is for creator, not for nobody"):
        described.require_same(birch.tasks.manifest(task).manifest)
    for wrong in [text + "more = 1", text.replace('"birch"\n[', '"cedar"\n['), text.replace("[limits]", "[limits]\nfiles = 0"), "name ="]:
        with pytest.raises(GaiwanError) as refused:
            Description.parse(wrong)
        assert refused.value.code == "usage"


def test_names_of_others_are_harmless_in_tables(admin: Client) -> None:
    function = admin.functions.register("<script>alert(1)</script>", "builtin", public=True)
    assert "<script>" not in admin.functions.get(function)._repr_html_()
    assert "<table>" in admin.data.list()._repr_html_()
    assert "<table>" in admin.tasks.list()._repr_html_()
    admin.functions.delete(function)


def test_for_asyncio(platform: Platform, admin: Client) -> None:
    async def life() -> None:
        async with aio.connect(platform.authentication, platform.frontend, platform.trust) as client:
            assert (await client.verify()).simulated
            await client.login("admin", PASSWORD)
            function = await client.functions.register("builtin-echo", "builtin", arguments=[Argument("message")])
            tasks = await asyncio.gather(*(client.tasks.create(function, "builtin", arguments={"message": f"{n}"}) for n in range(6)))
            await asyncio.gather(*(client.tasks.invoke(task) for task in tasks))
            results = await asyncio.gather(*(client.tasks.result(task) for task in tasks))
            assert [one.text for one in results] == [f"{n}" for n in range(6)]
            assert [state.status_name async for state in client.tasks.watch(tasks[0])] == ["Finished"]
            assert function in [one async for one in client.functions.list_all("registered")]
            never = await client.tasks.create(function, "builtin", arguments={"message": "never"})
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.tasks.result(never), 1)
            # What was given up is over, and the client goes on.
            assert (await client.tasks.get(never)).status_name == "Created"
            with pytest.raises(GaiwanError) as refused:
                await client.tasks.get("task-00000000-0000-0000-0000-000000000000")
            assert refused.value.code == "unknown-task"

    asyncio.run(life())


def test_several_threads_share_a_client(admin: Client) -> None:
    told: list[Any] = []

    def ask() -> None:
        for _ in range(5):
            told.append(admin.keys.account().subject)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [told[0]] * 40


def test_tables_of_pandas_and_arrow(admin: Client) -> None:
    pandas = pytest.importorskip("pandas")
    pyarrow = pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"name": ["a", "b, c", 'd "e"'], "amount": [1, 2, 3], "rate": [0.5, 1.25, -2.0]})
    name = admin.user or ""
    function = admin.functions.register("copy", "python", COPY, arguments=[Argument("what")], inputs=[Slot("in")], outputs=[Slot("out")])
    for kind in ("csv", "parquet", "arrow"):
        for table in (frame, pyarrow.Table.from_pandas(frame)):
            uploaded = admin.data.encrypt_and_upload(table, format=kind)
            key = FileKey.generate("teaclave-file-128")
            output = admin.data.create_output(f"out.{kind}", key)
            task = admin.tasks.create(function, "python", arguments={"what": kind}, inputs={"in": name}, outputs={"out": name})
            admin.tasks.assign(task, inputs={"in": uploaded.data_id}, outputs={"out": output})
            admin.tasks.invoke(task)
            admin.tasks.result(task)
            pandas.testing.assert_frame_equal(admin.data.read_frame(output, key, format=kind), frame)
            assert admin.data.read_arrow(output, key, format=kind).to_pydict() == frame.to_dict("list")
    with pytest.raises(TypeError, match="a table is"):
        admin.data.encrypt_and_upload({"a": 1})  # type: ignore[arg-type]


def test_a_bar(admin: Client, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    admin.data.encrypt_and_upload(b"x" * 3_000_000, "bar", progress=True)
    told = capsys.readouterr().err
    assert "encrypt" in told
    assert "upload" in told


def test_users(admin: Client, user: User) -> None:
    client = user("somebody")
    name = client.user or ""
    assert name in admin.users.list_all("everybody")
    with pytest.raises(GaiwanError) as refused:
        client.users.delete("admin")
    assert refused.value.code == "user-access-denied"
    assert json.dumps(repr(admin.users.reset_password(name))) == '"[secret]"'
    with pytest.raises(GaiwanError):
        client.data.list()
    admin.users.delete(name)
