# SPDX-License-Identifier: Apache-2.0
"""The scenarios of a cut-over: each passes where nothing is wrong, and fails where its fault is, for that fault's reason.

A fault is a bench file: a firewall in C++ that inspects TLS, or ends it, and is short of one thing. The simulation's clock is virtual,
so each table says of every cell whether it fails; what is not in a table must pass.
"""

import re
import shutil
import tomllib
from fnmatch import fnmatchcase

import pytest
from twinwire_program import SOURCE, results

CUT_OVER = SOURCE / "scenarios" / "tls" / "cut-over"
HELLO = SOURCE / "scenarios" / "tls" / "hello"
MUTANTS = SOURCE / "tests" / "mutants"

OF_THE_CATALOGUE = {"T50", "T51", "T52", "T53", "T56", "T57", "T61"}

ALL = ("*",)
PSK = ("psk*",)

# Sessions that the device never saw, or has lost, and that the server takes.
UNKNOWN = {"inspection-on": ALL, "inspection-on-later": ALL, "inspection-on-early-data": ALL, "failover": ALL}

# mutant -> scenario -> the cells that fail, each as "VALUES FAMILY".
BREAKS = {
    "C-unknown-reset": UNKNOWN,
    "C-unknown-alert": UNKNOWN,
    "C-unknown-drop": UNKNOWN,
    "C-single-use": {**UNKNOWN, "ticket-twice": ALL},
    "C-server-name": {**UNKNOWN, "another-name": ALL},
    "C-declined": {**UNKNOWN, "rotated-keys": ALL, "newer-version": ALL},
    # Whatever shakes hands in full while it inspects.
    "C-forged": {
        name: ALL
        for name in (
            "another-name", "another-protocol", "expired-before", "expired-before-60s", "failover", "inspection-off",
            "inspection-off-later", "inspection-on", "inspection-on-early-data", "inspection-on-later", "newer-version", "older-version",
            "rotated-keys", "ticket-growth", "ticket-twice",
        )
    },  # fmt: skip
    "C-ticket-growth": {"ticket-growth": ("*-0 *", "*-1024 *")},
    # A client that offers TLS 1.3 alone cannot speak with it; one that sends early data takes its ServerHello for a mistake.
    "C-tls12": {
        "inspection-on-early-data": ALL,
        "older-version": ALL,
        **{
            name: PSK
            for name in (
                "another-name", "another-protocol", "expired-before", "expired-before-60s", "failover", "inspection-off",
                "inspection-off-later", "inspection-on", "inspection-on-later", "rotated-keys", "ticket-growth", "ticket-twice",
            )
        },
    },  # fmt: skip
}

# What each failing cell of the scenarios with an unknown session says, so that none fails for another reason.
BROKEN_OFF = "the full handshake passed, the one that offered its session did not: "
REASONS = {
    "C-unknown-reset": BROKEN_OFF + "the device reset both ends",
    "C-unknown-alert": BROKEN_OFF + r"the device sent the client alert \d+",
    "C-unknown-drop": r"the resumed handshake: expected resumed or full, but it hangs",
    "C-single-use": BROKEN_OFF + "the device reset both ends",
    "C-server-name": BROKEN_OFF + "the device reset both ends",
    "C-declined": BROKEN_OFF + "the device reset both ends",
    "C-forged": "a certificate of the device's: the client was shown",
    "C-ticket-growth": r"the ticket grew: the server gave one of \d+ octets, and the client received one of \d+",
    "C-tls12": "alert",
}


def scenarios():
    """Every scenario of a cut-over by its name, with its tags; parts that others extend are none."""
    found = {}
    for path in CUT_OVER.glob("[!_]*.toml"):
        with open(path, "rb") as file:
            found[path.stem] = set(tomllib.load(file)["tags"])
    return found


SCENARIOS = scenarios()


def name_of(result):
    return result["scenario"].split("/")[-1]


def cell_of(result):
    return f"{result['cell']} {result['family']}"


def texts(result):
    return " | ".join([result.get("diagnosis", "")] + [f["text"] for f in result["findings"]])


def run(twinwire, tmp_path, what, bench, *words):
    directory = tmp_path / "out"
    if directory.exists():
        shutil.rmtree(directory)
    ended = twinwire("run", what, "--bench", bench, "-o", directory, "--keep", "none", *words, timeout=300)
    assert ended.code in (0, 1), ended.err
    return results(directory)["results"]


def expected_red(outcome, table):
    """The cells of `outcome` that `table` says fail; every pattern of it must fit one, or it is out of date."""
    red = set()
    for scenario, patterns in table.items():
        for pattern in patterns:
            fitting = {(name_of(r), cell_of(r)) for r in outcome if name_of(r) == scenario and fnmatchcase(cell_of(r), pattern)}
            assert fitting, f"no cell of {scenario} is {pattern}"
            red |= fitting
    return red


# Where nothing is wrong.


def test_the_catalogue_has_its_ids():
    ids = {tag for tags in SCENARIOS.values() for tag in tags if tag[0] == "T" and tag[1:].isdigit()}
    assert ids == OF_THE_CATALOGUE
    assert all(tags & ids for tags in SCENARIOS.values()), "a scenario that belongs to no id"
    assert all({"tls", "resumption", "cut-over"} <= tags for tags in SCENARIOS.values())


@pytest.mark.parametrize("bench", ["simulation", "wire", "nftables"])
def test_every_scenario_passes_where_nothing_is_wrong(twinwire, tmp_path, bench):
    # Half a minute and more is waited for in virtual time only.
    waits = bench == "simulation"
    outcome = run(twinwire, tmp_path, CUT_OVER, bench, *([] if waits else ["-k", "not slow"]))
    assert [(r["scenario"], cell_of(r), r["verdict"], texts(r)) for r in outcome if r["verdict"] != "pass"] == []
    assert {name_of(r) for r in outcome} == {name for name, tags in SCENARIOS.items() if waits or "slow" not in tags}


def test_a_device_that_tolerates_what_it_does_not_know_breaks_nothing(twinwire, tmp_path):
    bench = tmp_path / "tolerant.toml"
    bench.write_text('format = 1\nextends = "inspecting-simulation"\n[device.settings]\nunknown-session = "pass"\n', encoding="utf-8")
    outcome = run(twinwire, tmp_path, CUT_OVER, bench)
    assert [(r["scenario"], cell_of(r), r["verdict"], texts(r)) for r in outcome if r["verdict"] != "pass"] == []


def test_a_proxy_that_falls_back_to_full_handshakes_breaks_nothing(twinwire, tmp_path):
    outcome = run(twinwire, tmp_path, CUT_OVER, "terminating-simulation")
    assert [(r["scenario"], cell_of(r), r["verdict"], texts(r)) for r in outcome if r["verdict"] != "pass"] == []


def test_a_lab_without_sessions_finds_nothing(twinwire, tmp_path):
    """The reason why this fault reaches production: on the same device all handshakes of clients that hold nothing pass."""
    outcome = run(twinwire, tmp_path, HELLO, MUTANTS / "C-unknown-reset.toml", "--apply", "inspection")
    assert len(outcome) > 50
    assert {r["verdict"] for r in outcome} == {"pass"}


# Where one thing is.


@pytest.mark.parametrize("mutant", sorted(BREAKS))
def test_a_fault_breaks_exactly_what_it_must(twinwire, tmp_path, mutant):
    outcome = run(twinwire, tmp_path, CUT_OVER, MUTANTS / f"{mutant}.toml")
    red = {(name_of(r), cell_of(r)) for r in outcome if r["verdict"] not in ("pass", "skip")}
    wanted = expected_red(outcome, BREAKS[mutant])
    assert sorted(red - wanted) == [], [texts(r) for r in outcome if (name_of(r), cell_of(r)) in red - wanted]
    assert sorted(wanted - red) == []
    for result in outcome:
        if result["verdict"] in ("pass", "skip"):
            continue
        assert result["verdict"] == "fail"
        assert re.search(REASONS[mutant], texts(result)), (name_of(result), cell_of(result), texts(result))


@pytest.mark.parametrize("mutant", ["C-unknown-reset", "C-unknown-alert", "C-unknown-drop"])
def test_a_full_handshake_passes_beside_a_resumption_that_breaks(twinwire, tmp_path, mutant):
    """Every broken cell of T50 has shaken hands in full behind the change before, and says so."""
    outcome = run(twinwire, tmp_path, CUT_OVER / "inspection-on.toml", MUTANTS / f"{mutant}.toml")
    assert len(outcome) == 6
    for result in outcome:
        assert result["verdict"] == "fail"
        assert "the resumed handshake: " in texts(result)
        assert "the handshake: " not in texts(result)


def test_each_scenario_fails_on_at_least_one_device():
    broken = {name for table in BREAKS.values() for name in table}
    assert broken == set(SCENARIOS)


def test_every_mutant_of_a_cut_over_has_a_table():
    assert {path.stem for path in MUTANTS.glob("C-*.toml")} == set(BREAKS) == set(REASONS)
