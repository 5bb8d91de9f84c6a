# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests: calling the program, and writing small scenarios and benches for it."""

import os
import subprocess
import sys

import pytest
from twinwire_program import PROGRAM, Ended, environment


@pytest.fixture
def twinwire(tmp_path):
    """Calls the program in a folder of its own."""

    def call(*words, env=None, timeout=120):
        done = subprocess.run(
            [str(PROGRAM), *map(str, words)],
            cwd=tmp_path,
            env=environment(**(env or {})),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        return Ended(done)

    return call


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario file; the ladder is what matters."""

    def write(name, ladder, extra=""):
        path = tmp_path / "scenarios" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "format = 1\n"
            f'title = "{name}"\n'
            'why = "The test wants to know."\n'
            'references = ["RFC 9293"]\n'
            'tags = ["test"]\n'
            f"{extra}\n"
            f"[script]\nladder = '''\n{ladder}\n'''\n",
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture
def bench(tmp_path):
    """Writes a bench file for the simulation."""

    def write(name, device='kind = "model"\nlayer = 2\nmodel = "stateful"', profile="strict", allow='ttl = "decrement"', rest=""):
        path = tmp_path / f"{name}.toml"
        path.write_text(
            'format = 1\nworld = "simulation"\n'
            f'profile = "{profile}"\nordered = true\n'
            '[client]\naddress = ["198.18.1.2/24", "2001:2:0:1::2/64"]\n'
            '[server]\naddress = ["198.18.1.3/24", "2001:2:0:1::3/64"]\n'
            f"[device]\n{device}\n[allow]\n{allow}\n{rest}",
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture(scope="session")
def live_bench():
    """A Linux firewall in the namespace world: real time, and a real device."""
    said = subprocess.run([str(PROGRAM), "doctor"], env=environment(), capture_output=True, text=True, check=True, timeout=120).stdout
    line = next(line for line in said.splitlines() if line.startswith("bench nftables "))
    if " yes" not in line:
        pytest.skip(f"no namespaces here: {line}")
    return "nftables"


@pytest.fixture
def busy_cores():
    """Keeps every core busy with other work while the test runs."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()
