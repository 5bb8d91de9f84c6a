# SPDX-License-Identifier: Apache-2.0
"""What a run leaves behind: the contract of result.json, JUnit, events, and what reaches the terminal."""

import copy
import json
import os
import pathlib
import pty
import re
import subprocess
import xml.etree.ElementTree

import jsonschema
import pytest

from twinwire_program import PROGRAM, SOURCE, environment, results

SCHEMA = json.loads((SOURCE / "docs/result.schema.json").read_text(encoding="utf-8"))
PASSES = "client connects\nclient --> server : PSH,ACK len=100\nclient <-- server : ACK"
FAILS = "client --> server : ACK"
SKIPS = 'device applies "what no bench knows"'


@pytest.fixture
def mixed_run(twinwire, scenario, tmp_path):
    """A run with a pass, a failure and a skip in both families."""
    for name, ladder in (("passes", PASSES), ("fails", FAILS), ("skips", SKIPS)):
        scenario(name, ladder)
    ended = twinwire("run", "scenarios", "--bench", "simulation", "-o", "out", "--junit", "junit.xml", "--json", "copy.json")
    assert ended.code == 1, ended.out + ended.err
    return tmp_path / "out", ended


def test_a_real_result_is_as_the_schema_says(mixed_run):
    directory, _ = mixed_run
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(results(directory), SCHEMA, cls=jsonschema.Draft7Validator)


def test_the_results_of_the_catalogue_are_as_the_schema_says(twinwire, tmp_path):
    assert twinwire("run", "--bench", "simulation", "-o", "out").code in (0, 1)
    jsonschema.validate(results(tmp_path / "out"), SCHEMA, cls=jsonschema.Draft7Validator)


def put(path, value):
    def change(document):
        *way, last = path
        for key in way:
            document = document[key]
        document[last] = value

    return change


def drop(path):
    def change(document):
        *way, last = path
        for key in way:
            document = document[key]
        del document[last]

    return change


@pytest.mark.parametrize(
    "change",
    [
        put(["format"], 2),
        put(["started"], "yesterday"),
        put(["seconds"], -1),
        put(["more"], 1),
        drop(["results"]),
        drop(["device"]),
        put(["results", 0, "verdict"], "passed"),
        put(["results", 0, "family"], "ipv5"),
        put(["results", 0, "cell"], "mtu=590"),
        put(["results", 0, "findings"], []),
        drop(["results", 0, "findings", 0, "text"]),
        put(["results", 0, "findings", 0, "layer"], "physical"),
        put(["results", 0, "findings", 0, "step"], -1),
        put(["results", 0, "findings", 0, "author"], "server"),
        drop(["results", 4, "reason"]),
    ],
)
def test_an_altered_result_is_not_as_the_schema_says(mixed_run, change):
    directory, _ = mixed_run
    document = copy.deepcopy(results(directory))
    assert [r["verdict"] for r in document["results"]] == ["fail", "fail", "pass", "pass", "skip", "skip"]
    change(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft7Validator)


def test_the_copy_is_the_original(mixed_run):
    directory, _ = mixed_run
    assert (directory / "result.json").read_bytes() == (directory.parent / "copy.json").read_bytes()


def test_junit_can_be_read_and_counts_right(mixed_run):
    directory, _ = mixed_run
    suite = xml.etree.ElementTree.parse(directory.parent / "junit.xml").getroot()
    assert suite.tag == "testsuite"
    assert [suite.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["6", "2", "0", "2"]
    cases = {(case.get("classname"), case.get("name")): case for case in suite.iter("testcase")}
    assert len(cases) == 6
    failure = cases[("fails", "ipv4")].find("failure")
    assert "device" in failure.get("message")
    assert "absence proved by a marker" in failure.text
    assert "what no bench knows" in cases[("skips", "ipv6")].find("skipped").get("message")
    assert list(cases[("passes", "ipv4")]) == []


def test_events_tell_the_same_story(mixed_run):
    directory, _ = mixed_run
    events = [json.loads(line) for line in (directory / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert events[0]["event"] == "run-started"
    assert events[0]["cells"] == 6
    assert events[-1]["event"] == "run-finished"
    finished = [event["result"] for event in events if event["event"] == "cell-finished"]
    assert sorted(map(str, finished)) == sorted(map(str, results(directory)["results"]))


def test_the_run_directory_has_what_the_page_says(mixed_run):
    directory, _ = mixed_run
    assert sorted(path.name for path in directory.iterdir()) == [
        "bench.json", "events.jsonl", "result.json", "run.json", "scenarios", "transcripts",
    ]
    assert sorted(path.name for path in (directory / "transcripts").iterdir()) == [
        "fails.ipv4.jsonl", "fails.ipv6.jsonl", "passes.ipv4.jsonl", "passes.ipv6.jsonl",
    ]
    page = (SOURCE / "docs/results.md").read_text(encoding="utf-8")
    for path in directory.iterdir():
        assert f"`{path.name}" in page


@pytest.mark.parametrize(("keep", "names"), [("failed", ["fails.ipv4.jsonl", "fails.ipv6.jsonl"]), ("none", [])])
def test_fewer_transcripts_may_be_kept(twinwire, scenario, tmp_path, keep, names):
    for name, ladder in (("passes", PASSES), ("fails", FAILS)):
        scenario(name, ladder)
    twinwire("run", "scenarios", "--bench", "simulation", "-o", "out", "--keep", keep)
    assert sorted(path.name for path in tmp_path.glob("out/transcripts/*")) == names


def test_repetitions_are_all_listed(twinwire, scenario, tmp_path):
    twinwire("run", scenario("passes", PASSES), "--bench", "simulation", "-o", "out", "--repeat", "3")
    document = results(tmp_path / "out")
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft7Validator)
    assert sorted((r["family"], r["repetition"]) for r in document["results"]) == [
        (family, k) for family in ("ipv4", "ipv6") for k in (1, 2, 3)
    ]


def test_a_parent_is_stored_with_its_child(twinwire, scenario, tmp_path):
    scenario("parents/_base", PASSES)
    child = tmp_path / "scenarios/children/child.toml"
    child.parent.mkdir()
    child.write_text('format = 1\nextends = "../parents/_base"\ntitle = "child"\n', encoding="utf-8")
    ended = twinwire("run", child, "--bench", "simulation", "-o", "out")
    assert ended.code == 0, ended.err
    stored = {path.relative_to(tmp_path / "out/scenarios").as_posix() for path in (tmp_path / "out/scenarios").rglob("*.toml")}
    assert stored == {"children/child.toml", "parents/_base.toml"}
    again = twinwire("judge", "out")
    assert again.code == 0, again.err
    assert [r["scenario"] for r in results(tmp_path / "out")["results"]] == ["child", "child"]


def test_on_a_pipe_the_output_has_neither_colour_nor_foreign_characters(mixed_run):
    _, ended = mixed_run
    assert ended.out.isascii()
    assert "\033" not in ended.out + ended.err


def test_with_a_utf8_locale_arrows_are_drawn(twinwire, scenario):
    ended = twinwire("run", scenario("fails", FAILS), "--bench", "simulation", env={"LC_ALL": "C.UTF-8"})
    assert "\u2500\u2573" in ended.out


def on_a_terminal(words, folder, **changes):
    """Both streams are a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen([PROGRAM, *words], cwd=folder, env=environment(**changes), stdout=slave, stderr=slave) as process:
        os.close(slave)
        seen = b""
        try:
            while chunk := os.read(master, 65536):
                seen += chunk
        except OSError:  # how Linux says that the other side is gone
            pass
        process.wait(timeout=60)
    os.close(master)
    return seen.decode("utf-8")


def test_on_a_terminal_there_is_colour_unless_it_is_unwanted(scenario, tmp_path):
    words = ["run", str(scenario("fails", FAILS)), "--bench", "simulation"]
    assert "\033[31mFAIL" in on_a_terminal(words, tmp_path)
    plain = on_a_terminal(words, tmp_path, NO_COLOR="1")
    assert "FAIL" in plain
    assert not re.search("\033\\[[0-9]+m", plain)


def test_what_the_device_changes_is_said_once(twinwire, scenario, live_bench):
    ended = twinwire("run", scenario("passes", PASSES), "--bench", live_bench)
    assert ended.out.count("the device changed:") == 1
    assert re.search(r"ttl in 2 cells \(64 became 63\)", ended.out)


def test_list_shows_cells_with_their_tags(twinwire, scenario):
    path = scenario("passes", PASSES, extra='[matrix]\n"client.mtu" = [590, 1500]\n')
    ended = twinwire("list", path)
    assert ended.code == 0
    assert re.search(r"^passes +590 +ipv4 +test$", ended.out, re.MULTILINE)
    assert ended.out.endswith("4 cells\n")
    assert twinwire("list", path, "-k", "590 and not ipv6").out.endswith("1 cell\n")
    assert twinwire("list", path, "-t", "test").out.endswith("4 cells\n")
    assert twinwire("list", path, "-t", "other").code == 5


def test_explain_says_what_each_line_means(twinwire, scenario):
    path = scenario("stray", "client --? server : ACK @stray", extra='[expect.strict]\nstray = "dropped"')
    ended = twinwire("explain", path)
    assert ended.code == 0, ended.err
    assert "Why: The test wants to know." in ended.out
    assert "   1  client --? server : ACK" in ended.out
    assert "The client sends ACK; whether it arrives at the server is recorded." in ended.out
    assert "on a strict device: it does not arrive" in ended.out


def test_every_scenario_of_the_catalogue_can_be_explained(twinwire):
    for path in sorted(pathlib.Path(SOURCE / "scenarios").rglob("*.toml")):
        if path.name.startswith("_"):
            continue
        ended = twinwire("explain", path)
        assert ended.code == 0, ended.err
        assert "The ladder, line by line" in ended.out


def test_doctor_names_every_built_in_bench(twinwire):
    ended = twinwire("doctor")
    assert ended.code == 0
    for path in (SOURCE / "harness/bench/builtin").glob("*.toml"):
        assert re.search(rf"^bench {re.escape(path.stem)} +(yes|no: .+)", ended.out, re.MULTILINE)
    assert re.search(r"^bench simulation +yes", ended.out, re.MULTILINE)
