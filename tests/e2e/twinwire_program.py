# SPDX-License-Identifier: Apache-2.0
"""The program under test and what it leaves behind, for all end-to-end tests."""

import json
import os
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def find_program():
    """The one that TWINWIRE names, else the newest that a build directory of this tree holds."""
    named = os.environ.get("TWINWIRE")
    if named:
        return pathlib.Path(named).resolve()
    built = sorted(SOURCE.glob("build/*/bin/twinwire"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise RuntimeError("no program: build it, or name it in the environment variable TWINWIRE")
    return built[-1]


PROGRAM = find_program()


class Ended:
    """How one call of the program ended."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr


def environment(**changes):
    """A bare environment, so that nobody's terminal or locale decides a test."""
    names = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LC_ALL": "C"}
    for name in ("TWINWIRE_LAB", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            names[name] = os.environ[name]
    names.update(changes)
    return names


def results(directory):
    return json.loads((pathlib.Path(directory) / "result.json").read_text(encoding="utf-8"))


def verdicts_of(document):
    return {(r["scenario"], r["cell"], r["family"], r.get("repetition", 0)): r["verdict"] for r in document["results"]}


def verdicts(directory):
    return verdicts_of(results(directory))
