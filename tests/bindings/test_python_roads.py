# SPDX-License-Identifier: Apache-2.0
"""Both roads to a test, the generated function and the collected file, say of every cell of the catalogue what the
program says; in one process, which walks cells side by side, and in two, which walk them one by one and in another order.

Each bench has a fault, so that not all verdicts are the same. In real time the slow cells are left out.
"""

import importlib.util
import json
import subprocess
import sys
import xml.etree.ElementTree

import pytest
from twinwire_package import PROGRAM, SOURCE, environment

import twinwire

TREE = SOURCE / "scenarios"
has_xdist = pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
TLS_12 = """
format  = 1
extends = "terminating-simulation.toml"

[device.settings]
versions = "1.2"
"""
LOSES_RESETS = """
format  = 1
extends = "nftables.toml"
applied = ["loses-resets"]

[apply.loses-resets]
rules = '''
table inet loses {
  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    iifname "client" ct state established tcp flags & rst == rst counter drop
  }
}
'''
"""


class Run:
    """The program on a bench, while whoever asks goes on."""

    def __init__(self, folder, bench, *words):
        self.folder, self.bench = folder, bench
        command = [PROGRAM, "run", TREE, "--bench", bench, "--keep", "none", "-o", "out", *words]
        with open(folder / "program.txt", "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=output, stderr=output)

    def verdicts(self):
        self.process.wait(timeout=600)
        results = json.loads((self.folder / "out/result.json").read_text(encoding="utf-8"))["results"]
        return {(r["scenario"], r["cell"], r["family"]): r["verdict"] for r in results}

    def end(self):
        self.process.kill()
        self.process.wait()


def verdicts_of_pytest(folder, bench, road, *words):
    """From the properties of each test."""
    (folder / "test_all.py").write_text(f'import twinwire\n\ntest_all = twinwire.scenarios("{TREE}")\n', encoding="utf-8")
    named = {"function": ["test_all.py"], "files": ["--twinwire", TREE]}[road]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={folder / 'base'}"]
    command += ["-o", "junit_family=xunit2", "--junitxml=junit.xml", f"--twinwire-bench={bench}", *named, *words]
    ended = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=900, check=False)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout[-4000:] + ended.stderr
    tests = list(xml.etree.ElementTree.parse(folder / "junit.xml").getroot().iter("testcase"))
    properties = [{p.get("name"): p.get("value") for p in test.iter("property")} for test in tests]
    seen = {(p["scenario"], p["cell"], p["family"]): p["verdict"] for p in properties}
    assert len(seen) == len(tests)
    return seen


def assert_same(seen, told):
    assert len(told) > 400 and {"pass", "fail"} <= set(told.values())
    assert {cell: (told.get(cell), seen.get(cell)) for cell in told | seen if told.get(cell) != seen.get(cell)} == {}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """On a device that many cells change, and on which many others fail if they find it changed."""
    folder = tmp_path_factory.mktemp("simulated")
    bench = folder / "tls-1.2.toml"
    bench.write_text(TLS_12, encoding="utf-8")
    run = Run(folder, bench)
    yield run
    run.end()


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """On a real firewall in namespaces."""
    try:
        twinwire.Bench("nftables").open()
    except twinwire.BenchError as error:
        pytest.skip(f"no namespaces here: {error}")
    folder = tmp_path_factory.mktemp("live")
    bench = folder / "loses-resets.toml"
    bench.write_text(LOSES_RESETS, encoding="utf-8")
    run = Run(folder, bench, "-k", "not slow")
    yield run
    run.end()


ROADS = pytest.mark.parametrize(
    ("road", "processes"),
    [("function", []), pytest.param("files", ["-n", "2"], marks=has_xdist)],
    ids=["function-in-one-process", "files-in-two-processes"],
)
OTHER_ROADS = pytest.mark.parametrize(
    ("road", "processes"),
    [("files", []), pytest.param("function", ["-n", "2"], marks=has_xdist)],
    ids=["files-in-one-process", "function-in-two-processes"],
)


@ROADS
def test_every_cell_has_the_verdict_of_the_program_in_virtual_time(tmp_path, simulated, road, processes):
    assert_same(verdicts_of_pytest(tmp_path, simulated.bench, road, *processes), simulated.verdicts())


@OTHER_ROADS
def test_every_cell_has_the_verdict_of_the_program_on_nftables(tmp_path, live, road, processes):
    assert_same(verdicts_of_pytest(tmp_path, live.bench, road, "-m", "not slow", *processes), live.verdicts())
