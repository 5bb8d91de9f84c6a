# SPDX-License-Identifier: Apache-2.0
"""`judge RUN`: the same verdicts from the stored transcripts alone."""

import json
import re

import pytest

from twinwire_program import verdicts, verdicts_of

PASSES = "client connects\nclient --> server : PSH,ACK len=100\nclient <-- server : ACK"
FAILS = "client --> server : ACK"
SKIPS = 'device applies "what no bench knows"'
IMPOSSIBLE = "client --? server : SYN @syn"


def stored_judgement(twinwire, directory):
    """The verdicts that `judge` gives, from the file that it was told to write."""
    again = directory.parent / "again.json"
    ended = twinwire("judge", directory, "--json", again)
    document = json.loads(again.read_text(encoding="utf-8"))
    return ended, verdicts_of(document)


@pytest.fixture
def run(twinwire, scenario, tmp_path):
    for name, ladder in (("passes", PASSES), ("fails", FAILS), ("skips", SKIPS)):
        scenario(name, ladder)
    # An error: over a plain wire everything crosses.
    scenario("impossible", IMPOSSIBLE, extra='[expect]\nsyn = "dropped"')
    ended = twinwire("run", "scenarios", "--bench", "simulation", "-o", "out")
    assert ended.code == 1, ended.err
    return tmp_path / "out", ended


def without_times(text):
    text = re.sub(r"\d+\.\d\d s", "T", text)
    return sorted(line for line in text.splitlines() if not line.startswith("results in "))


def test_the_same_verdicts_without_results_and_without_the_devices_name(twinwire, run):
    directory, first = run
    before = verdicts(directory)
    assert set(before.values()) == {"pass", "fail", "error", "skip"}
    (directory / "result.json").unlink()
    (directory / "events.jsonl").unlink()
    bench = json.loads((directory / "bench.json").read_text(encoding="utf-8"))
    assert bench.pop("device") == "simulation"
    bench["name"] = "something else"
    (directory / "bench.json").write_text(json.dumps(bench), encoding="utf-8")
    ended, after = stored_judgement(twinwire, directory)
    assert after == before
    assert ended.code == first.code
    assert without_times(ended.out) == without_times(first.out)


def test_the_whole_catalogue_is_judged_alike(twinwire, tmp_path):
    first = twinwire("run", "--bench", "simulation", "-o", "out")
    before = verdicts(tmp_path / "out")
    (tmp_path / "out/result.json").unlink()
    ended, after = stored_judgement(twinwire, tmp_path / "out")
    assert after == before
    assert ended.code == first.code


def alter(path, choose, change):
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        event = json.loads(line)
        if choose(event):
            change(event)
            lines[number] = json.dumps(event)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return
    raise AssertionError("no such event")


def data_received(event):
    return event.get("kind") == "received" and event.get("wire") == "server" and not event.get("marker") and len(event["frame"]) > 300


def flip_last_octet(event):
    frame = event["frame"]
    event["frame"] = frame[:-2] + f"{int(frame[-2:], 16) ^ 0xFF:02x}"


def test_altering_one_frame_flips_the_verdict(twinwire, run):
    directory, _ = run
    alter(directory / "transcripts/passes.ipv4.jsonl", data_received, flip_last_octet)
    _, after = stored_judgement(twinwire, directory)
    assert after[("passes", "", "ipv4", 0)] == "fail"
    assert after[("passes", "", "ipv6", 0)] == "pass"


def test_taking_one_frame_away_flips_the_verdict(twinwire, run):
    directory, _ = run
    path = directory / "transcripts/passes.ipv4.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not data_received(json.loads(line))]
    assert len(kept) == len(lines) - 1
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    _, after = stored_judgement(twinwire, directory)
    assert after[("passes", "", "ipv4", 0)] != "pass"


@pytest.mark.parametrize("name", ["run.json", "bench.json", "transcripts/passes.ipv4.jsonl", "scenarios/passes.toml"])
def test_a_broken_file_is_one_message_and_exit_code_4(twinwire, run, name):
    directory, _ = run
    path = directory / name
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    ended = twinwire("judge", directory)
    assert ended.code == 4
    assert name.rsplit("/", maxsplit=1)[-1] in ended.err


def test_a_transcript_of_another_cell_is_refused(twinwire, run):
    directory, _ = run
    source = directory / "transcripts/fails.ipv4.jsonl"
    source.rename(directory / "transcripts/passes.ipv4.jsonl")
    ended = twinwire("judge", directory)
    assert ended.code == 4
    assert "another cell" in ended.err
