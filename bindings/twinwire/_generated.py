# SPDX-License-Identifier: Apache-2.0
"""`test_x = twinwire.scenarios(...)`: a test function that the pytest plugin parametrises with the cells of scenarios.

Nothing is loaded here, and pytest need not be installed: the function only carries what it was given.
"""

import sys
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Optional, Tuple

from twinwire._loading import Name


@dataclass(frozen=True)
class Request:
    """What a generated test was asked to walk."""

    names: Tuple[Name, ...]
    bench: Optional[Name]
    apply: Tuple[str, ...]
    seed: Optional[int]
    jobs: int
    settings: Dict[str, Any] = field(hash=False)
    folder: str


def scenarios(
    *names: Name,
    bench: Optional[Name] = None,
    apply: Tuple[str, ...] = (),
    seed: Optional[int] = None,
    jobs: int = 64,
    **settings: Any,
) -> Callable[..., None]:
    """A pytest test function with one case for each cell of the scenarios that are named.

        test_firewall = twinwire.scenarios("scenarios/tcp", bench="lab.toml")

    Names and settings are those of load(); a path is looked for from the folder of the test's file first, then as
    load() does. `bench`, `apply`, `seed` and `jobs` are those of Bench and Bench.run; without `bench` it is the bench
    of --twinwire-bench. A bench that is written here stands, whatever the command line says.

    A case's id is the cell's name ("tcp/reset/exact[590]-ipv4"), and it bears the scenario's tags as markers.
    """
    caller = sys._getframe(1)

    def generated(_twinwire_outcome: Any) -> None:
        _twinwire_outcome.settle()

    # So that reports name the line of the assignment and not this file.
    generated.__code__ = generated.__code__.replace(
        co_filename=caller.f_code.co_filename, co_firstlineno=caller.f_lineno
    )
    generated.__module__ = caller.f_globals.get("__name__", __name__)
    generated.__doc__ = "Scenarios " + (", ".join(map(str, names)) or "of the catalogue") + "."
    setattr(
        generated,
        "twinwire_request",
        Request(names, bench, tuple(apply), seed, jobs, settings, caller.f_code.co_filename.rpartition("/")[0]),
    )
    return generated
