# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` lays down is whole: the command, the module, and each finds its helper and its catalogue."""

import os
import re
import subprocess
import sys

import pytest
from twinwire_package import PACKAGE, environment


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Where all is installed that there is to install."""
    prefix = tmp_path_factory.mktemp("installed")
    subprocess.run(["cmake", "--install", str(PACKAGE.parent), "--prefix", str(prefix)], check=True, capture_output=True, timeout=120)
    return prefix


@pytest.fixture(scope="module")
def site(prefix):
    """The folder to import from."""
    [core] = prefix.glob("**/python3*/*-packages/twinwire/_core*.so")
    return core.parents[1]


def call(site, *words):
    return subprocess.run(words, env=environment(PYTHONPATH=str(site)), capture_output=True, text=True, check=True, timeout=120).stdout


def test_the_command_needs_no_python(prefix):
    command = str(prefix / "bin/twinwire")
    empty = {"PATH": "/nonexistent", "LC_ALL": "C.UTF-8"}
    listed = subprocess.run([command, "list"], env=empty, capture_output=True, text=True, check=True, timeout=120).stdout
    assert listed.endswith(" cells\n")
    out = prefix / "out"
    run = [command, "run", "--bench", "simulation", "-o", str(out), "tcp/reset/exact-rst-ack"]
    subprocess.run(run, env=empty, check=True, capture_output=True, timeout=120)
    assert (out / "result.json").exists()
    assert os.access(prefix / "libexec/twinwire/twinwire-lab", os.X_OK)


def test_the_folder_of_packages_is_one_in_which_the_interpreter_looks(site, prefix):
    entries = re.findall(r"^(\w+):\w+=(.*)$", (PACKAGE.parent / "CMakeCache.txt").read_text(encoding="utf-8"), re.MULTILINE)
    configured = dict(entries)
    usual = configured["CMAKE_INSTALL_PREFIX"]
    looks = [sys.executable, "-c", "import site; print(*site.getsitepackages(), sep='\\n')"]
    folders = subprocess.run(looks, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    under = [folder for folder in folders if folder.startswith(f"{usual}/")]
    if not under:
        pytest.skip(f"this interpreter looks for no packages under {usual}")
    assert f"{usual}/{site.relative_to(prefix)}" in under


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
