# SPDX-License-Identifier: Apache-2.0
"""Loading from Python: the same cells, the same words and the same mistakes as on the command line."""

import pathlib
import re

import pytest
from twinwire_package import FAILS, PASSES, SOURCE, command_line

import twinwire

BAD = sorted(path for path in (SOURCE / "tests/harness/scenario/bad").glob("**/*.toml") if not path.name.startswith("_"))


def test_the_catalogue_is_that_of_the_command_line(tmp_path):
    listed = command_line("list", cwd=tmp_path).stdout.splitlines()
    cells = twinwire.catalogue()
    assert listed[-1] == f"{len(cells)} cells"
    assert sorted(line.split()[0] for line in listed[:-1]) == sorted(cell.id for cell in cells)
    assert len({cell.name for cell in cells}) == len(cells)


def test_a_scenario_says_what_its_file_says(write_scenario):
    path = write_scenario("passes", PASSES, extra='[matrix]\n"client.mtu" = [590, 1500]', tags='"test", "seed"')
    cells = twinwire.load(path)
    assert [cell.name for cell in cells] == [
        "passes[590]-ipv4", "passes[590]-ipv6", "passes[1500]-ipv4", "passes[1500]-ipv6"
    ]  # fmt: skip
    first = cells[0]
    assert (first.id, first.cell, first.family) == ("passes", "590", "ipv4")
    assert (first.title, first.why) == ("A right thing", "The test wants to know.")
    assert (first.references, first.tags) == (["RFC 9293"], ["test", "seed"])
    assert pathlib.Path(first.file) == path
    assert first.ladder == PASSES.splitlines()
    assert first.needs == ["segments"]
    assert (first.exclusive, first.searches) == (False, None)
    assert repr(first) == "<Scenario passes[590]-ipv4>"


def test_a_name_means_a_file_a_folder_or_a_path_inside_the_catalogue(write_scenario, tmp_path):
    write_scenario("a/one", PASSES)
    write_scenario("a/two", PASSES)
    assert {cell.id for cell in twinwire.load(tmp_path)} == {"a/one", "a/two"}
    assert {cell.id for cell in twinwire.load(str(tmp_path / "a"))} == {"one", "two"}
    assert {cell.id for cell in twinwire.load("tcp/reset/exact-rst-ack")} == {"tcp/reset/exact-rst-ack"}
    assert len(twinwire.load(tmp_path / "a" / "one.toml", tmp_path / "a" / "two.toml")) == 4


@pytest.mark.parametrize(
    "settings",
    [{"client__mtu": 590}, {"client.mtu": 590}, {"client__mtu": "590"}],
    ids=["underscores", "dots", "text"],
)
def test_a_setting_takes_the_place_of_a_value(write_scenario, settings):
    path = write_scenario("passes", PASSES)
    with twinwire.Bench("simulation") as bench:
        syn = bench.run(twinwire.load(path, **settings)[0]).frames[0]
    assert syn.mss == 550


def test_settings_are_written_as_toml():
    from twinwire._loading import dotted

    values = {"a": True, "b__c": 5, "d": "200ms", "e": [1, "x"], "f": {"of": 536, "every": "10ms"}}
    assert dotted(values) == {
        "a": "true", "b.c": "5", "d": "200ms", "e": '[1, "x"]', "f": '{"of" = 536, "every" = "10ms"}'
    }  # fmt: skip


def test_a_setting_can_be_a_table(write_scenario):
    path = write_scenario("passes", "client connects\nclient sends 100\nclient closes")
    [cell, _] = twinwire.load(path, client__segments={"of": 50})
    with twinwire.Bench("simulation") as bench:
        frames = bench.run(cell).frames
    assert max(len(frame.payload or b"") for frame in frames) == 50


def test_explain_is_that_of_the_command_line(write_scenario, tmp_path):
    path = write_scenario("passes", PASSES, extra='family = "ipv4"')
    [cell] = twinwire.load(path)
    assert cell.explain() == command_line("explain", path, cwd=tmp_path).stdout


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_mistake_is_told_in_the_words_of_the_command_line(path, tmp_path):
    ended = command_line("list", path, cwd=tmp_path)
    with pytest.raises(twinwire.LoadError) as caught:
        twinwire.load(path)
    assert f"{caught.value}\n" == ended.stderr
    place = re.match(r"(.*?):(\d+):(\d+): ", ended.stderr)
    assert (caught.value.file, caught.value.line, caught.value.column) == (place[1], int(place[2]), int(place[3]))


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["list", "no/such"], lambda: twinwire.load("no/such")),
        (["list", "tcp/reset/exact-rst-akc"], lambda: twinwire.load("tcp/reset/exact-rst-akc")),
        (["run", "--bench", "nftable"], lambda: twinwire.Bench("nftable")),
        (["run", "--bench", "./not-there.toml"], lambda: twinwire.Bench("./not-there.toml")),
        (["run", "--bench", "simulation", "--apply", "x"], lambda: twinwire.Bench("simulation", apply=["x"])),
    ],
    ids=["name", "nearly", "bench", "bench-file", "change"],
)
def test_a_call_that_cannot_be_used_is_told_so_too(words, call, tmp_path):
    ended = command_line(*words, cwd=tmp_path)
    with pytest.raises(twinwire.UsageError) as caught:
        call()
    assert f"twinwire: {caught.value}\n" == ended.stderr


def test_a_bad_setting_names_no_file_of_its_own(write_scenario, tmp_path):
    path = write_scenario("fails", FAILS)
    ended = command_line("list", path, "--set", "client.mut=590", cwd=tmp_path)
    with pytest.raises(twinwire.LoadError) as caught:
        twinwire.load(path, client__mut=590)
    assert f"{caught.value}\n" == ended.stderr


def test_all_errors_have_one_base():
    for kind in (twinwire.LoadError, twinwire.UsageError, twinwire.BenchError):
        assert issubclass(kind, twinwire.Error)


def test_the_built_in_benches_are_named():
    assert {"nftables", "simulation", "wire"} <= set(twinwire.benches())
