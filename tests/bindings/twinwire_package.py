# SPDX-License-Identifier: Apache-2.0
"""The Python package under test, the program beside it, and small files for both."""

import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def find_package():
    """The folder to import from: what TWINWIRE_PYTHON names, else what lies beside the program that TWINWIRE names, else
    the newest in a build directory of this tree."""
    named = os.environ.get("TWINWIRE_PYTHON")
    if named:
        return pathlib.Path(named).resolve()
    program = os.environ.get("TWINWIRE")
    folders = [pathlib.Path(program).resolve().parents[1]] if program else SOURCE.glob("build/*")
    built = [folder / "python" for folder in folders if list(folder.glob("python/twinwire/_core*.so"))]
    return max(built, key=lambda path: path.stat().st_mtime) if built else None


PACKAGE = find_package()
if PACKAGE is not None:
    PROGRAM = PACKAGE / "twinwire" / "bin" / "twinwire"
    if str(PACKAGE) not in sys.path:
        sys.path.insert(0, str(PACKAGE))


def environment(**changes):
    """A bare environment in which Python finds the package, and pytest its plugin."""
    names = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(PACKAGE)}
    names.update({name: os.environ[name] for name in ("TWINWIRE_LAB",) if name in os.environ})
    names.update(changes)
    return names


def command_line(*words, cwd):
    """Calls the program."""
    return subprocess.run(
        [str(PROGRAM), *map(str, words)], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )


def scenario_text(ladder, title="A right thing", extra="", tags='"test"'):
    """A scenario of which the ladder is what matters."""
    return (
        f'format = 1\ntitle = "{title}"\nwhy = "The test wants to know."\nreferences = ["RFC 9293"]\ntags = [{tags}]\n'
        f"{extra}\n[script]\nladder = '''\n{ladder}\n'''\n"
    )


PASSES = "client connects\nclient --> server : PSH,ACK len=100\nclient <-- server : ACK"
# A stateful firewall lets nothing through that belongs to no connection.
FAILS = "client --> server : ACK"
