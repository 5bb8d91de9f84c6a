# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the Python package."""

import pytest
from twinwire_package import scenario_text


@pytest.fixture
def write_scenario(tmp_path):
    """Writes a scenario file into the test's folder."""

    def write(name, ladder, **more):
        path = tmp_path / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(scenario_text(ladder, **more), encoding="utf-8")
        return path

    return write
