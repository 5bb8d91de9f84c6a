# SPDX-License-Identifier: Apache-2.0
"""An exclusive lease on interfaces, between all processes of a machine.

Each interface has a file that is locked while it is leased. The kernel lets go of the locks when the process ends, in
whatever way. The files stay: removing one that another process has just opened would give the lease away twice.
"""

import fcntl
import os
import pathlib
import tempfile
from types import TracebackType
from typing import List, Optional, Sequence, Type

FOLDER = pathlib.Path(tempfile.gettempdir())


def _locked(interface: str) -> int:
    path = FOLDER / f"twinwire-lease-{interface}.lock"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except PermissionError:  # another user's, in a folder where the kernel protects such files from O_CREAT
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class Lease:
    """Waits until nobody else has any of the interfaces. Those of no interface cost nothing."""

    def __init__(self, interfaces: Sequence[str]) -> None:
        self._descriptors: List[int] = []
        try:
            # In one order for all, so that two processes never wait for each other.
            for interface in sorted(set(interfaces)):
                self._descriptors.append(_locked(interface))
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Lets the interfaces go; a second time does nothing."""
        while self._descriptors:
            os.close(self._descriptors.pop())

    def __enter__(self) -> "Lease":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.release()
