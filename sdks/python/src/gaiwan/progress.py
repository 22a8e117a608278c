"""Progress bars (tqdm, where it is installed), or whatever a caller wants to be told."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Union

#: True: a bar. A function: is told the phase (encrypt, upload, download), the bytes done, and all of them (None: unknown).
Progress = Union[bool, Callable[[str, int, int | None], object]]


class Reporter:
    """A bar for each phase."""

    def __init__(self, progress: Progress) -> None:
        self._tell = progress if callable(progress) else None
        self._bar: Any = None
        self._phase = ""
        self._make = _bar_class() if progress is True else None

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        if self._tell is not None:
            self._tell(phase, done, total)
        if self._make is None:
            return
        if self._phase != phase:
            self.close()
            self._phase = phase
            self._bar = self._make(desc=phase, total=total, unit="B", unit_scale=True, leave=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _bar_class() -> Any:
    try:
        from tqdm.auto import tqdm
    except ModuleNotFoundError:
        raise ModuleNotFoundError("Bars want tqdm: pip install 'gaiwan[progress]', or give a function in place of True.") from None
    return tqdm
