# SPDX-License-Identifier: Apache-2.0
"""What a Result says, held against the command line and against the packets themselves."""

import json

import pytest
from twinwire_package import FAILS, PASSES, command_line

import twinwire
from twinwire import Fate, Verdict


@pytest.fixture
def walk(write_scenario):
    def walk(ladder, **more):
        [cell] = twinwire.load(write_scenario("cell", ladder, extra='family = "ipv4"\n' + more.pop("extra", ""), **more))
        with twinwire.Bench("simulation") as bench:
            return bench.run(cell)

    return walk


def test_a_pass_is_true_and_a_failure_is_not(walk):
    passed, failed = walk(PASSES), walk(FAILS)
    assert passed and passed.verdict is Verdict.PASS and passed.verdict == "pass"
    assert not failed and failed.verdict is Verdict.FAIL and str(failed.verdict) == "fail"
    assert passed.check() is None


def test_a_failed_check_shows_the_ladder_and_names_the_packet(walk):
    result = walk(FAILS)
    with pytest.raises(AssertionError) as caught:
        result.check()
    text = str(caught.value)
    assert text.startswith("FAIL   cell  ipv4")
    assert "the client's ACK" in text
    assert "\u2573" in text  # where it died
    assert text == result.explain()
    assert result.explain(charset="ascii").isascii()
    with pytest.raises(ValueError, match="charset must be"):
        result.explain(charset="latin-1")


def test_explain_is_what_the_terminal_shows(walk, tmp_path):
    result = walk(FAILS)
    said = command_line("run", "cell.toml", "--bench", "simulation", "-o", "out", cwd=tmp_path).stdout
    assert result.explain() in said


def test_the_ladder_of_a_pass_is_shown_too(walk):
    text = walk(PASSES).explain()
    assert text.startswith("pass   cell  ipv4")
    assert "198.18.1.2" in text and "PSH,ACK" in text


def test_the_dict_is_the_entry_of_the_result_file(walk, tmp_path):
    result = walk(FAILS)
    command_line("run", "cell.toml", "--bench", "simulation", "-o", "out", cwd=tmp_path)
    [written] = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))["results"]
    assert result.to_dict() == written
    assert result.transcript() == (tmp_path / "out" / "transcripts" / "cell.ipv4.jsonl").read_text(encoding="utf-8")


def test_findings_have_their_step_in_words(walk):
    [finding] = [f for f in walk(FAILS).findings if f.weight is Verdict.FAIL]
    assert (finding.layer, finding.step, finding.line, finding.by_device) == ("progress", 1, FAILS, False)
    assert finding.text


def test_a_frame_has_the_fields_of_its_headers(walk):
    result = walk(PASSES)
    syn, arrived = result.frames[:2]
    assert (syn.wire, syn.direction, syn.step) == ("client", "sent", 1)
    assert (arrived.wire, arrived.direction) == ("server", "received")
    assert (syn.src, syn.dst, syn.dport) == ("198.18.1.2", "198.18.1.3", 443)
    assert (syn.flags, syn.flag_bits, syn.ack, syn.payload) == ("SYN", 2, 0, b"")
    assert (syn.ttl, syn.protocol, syn.ether_type, syn.df) == (64, 6, 0x0800, True)
    assert syn.mss == 1460 and syn.options[0].kind == 2 and syn.options[0].data == (1460).to_bytes(2, "big")
    assert syn.checksum_ok and syn.ip_checksum_ok
    assert syn.flow_label is None
    assert bytes(syn) == syn.data and len(syn) == len(syn.data)
    # The octets agree with the fields.
    tcp = syn.data[34:]
    assert int.from_bytes(tcp[0:2], "big") == syn.sport
    assert int.from_bytes(tcp[4:8], "big") == syn.seq
    assert int.from_bytes(tcp[14:16], "big") == syn.window
    assert int.from_bytes(syn.data[18:20], "big") == syn.ipid
    [data] = [f for f in result.frames if f.payload and f.direction == "sent"]
    assert len(data.payload) == 100
    assert data.seq == (syn.seq + 1) % 2**32
    assert 0 <= syn.at <= data.at


def test_frames_outlive_their_result(walk):
    frame = walk(PASSES).frames[0]
    assert frame.flags == "SYN" and len(frame.data) >= 54


def test_transits_say_what_became_of_each_frame(walk):
    crossed = walk(PASSES).transits
    assert {transit.fate for transit in crossed} == {Fate.CROSSED}
    first = crossed[0]
    assert first.sent.seq == first.received.seq and first.arrivals[0].seq == first.sent.seq
    assert (first.from_wire, first.to_wire, first.proof, first.step) == ("client", "server", "", 1)
    assert first.delay >= 0 and not first.reordered
    [dropped] = walk(FAILS).transits
    assert (dropped.fate, dropped.received, dropped.arrivals, dropped.delay) == (Fate.DROPPED, None, [], None)
    assert dropped.proof in ("marker", "timer")


def test_changes_name_the_field(write_scenario, tmp_path):
    bench_file = tmp_path / "lab" / "nat.toml"
    bench_file.parent.mkdir()
    bench_file.write_text('format = 1\nextends = "simulation.toml"\n[device]\nlayer = 3\n[allow]\nttl = "decrement"\n', encoding="utf-8")
    bench = twinwire.Bench(bench_file)
    if bench.name != "nat":
        pytest.fail(bench.name)
    [cell, _] = twinwire.load(write_scenario("cell", PASSES))
    changes = [change for transit in bench.run(cell).transits for change in transit.changes]
    assert {(c.field, c.sent, c.received, c.allowed) for c in changes} <= {("ttl", "64", "63", True)}


def test_an_error_of_our_own_is_no_failure_of_the_device(walk):
    # Over a plain wire everything crosses, so it is the scenario that is wrong.
    result = walk("client --? server : SYN @syn", extra='[expect]\nsyn = "dropped"')
    assert result.verdict is Verdict.ERROR
    assert result.findings[0].layer == "harness"
    assert result.findings[0].text.startswith("fails on a plain wire too: ")


def test_a_sweep_has_its_limit():
    [cell] = [c for c in twinwire.load("tls/limits") if c.searches and c.family == "ipv4"][:1]
    with twinwire.Bench("accumulating-simulation") as bench:
        result = bench.run(cell)
    assert result.limits["kind"] in ("packets", "octets")
    assert result.limits["statement"].startswith("limit: ")
    assert result.limits["statement"] in result.explain()
    assert result.to_dict()["limits"] == result.limits


def test_a_population_has_its_plan():
    [cell] = twinwire.load("tls/populations/inspection-on", population__sessions=5)
    with twinwire.Bench("inspecting-simulation") as bench:
        result = bench.run(cell)
    assert result.verdict is Verdict.FAIL
    assert result.cutover["kind"] == "old-sessions"
    assert result.cutover["statement"] in result.explain()
    assert result.to_dict()["cutover"] == result.cutover


def test_results_without_a_sweep_have_no_limit(walk):
    result = walk(PASSES)
    assert result.limits is None and result.cutover is None and result.evidence == [] and result.reason == ""
