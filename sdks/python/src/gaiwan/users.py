"""User management, as far as the caller's role goes."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.empty_pb2 import Empty

from ._proto.gaiwan.v1 import platform_pb2 as v1
from ._proto.teaclave import teaclave_authentication_service_pb2 as api
from .pages import Page
from .rpc import AUTHENTICATION, Rpc
from .secret import Secret, reveal


class Users:
    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def register(self, id: str, password: Secret | str, role: str = "DataOwner", attribute: str = "") -> None:
        """role: PlatformAdmin, FunctionOwner, DataOwnerManager or DataOwner. attribute: the group of the last two."""
        request = api.UserRegisterRequest(id=id, password=reveal(password), role=role, attribute=attribute)
        self._rpc.call(AUTHENTICATION, "UserRegister", request, Empty)

    def update(self, id: str, password: Secret | str, role: str, attribute: str = "") -> None:
        """Sets password, role and attribute."""
        request = api.UserUpdateRequest(id=id, password=reveal(password), role=role, attribute=attribute)
        self._rpc.call(AUTHENTICATION, "UserUpdate", request, Empty)

    def change_password(self, password: Secret | str) -> None:
        """The caller's own. Tokens made before it stop working: log in again."""
        self._rpc.call(AUTHENTICATION, "UserChangePassword", api.UserChangePasswordRequest(password=reveal(password)), Empty)

    def reset_password(self, id: str) -> Secret:
        """Gives a user a new random password."""
        request = api.ResetUserPasswordRequest(id=id)
        return Secret(self._rpc.call(AUTHENTICATION, "ResetUserPassword", request, api.ResetUserPasswordResponse).password)

    def delete(self, id: str) -> None:
        self._rpc.call(AUTHENTICATION, "DeleteUser", api.DeleteUserRequest(id=id), Empty)

    def list(self, group: str, *, page_token: str = "", page_size: int = 0) -> Page[str]:
        """One page of ids. An administrator sees everyone (`group` may be anything), a manager its own group."""
        request = v1.ListUserIdsRequest(group=group, page_token=page_token, page_size=page_size)
        answer = self._rpc.call("gaiwan.v1.UserService", "ListUserIds", request, v1.ListUserIdsResponse)
        return Page(tuple(answer.user_ids), answer.next_page_token)

    def list_all(self, group: str) -> Iterator[str]:
        token = ""
        while True:
            page = self.list(group, page_token=token)
            yield from page.items
            token = page.next_page_token
            if not token:
                return
