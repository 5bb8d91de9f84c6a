# SPDX-License-Identifier: Apache-2.0
"""Named changes of the bench, settings, and a bench that goes away in mid-run."""

import json

import pytest
from twinwire_program import results, verdicts

# A SYN of a lost connection, the server's challenge ACK, the client's RST.
CHALLENGE = """client connects
client forgets
client --> server : SYN iss=new
client <-- server : ACK
client --> server : RST seq=seg.ack"""
NO_CHALLENGE_ACK = '[apply.no-challenge-ack]\nmodel = { allow-challenge-ack = "no" }\n'


def test_a_change_made_at_the_start_changes_the_verdict(twinwire, scenario, bench, tmp_path):
    path = scenario("challenge", CHALLENGE)
    lab = bench("lab", rest=NO_CHALLENGE_ACK)
    assert twinwire("run", path, "--bench", lab, "-o", "without").code == 0
    ended = twinwire("run", path, "--bench", lab, "--apply", "no-challenge-ack", "-o", "with")
    assert ended.code == 1
    assert set(verdicts(tmp_path / "with").values()) == {"fail"}
    assert twinwire("judge", "with").code == 1


def test_a_change_made_by_the_ladder_changes_what_follows(twinwire, scenario, bench, tmp_path):
    path = scenario("challenge", 'device applies "no-challenge-ack"\n' + CHALLENGE)
    ended = twinwire("run", path, "--bench", bench("lab", rest=NO_CHALLENGE_ACK), "-o", "out")
    assert ended.code == 1
    assert {v for v in verdicts(tmp_path / "out").values()} == {"fail"}


def test_what_a_ladder_changes_no_other_cell_finds(twinwire, scenario, bench, tmp_path):
    scenario("a-changes", 'device applies "no-challenge-ack"\nclient connects')
    scenario("b-alone", CHALLENGE, extra="exclusive = true")
    twinwire("run", "scenarios", "--bench", bench("lab", rest=NO_CHALLENGE_ACK), "-o", "out")
    assert set(verdicts(tmp_path / "out").values()) == {"pass"}


def test_the_nearest_change_is_suggested(twinwire, scenario, bench):
    ended = twinwire("run", scenario("challenge", CHALLENGE), "--bench", bench("lab", rest=NO_CHALLENGE_ACK), "--apply", "no-chalenge-ack")
    assert ended.code == 4
    assert "did you mean 'no-challenge-ack'?" in ended.err


def test_a_change_that_the_device_refuses_is_an_error_of_its_cell_only(twinwire, scenario, bench, tmp_path):
    scenario("a-first", "client connects")
    scenario("b-breaks", 'device applies "odd"')
    ended = twinwire("run", "scenarios", "--bench", bench("lab", rest='[apply.odd]\nmodel = { no-such-setting = "yes" }\n'), "-o", "out")
    assert ended.code == 1
    assert "no setting 'no-such-setting'" in ended.out
    by_name = {name: verdict for (name, _, _, _), verdict in verdicts(tmp_path / "out").items()}
    assert by_name == {"a-first": "pass", "b-breaks": "error"}
    again = twinwire("judge", "out", "--json", "again.json")
    document = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert again.code == 1
    assert {r["verdict"] for r in document["results"] if r["scenario"] == "a-first"} == {"pass"}


def test_a_setting_reaches_the_wire(twinwire, scenario, tmp_path):
    path = scenario("passes", "client connects")
    assert twinwire("run", path, "--bench", "simulation", "--set", "client.mtu=600", "-o", "out").code == 0
    transcript = (tmp_path / "out/transcripts/passes.ipv4.jsonl").read_text(encoding="utf-8")
    assert "02040230" in transcript  # mss 560
    assert twinwire("judge", "out").code == 0


@pytest.mark.parametrize("setting", ["client.mtv=600", "client.mtu=tall", "nowhere=1"])
def test_a_setting_that_is_none_is_one_message(twinwire, scenario, setting):
    ended = twinwire("run", scenario("passes", "client connects"), "--bench", "simulation", "--set", setting)
    assert ended.code == 4
    assert ended.out == ""
    assert setting.split("=", maxsplit=1)[0].rsplit(".", maxsplit=1)[-1] in ended.err


def test_6_only_inconclusive_results(twinwire, scenario, tmp_path):
    path = scenario("passes", "client connects")
    assert twinwire("run", path, "--bench", "simulation", "-o", "out").code == 0
    # Without its last line nobody knows whether something else was to come.
    for transcript in (tmp_path / "out/transcripts").iterdir():
        lines = transcript.read_text(encoding="utf-8").splitlines()
        assert json.loads(lines[-1])["kind"] == "closes"
        transcript.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    ended = twinwire("judge", "out")
    assert ended.code == 6
    assert "2 inconclusive" in ended.out


def test_the_first_run_of_a_seed_is_recorded(twinwire, scenario, tmp_path):
    twinwire("run", scenario("passes", "client connects"), "--bench", "simulation", "--seed", "18446744073709551615", "-o", "out")
    plan = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    assert plan["seed"] == 18446744073709551615
    assert plan["command"].startswith("run ")
    assert len(results(tmp_path / "out")["results"]) == 2
