# SPDX-License-Identifier: Apache-2.0
"""Enumerations. Each member is a string too, spelled as in result.json."""

import enum


class _Word(str, enum.Enum):
    def __str__(self) -> str:
        return str(self.value)


class Verdict(_Word):
    """What a cell came to. Only ever worsened from PASS to ERROR, in this order; SKIP stands aside."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"  #: says nothing about the device
    FAIL = "fail"
    ERROR = "error"  #: our own fault
    SKIP = "skip"


class Fate(_Word):
    """What became of a frame between the two wires."""

    CROSSED = "crossed"
    DROPPED = "dropped"  #: it went in, and its absence at the far wire is proved
    UNSETTLED = "unsettled"  #: it went in, and nothing proves that it will not come
    AMBIGUOUS = "ambiguous"  #: several frames could be the one
    MADE = "made"  #: it came out, and neither end had sent it
    AROUND = "around"  #: carried past the device
    REFUSED = "refused"  #: it never left our socket
    TAKEN = "taken"  #: of a connection that the device ends itself
