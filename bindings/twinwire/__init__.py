# SPDX-License-Identifier: Apache-2.0
"""twinwire from Python: scenarios on a bench, and what the device did to every packet.

    import twinwire

    with twinwire.Bench("nftables") as bench:
        for result in bench.run(twinwire.load("tcp/reset")):
            result.check()

docs/python.md has the rest.
"""

from twinwire._core import (
    Act,
    Bench,
    Client,
    Connection,
    Device,
    End,
    FieldChange,
    Finding,
    Frame,
    Result,
    Scenario,
    Session,
    TcpOption,
    Transit,
    __version__,
)
from twinwire._devices import Middlebox
from twinwire._errors import BenchError, Error, LoadError, UsageError
from twinwire._generated import scenarios
from twinwire._loading import benches, catalogue, load
from twinwire._words import Fate, Verdict

__all__ = [
    "Act",
    "Bench",
    "BenchError",
    "Client",
    "Connection",
    "Device",
    "End",
    "Error",
    "Fate",
    "FieldChange",
    "Finding",
    "Frame",
    "LoadError",
    "Middlebox",
    "Result",
    "Scenario",
    "Session",
    "TcpOption",
    "Transit",
    "UsageError",
    "Verdict",
    "__version__",
    "benches",
    "catalogue",
    "load",
    "scenarios",
]
