# SPDX-License-Identifier: Apache-2.0
"""Exceptions. The message of each is what the command line prints, without "twinwire: " in front."""

from typing import List, Sequence


class Error(Exception):
    """Whatever twinwire itself raises. What a device does is never an exception."""


class LoadError(Error):
    """A mistake in a scenario or a bench file, or in a setting.

    The message is whole: file:line:column, a sentence, the source line and a caret under the offending text.
    `file` is the path, `line` and `column` count from 1.
    """

    def __init__(self, message: str, file: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.column = column


class UsageError(Error):
    """A name, a setting or a call that cannot be used: a full sentence."""


class BenchError(Error):
    """The bench could not be had, or it was lost. Says nothing about the device.

    `results` has the Results of the cells that were over before it was lost.
    """

    def __init__(self, message: str, results: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.results: List[object] = list(results)
