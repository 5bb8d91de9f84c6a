# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the Python package."""

import pytest
from twinwire_package import PACKAGE, scenario_text

collect_ignore_glob = [] if PACKAGE is not None else ["test_*.py"]


def pytest_terminal_summary(terminalreporter):
    if PACKAGE is None:
        terminalreporter.write_line("tests/bindings: skipped, the Python package is not built: configure with -DTWINWIRE_PYTHON=ON")


@pytest.fixture
def write_scenario(tmp_path):
    """Writes a scenario file into the test's folder."""

    def write(name, ladder, **more):
        path = tmp_path / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(scenario_text(ladder, **more), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def namespaces():
    """Skips where there are none."""
    import twinwire  # not before it is known that there is a package

    try:
        twinwire.Bench("wire").open()
    except twinwire.BenchError as error:
        pytest.skip(f"no namespaces here: {error}")


@pytest.fixture(scope="session")
def live(namespaces):
    """A bench in real time."""
    return "wire"
