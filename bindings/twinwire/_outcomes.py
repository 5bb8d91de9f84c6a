# SPDX-License-Identifier: Apache-2.0
"""From a Result to what pytest makes of a test: passed, failed with the ladder, skipped, or expected to fail."""

import datetime
import pathlib
import re
from typing import List, NoReturn, Optional

import pytest

from twinwire._core import Result
from twinwire._known import KnownIssue
from twinwire._words import Verdict


def headline(result: Result) -> str:
    """One sentence that says what went wrong."""
    worst = [finding.text for finding in result.findings if finding.weight is result.verdict]
    said = result.diagnosis or (worst[0] if worst else "") or result.reason or f"the verdict is {result.verdict}"
    return f"{result.verdict}: {said}"


def record(item: pytest.Item, result: Result) -> None:
    """Into the test's report, and so into JUnit."""
    for name in ("scenario", "cell", "family", "verdict"):
        item.user_properties.append((name, str(getattr(result, name))))


def keep(folder: Optional[str], bench: str, result: Result) -> None:
    """Writes down what did not pass: the ladder, and the transcript with all frames."""
    if folder is None or result.verdict in (Verdict.PASS, Verdict.SKIP):
        return
    path = pathlib.Path(folder) / bench
    path.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]", ".", result.name)
    (path / f"{stem}.txt").write_text(result.explain(), encoding="utf-8")
    (path / f"{stem}.jsonl").write_text(result.transcript(), encoding="utf-8")


class Outcome:
    """A result with the known issues about its cell."""

    def __init__(self, result: Result, issues: List[KnownIssue], today: datetime.date) -> None:
        self.result = result
        self._issues = [issue for issue in issues if issue.is_about(result.scenario, result.cell, result.family)]
        self._live = [issue for issue in self._issues if not issue.expired(today)]

    def settle(self) -> None:
        """Ends the test as pytest's own functions do, with text and no traceback."""
        __tracebackhide__ = True
        result = self.result
        if result.verdict is Verdict.SKIP:
            pytest.skip(result.reason)
        if result:
            for issue in self._live:
                pytest.fail(f"known issue {issue}: it passed unexpectedly; take it out of the file", pytrace=False)
            return
        excused = [issue for issue in self._live if result.verdict is not Verdict.ERROR and issue.explains(result)]
        if excused:
            pytest.xfail(f"known issue {excused[0]}: {headline(result)}")
        self._fail()

    def _fail(self) -> NoReturn:
        __tracebackhide__ = True
        notes = ""
        for issue in self._issues:
            if issue in self._live:
                notes += f"known issue {issue} is another one: '{issue.text}' is not what was found here\n"
            else:
                notes += f"known issue {issue} excuses nothing any more\n"
        pytest.fail(f"{headline(self.result)}\n\n{self.result.explain()}{notes}".rstrip("\n"), pytrace=False)
