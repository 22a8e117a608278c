"""The page about this SDK is run as it stands."""

from __future__ import annotations

import os
import pathlib
import re
import shutil

import pytest
from conftest import PASSWORD, Platform

from gaiwan import Client

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "sdks" / "python.md"


def test_the_page_is_tried(platform: Platform, admin: Client, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("tqdm")
    admin.users.register("alice", PASSWORD, "DataOwner", "alice")
    admin.users.register("owner", PASSWORD, "FunctionOwner")
    shutil.copytree(platform.machine, tmp_path / "machine")
    shutil.copy(platform.policy, tmp_path / "policy.json")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf8"), re.S)
    assert len(blocks) == 6
    text = "\n".join(blocks)
    text = text.replace("https://localhost:7776", platform.authentication).replace("https://localhost:7777", platform.frontend)
    exec(compile(text, str(PAGE), "exec"), {"__name__": "page"})  # noqa: S102
    assert os.path.exists("alice.pem")
    for user in ("alice", "owner"):
        admin.users.delete(user)
