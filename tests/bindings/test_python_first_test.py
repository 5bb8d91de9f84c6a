# SPDX-License-Identifier: Apache-2.0
"""The README's first test does what the README says: it fails, and its message names the packet that was dropped."""

import re
import shlex
import subprocess
import sys

import pytest
from twinwire_package import SOURCE, environment

import twinwire


@pytest.fixture(scope="module")
def section():
    readme = (SOURCE / "README.md").read_text(encoding="utf-8")
    return re.search(r"^## Your first test\n(.*?)^## ", readme, re.MULTILINE | re.DOTALL)[1]


def block(section, language):
    return re.search(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[1]


def commands(section):
    """What is to be typed, in order."""
    lines = re.findall(r"^ {4}(\S.*)$", re.sub(r"^```.*?^```", "", section, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def timeless(text):
    """Without durations, and the lines and blanks that are as long as these."""
    return re.sub(r"[\d.]+ (?:us|ms|s)\b", "TIME", re.sub(r"(─|\s)+", r"\1", text))


def test_the_steps_are_those_of_an_installation_with_pip(section):
    steps = commands(section)
    assert ["pip", "install", ".", "pytest"] in steps
    assert steps.index(["pip", "install", ".", "pytest"]) < len(steps) - 1
    assert steps[-1][0] == "pytest"
    # The others are there in a clone, or with Python.
    for step in steps[:-2]:
        assert (SOURCE / step[0]).is_file() or step[0] in ("python3", "."), step


def test_it_fails_and_names_the_packet_that_was_dropped(section, tmp_path):
    try:
        twinwire.Bench("nftables").open()
    except twinwire.BenchError as error:
        pytest.skip(f"no namespaces here: {error}")
    program, *words = commands(section)[-1]
    file = next(word for word in words if word.endswith(".py"))
    assert program == "pytest" and f"`{file}`" in section
    (tmp_path / file).write_text(block(section, "python"), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}", *words],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout + ended.stderr
    shown = [timeless(line) for line in ended.stdout.splitlines()]
    promised = [timeless(line) for line in block(section, "text").splitlines() if line]
    assert promised[0].startswith("fail: ") and any("╳" in line for line in promised)
    for line in promised:
        assert line in shown
    assert "Traceback" not in ended.stdout
