# SPDX-License-Identifier: Apache-2.0
"""The examples do what they say."""

import subprocess
import sys

from twinwire_package import SOURCE, environment

EXAMPLES = SOURCE / "examples"


def run(cwd, name, *words):
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, words)],
        cwd=cwd, env=environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_an_upgrade_that_breaks_something_is_shown_with_the_ladder(tmp_path):
    (tmp_path / "after.toml").write_text(
        'format = 1\nextends = "simulation.toml"\n[device.settings]\nallow-challenge-ack = "no"\n', encoding="utf-8"
    )
    words = ["simulation", tmp_path / "after.toml", "tcp/challenge-ack/syn-in-established"]
    ended = run(tmp_path, "firewall_upgrade.py", *words)
    assert ended.stdout.endswith("8 cells: 8 broken by the upgrade, 0 mended\n"), ended.stdout + ended.stderr
    assert "RST lost" in ended.stdout
    assert ended.returncode == 1


def test_an_upgrade_that_breaks_nothing_says_so(tmp_path):
    ended = run(tmp_path, "firewall_upgrade.py", "simulation", "simulation", "tcp/reset")
    assert ended.stdout.endswith("cells: 0 broken by the upgrade, 0 mended\n"), ended.stderr
    assert ended.returncode == 0


def test_the_sweep_shows_that_packets_are_counted(tmp_path):
    ended = run(tmp_path, "sweep.py")
    assert ended.returncode == 0, ended.stderr
    rows = [list(map(int, line.split())) for line in ended.stdout.splitlines()[1:]]
    assert [segments for _, _, segments in rows] == [12, 12, 12]
    assert [octets for octets, _, _ in rows] == [128, 256, 536]


def test_a_mistake_in_a_device_in_python_is_found_and_mended(tmp_path):
    ended = run(tmp_path, "python_device.py")
    assert ended.returncode == 0, ended.stderr
    assert "RST lost: the client's RST that answers the server's challenge ACK died in the device" in ended.stdout
    assert ended.stdout.endswith("Firewall: 8 of 8 cells failed\nMendedFirewall: 0 of 8 cells failed\n")


def test_the_upgrade_fits_on_a_page():
    assert len((EXAMPLES / "firewall_upgrade.py").read_text(encoding="utf-8").splitlines()) <= 40
