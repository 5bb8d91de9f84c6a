# SPDX-License-Identifier: Apache-2.0
"""The catalogue on real devices in namespaces: what passes where, and how each fault shows itself.

Nothing here tells the program which device it has in front of it: the benches and the mutants are files, and every expectation
is about what the results say of the packets.
"""

import shutil
import tomllib

import pytest
from twinwire_program import SOURCE, results

CATALOGUE = SOURCE / "scenarios"
MUTANTS = SOURCE / "tests" / "mutants"
# Searches for limits are tried in test_hello.py.
FAST = ("-k", "not slow and not limit")


def tags_of(scenario):
    """The catalogue ids of a scenario: tags such as CHA-01."""
    with open(CATALOGUE / f"{scenario}.toml", "rb") as file:
        return {tag for tag in tomllib.load(file)["tags"] if tag[0].isupper()}


def run(twinwire, tmp_path, bench, *words, scenarios=CATALOGUE):
    directory = tmp_path / "out"
    if directory.exists():
        shutil.rmtree(directory)
    ended = twinwire("run", scenarios, "--bench", bench, "-o", directory, "--keep", "none", *FAST, *words)
    assert ended.code in (0, 1), ended.err
    return results(directory)["results"]


def failed(outcome):
    return [r for r in outcome if r["verdict"] not in ("pass", "skip")]


def texts(result):
    return " ".join([result.get("diagnosis", "")] + [f["text"] for f in result["findings"]])


def test_every_scenario_passes_on_the_strict_linux_firewall(twinwire, tmp_path):
    outcome = run(twinwire, tmp_path, "nftables")
    assert len(outcome) >= 80
    assert {r["family"] for r in outcome} == {"ipv4", "ipv6"}
    assert [(r["scenario"], r["cell"], r["family"], texts(r)) for r in failed(outcome)] == []
    assert all(r["verdict"] == "pass" for r in outcome)


@pytest.mark.parametrize("bench", ["wire", "nat", "simulation"])
def test_every_scenario_that_suits_the_bench_passes(twinwire, tmp_path, bench):
    outcome = run(twinwire, tmp_path, bench)
    assert [(r["scenario"], r["cell"], r["family"], texts(r)) for r in failed(outcome)] == []
    assert sum(r["verdict"] == "pass" for r in outcome) >= 80


# What each faulty ruleset breaks, as the catalogue of devices lists it. M03 also meets CHA-07, whose SYN comes into a
# connection that the firewall still has.
BREAKS = {
    "M01": {"CHA-01", "CHA-03"},
    "M01b": {"CHA-01", "CHA-02", "CHA-03", "HSK-09"},
    "M02": {"CHA-01", "CHA-02", "CHA-03", "HSK-09"},
    "M03": {"CHA-01", "CHA-03", "CHA-07", "HSK-02"},
    "M04": {"CHA-01", "CHA-02", "CHA-03", "CHA-04", "HSK-08", "HSK-09", "RST-03", "RST-04", "RST-05", "RST-06", "RST-07"},
    "M04b": {"CHA-04", "HSK-08", "RST-03", "RST-05"},
}


@pytest.mark.parametrize("mutant", sorted(BREAKS))
def test_a_mutant_is_killed_by_its_scenarios_and_by_no_other(twinwire, tmp_path, mutant):
    outcome = run(twinwire, tmp_path, MUTANTS / f"{mutant}.toml")
    red = failed(outcome)
    assert all(r["verdict"] == "fail" for r in red), [(r["scenario"], r["verdict"]) for r in red if r["verdict"] != "fail"]
    ids_of_red = [tags_of(r["scenario"]) for r in red]
    assert all(ids & BREAKS[mutant] for ids in ids_of_red), "a scenario failed that has nothing to do with this fault"
    assert BREAKS[mutant] <= set().union(*ids_of_red), "a scenario that should have failed did not"
    for result in outcome:
        if tags_of(result["scenario"]) and tags_of(result["scenario"]) <= BREAKS[mutant]:
            assert result["verdict"] == "fail", (result["scenario"], result["cell"], result["family"])


def established(outcome, cell):
    """The two families of the scenario in which a client re-opens into an established connection."""
    found = [r for r in outcome if r["scenario"].endswith("challenge-ack/syn-in-established") and r["cell"] == cell]
    assert len(found) == 2
    return found


def test_open_vswitch_loses_the_syn_or_the_rst_depending_on_the_sequence_number(twinwire, tmp_path):
    outcome = run(twinwire, tmp_path, "openvswitch")
    for result in established(outcome, "new"):
        assert "no answer to the SYN" in texts(result) and "hangs" in texts(result)
    for result in established(outcome, "old.snd.nxt_1000"):
        assert "challenge ACK seen but the RST lost" in texts(result)
        assert "SYN,ACK" in texts(result) and "hangs" in texts(result)
    unknown = [r for r in outcome if r["scenario"].endswith("syn-when-the-device-never-saw-the-connection")]
    assert unknown
    for result in unknown:
        assert "challenge ACK seen but the RST lost" in texts(result) and "hangs" in texts(result)
    # The ids that its connection tracking is known to break; RST-14 is a RST at a hole in the data.
    known = {"CHA-01", "CHA-02", "CHA-03", "CHA-07", "HSK-02", "HSK-09", "RST-14"}
    assert all(r["verdict"] == "fail" and tags_of(r["scenario"]) & known for r in failed(outcome))


def test_open_vswitch_without_sequence_checks_trades_the_incident_for_out_of_window_segments(twinwire, tmp_path):
    outcome = run(twinwire, tmp_path, "openvswitch", "--apply", "no-seq-check")
    red = set().union(*(tags_of(r["scenario"]) for r in failed(outcome)))
    assert not any(tag.startswith("CHA-") for tag in red)
    assert {"RST-08", "RST-10"} <= red
    assert red <= {"RST-08", "RST-10", "HSK-02", "rfc5961"}


def test_synproxy_has_a_signature_of_its_own(twinwire, tmp_path):
    outcome = run(twinwire, tmp_path, "synproxy")
    for result in established(outcome, "new"):
        assert result["verdict"] == "fail"
        assert "a SYN-ACK that leads nowhere" in texts(result)
        assert any(f.get("author") == "device" for f in result["findings"])


def test_a_firewall_that_resets_is_named_as_the_author_of_the_rst(twinwire, tmp_path):
    bench = tmp_path / "rejects.toml"
    bench.write_text(
        'format = 1\nextends = "nftables"\napplied = ["reject"]\n[apply.reject]\nrules = \'\'\'\n'
        "table inet fault {\n  chain forward {\n    type filter hook forward priority -5;\n"
        "    ct state established tcp flags & (syn | ack) == syn reject with tcp reset\n  }\n}\n'''\n",
        encoding="utf-8",
    )
    for result in established(run(twinwire, tmp_path, bench), "new"):
        assert "RST made by the device" in texts(result)
        made = [f for f in result["findings"] if f.get("author") == "device"]
        assert made and "ttl=" in made[0]["text"] and "ack=" in made[0]["text"]


SURICATA = shutil.which("suricata")


@pytest.mark.skipif(SURICATA is None, reason="suricata is not installed: the distribution's suites in use do not have it")
def test_suricata_loses_the_syn_unless_told_to_keep_invalid_packets(twinwire, tmp_path):
    for result in established(run(twinwire, tmp_path, "suricata"), "new"):
        assert "no answer to the SYN" in texts(result)
    for result in established(run(twinwire, tmp_path, "suricata-accept-invalid"), "new"):
        assert result["verdict"] == "pass", texts(result)


def test_repetitions_under_load_give_the_same_verdicts(twinwire, tmp_path, busy_cores):
    outcome = run(twinwire, tmp_path, "nftables", "--repeat", "10", scenarios=CATALOGUE / "tcp")
    assert len(outcome) >= 800
    assert [(r["scenario"], r["cell"], r["family"], r["repetition"], texts(r)) for r in failed(outcome)] == []
