# SPDX-License-Identifier: Apache-2.0
"""What is installed is whole: the module and the command find the helper and the catalogue inside the package."""

import os
import subprocess
import sys

import pytest
from twinwire_package import PACKAGE, environment


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The package alone, as a plain CMake install lays it down."""
    prefix = tmp_path_factory.mktemp("installed")
    install = ["cmake", "--install", str(PACKAGE.parent), "--component", "python", "--prefix", str(prefix)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    [core] = prefix.glob("**/twinwire/_core*.so")
    return core.parents[1]


def call(site, *words):
    return subprocess.run(words, env=environment(PYTHONPATH=str(site)), capture_output=True, text=True, check=True, timeout=120).stdout


def test_the_module_finds_its_catalogue_and_its_benches(site):
    program = "import twinwire; print(twinwire.__file__, len(twinwire.catalogue()) > 100, 'nftables' in twinwire.benches())"
    assert call(site, sys.executable, "-c", program).split() == [str(site / "twinwire/__init__.py"), "True", "True"]


def test_the_command_is_the_program_inside_the_package(site):
    assert "nftables" in call(site, sys.executable, "-m", "twinwire", "doctor")
    listed = call(site, sys.executable, "-m", "twinwire", "list")
    assert listed.endswith(" cells\n")


def test_the_helper_is_the_one_inside_the_package(site):
    helper = site / "twinwire/libexec/twinwire/twinwire-lab"
    assert os.access(helper, os.X_OK)
    program = (
        "import os, pathlib, threading, twinwire\n"
        "with twinwire.Bench('wire'):\n"
        "    [child] = open(f'/proc/self/task/{threading.get_native_id()}/children').read().split()\n"
        "    print(os.readlink(f'/proc/{child}/exe'))\n"
    )
    probe = "import twinwire\ntry:\n    twinwire.Bench('wire').open()\nexcept twinwire.BenchError as error:\n    print(error)"
    if "TWINWIRE_LAB" in os.environ:
        pytest.skip("TWINWIRE_LAB names another helper")
    lacking = call(site, sys.executable, "-c", probe)
    if lacking:
        pytest.skip(f"no namespaces here: {lacking}")
    assert call(site, sys.executable, "-c", program).strip() == str(helper)


def test_pytest_finds_the_plugin(site):
    assert "--twinwire-bench" in call(site, sys.executable, "-m", "pytest", "--help")
