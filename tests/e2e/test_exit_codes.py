# SPDX-License-Identifier: Apache-2.0
"""Every exit code, by what brings it about."""

import re

import pytest

from twinwire_program import results

PASSES = "client connects\nclient --> server : PSH,ACK len=100\nclient <-- server : ACK"
# A stateful firewall lets nothing through that belongs to no connection.
FAILS = "client --> server : ACK"


def test_0_all_as_expected(twinwire, scenario):
    ended = twinwire("run", scenario("passes", PASSES), "--bench", "simulation", "-o", "out")
    assert ended.code == 0, ended.out + ended.err
    assert "2 cells: 2 passed, 0 failed, 0 skipped in " in ended.out


def test_1_something_failed(twinwire, scenario):
    ended = twinwire("run", scenario("fails", FAILS), "--bench", "simulation", "-o", "out")
    assert ended.code == 1
    assert "FAIL   fails  ipv4" in ended.out
    assert "why it matters: The test wants to know." in ended.out


def test_1_an_error_counts_as_a_failure(twinwire, scenario):
    # Over a plain wire everything crosses, so it is the scenario that is wrong.
    path = scenario("impossible", "client --? server : SYN @syn", extra='[expect]\nsyn = "dropped"')
    ended = twinwire("run", path, "--bench", "simulation", "-o", "out", "-k", "ipv4")
    assert ended.code == 1
    [result] = results(path.parents[1] / "out")["results"]
    assert result["verdict"] == "error"
    assert result["findings"][0]["layer"] == "harness"
    assert result["findings"][0]["text"].startswith("fails on a plain wire too: ")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["walk"],
        ["run", "--jobs", "0"],
        ["run", "--bench", "no-such-bench"],
        ["run", "no/such/scenario"],
        ["run", "--set", "client.mtu"],
        ["run", "--bench", "simulation", "-k", "rst and"],
        ["run", "--bench", "simulation", "--apply", "no-such-change"],
        ["run", "--bench", "simulation", "--keep", "some"],
        ["judge", "no-such-run"],
        ["check"],
    ],
)
def test_4_a_command_line_that_cannot_be_used(twinwire, words):
    ended = twinwire(*words)
    assert ended.code == 4, ended.err
    assert ended.out == ""
    assert len(ended.err.strip().splitlines()) == 1, ended.err


def test_4_a_name_that_is_nearly_right_is_suggested(twinwire):
    ended = twinwire("run", "--bench", "nftable")
    assert ended.code == 4
    assert "did you mean 'nftables'?" in ended.err


def test_4_a_bad_scenario(twinwire, scenario):
    ended = twinwire("run", scenario("bad", "client --> sever : SYN"), "--bench", "simulation")
    assert ended.code == 4
    assert re.search(r"bad\.toml:\d+:\d+: ", ended.err)


def test_4_a_directory_that_is_not_empty(twinwire, scenario, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x", encoding="utf-8")
    ended = twinwire("run", scenario("passes", PASSES), "--bench", "simulation", "-o", "out")
    assert ended.code == 4
    assert "is not empty" in ended.err


def test_5_nothing_selected(twinwire, scenario):
    ended = twinwire("run", scenario("passes", PASSES), "--bench", "simulation", "-k", "nothing-is-called-this")
    assert ended.code == 5
    assert "nothing was selected" in ended.err


def test_5_everything_skipped(twinwire, scenario, tmp_path):
    path = scenario("applies", 'client connects\ndevice applies "what no bench knows"')
    ended = twinwire("run", path, "--bench", "simulation", "-o", "out")
    assert ended.code == 5, ended.out + ended.err
    assert "skipped 2 cells: this bench knows no change 'what no bench knows' (applies)" in ended.out
    assert {r["verdict"] for r in results(tmp_path / "out")["results"]} == {"skip"}


def test_6_a_bench_that_cannot_be_had(twinwire, scenario, bench):
    path = bench("odd", device='kind = "model"\nlayer = 2\nmodel = "stateful"\nsettings = { no-such-setting = "1" }')
    ended = twinwire("run", scenario("passes", PASSES), "--bench", path)
    assert ended.code == 6, ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_6_a_bench_that_nobody_answers_on(twinwire, scenario, tmp_path, bench):
    # The model is a bridge: at layer 3 there is no router that would answer ARP.
    path = bench("mute", device='kind = "model"\nlayer = 3\nmodel = "stateful"')
    path.write_text(path.read_text(encoding="utf-8").replace("198.18.1.3", "198.18.2.3"), encoding="utf-8")
    ended = twinwire("run", scenario("passes", PASSES), "--bench", path, "-o", "out", "-k", "ipv4")
    assert ended.code == 6, ended.out + ended.err
    assert "nobody answers ARP for 198.18.1.1" in ended.err
    [result] = results(tmp_path / "out")["results"]
    assert result["verdict"] == "inconclusive"
    assert result["findings"][0]["layer"] == "harness"


def test_help_and_version_are_no_errors(twinwire):
    assert twinwire("--version").out.startswith("twinwire ")
    ended = twinwire("run", "--help")
    assert ended.code == 0
    assert "--no-baseline" in ended.out
