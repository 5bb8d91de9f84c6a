# SPDX-License-Identifier: Apache-2.0
"""Known issues: failures that are expected, each until a date.

    format = 1

    [[issue]]
    id       = "FW-1234"                     # in the tracker of whoever owns it
    scenario = "tcp/reset/exact"
    cell     = "590"                         # may be left out: all cells
    family   = "ipv6"                        # may be left out: both
    text     = "died in the device"          # must occur in the findings or the diagnosis
    expires  = 2027-03-31                    # the last day on which it excuses anything
    owner    = "firewall team"
"""

import datetime
import tomllib
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from twinwire._core import Result
from twinwire._errors import UsageError

REQUIRED = {"id": str, "scenario": str, "text": str, "expires": datetime.date, "owner": str}
OPTIONAL = {"cell": str, "family": str}
FAMILIES = ("ipv4", "ipv6")


@dataclass(frozen=True)
class KnownIssue:
    """One entry of the file."""

    id: str
    scenario: str
    text: str
    expires: datetime.date
    owner: str
    cell: Optional[str] = None
    family: Optional[str] = None

    def is_about(self, scenario: str, cell: str, family: str) -> bool:
        """Whether the entry means this cell."""
        return self.scenario == scenario and self.cell in (None, cell) and self.family in (None, family)

    def explains(self, result: Result) -> bool:
        """Whether this is the failure that is expected."""
        return any(self.text in said for said in [result.diagnosis, *(finding.text for finding in result.findings)])

    def expired(self, today: datetime.date) -> bool:
        """Whether it excuses nothing any more."""
        return today > self.expires

    def __str__(self) -> str:
        return f"{self.id} (until {self.expires}, {self.owner})"


def _entry(number: int, table: Dict[str, Any], file: str) -> KnownIssue:
    where = f"{file}: issue {number}"
    known = {**REQUIRED, **OPTIONAL}
    for key, value in table.items():
        if key not in known:
            raise UsageError(f"{where}: there is no key '{key}'; there are {', '.join(known)}")
        if type(value) is not known[key]:
            raise UsageError(f"{where}: {key} must be a {'date' if known[key] is datetime.date else 'string'}")
    for key in REQUIRED:
        if key not in table:
            raise UsageError(f"{where}: the key '{key}' is missing")
        if table[key] == "":
            raise UsageError(f"{where}: {key} must not be empty")
    if table.get("family", FAMILIES[0]) not in FAMILIES:
        raise UsageError(f"{where}: family must be ipv4 or ipv6")
    return KnownIssue(**table)


def read(file: str) -> List[KnownIssue]:
    """All entries of a file. Raises UsageError."""
    try:
        with open(file, "rb") as stream:
            document = tomllib.load(stream)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}") from error
    issues = document.pop("issue", [])
    if document.pop("format", None) != 1:
        raise UsageError(f"{file}: format must be 1")
    if document:
        raise UsageError(f"{file}: there is no key '{next(iter(document))}'; there are format and [[issue]]")
    if not isinstance(issues, list) or not all(isinstance(table, dict) for table in issues):
        raise UsageError(f"{file}: issues are written as [[issue]]")
    return [_entry(number, table, file) for number, table in enumerate(issues, 1)]
