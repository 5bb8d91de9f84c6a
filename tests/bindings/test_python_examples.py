# SPDX-License-Identifier: Apache-2.0
"""The examples do what they say."""

import subprocess
import sys

from twinwire_package import SOURCE, environment

EXAMPLES = SOURCE / "examples"
BENCHES = SOURCE / "harness" / "bench" / "builtin"


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


def test_in_window_segments_are_not_altered_by_netfilter(tmp_path, namespaces):
    ended = run(tmp_path, "in_window.py", "nftables")
    assert (ended.stdout, ended.returncode) == ("no in-window segment was altered\n", 0), ended.stderr


# As some firewalls do by default.
CLEARS_URGENT = """
table inet urgent {
  chain forward {
    type filter hook forward priority 10; policy accept;
    tcp flags & urg == urg tcp urgptr set 0
  }
}
"""


def test_a_device_that_clears_the_urgent_pointer_is_found_by_the_smallest_segment(tmp_path, namespaces):
    (tmp_path / "urgent.nft").write_text(CLEARS_URGENT, encoding="utf-8")
    (tmp_path / "strict.nft").write_text((BENCHES / "strict.nft").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "urgent.toml").write_text(
        'format = 1\nextends = "nftables.toml"\n[device]\nruleset = ["strict.nft", "urgent.nft"]\n', encoding="utf-8"
    )
    ended = run(tmp_path, "in_window.py", tmp_path / "urgent.toml")
    assert ended.returncode == 1
    smallest = "URG,ACK seq=1401 urg=1 len=0 <nop,nop,ts val 1001 ecr 5000>"
    assert f"AssertionError: {smallest} was altered: [<FieldChange urg: 1 to 0>]" in ended.stderr
    assert f"in_window='{smallest}'" in ended.stderr
