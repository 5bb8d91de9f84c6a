# SPDX-License-Identifier: Apache-2.0
"""Inspection switched on over cached sessions: measured on devices that break them and on devices that do not, computed for
a population, and walked connection by connection."""

import resource
import time

import pytest
from twinwire_program import SOURCE, results


HEAD = """format = 1
title = "t"
why = "w"
family = "ipv4"
[population]
"""

THREE_KINDS = """clients = 1000
kinds = { id = 1, ticket = 1, psk = 1 }
change = "inspection"
before = "70m"
after = "10m"
sessions = 100
policy = [ { name = "as it is", lifetime = "3600s" } ]
"""

# What a minute is after `scale`, in seconds; lifetimes and returns are such as keep whole seconds.
WALKED = """clients = {clients}
kinds = {{ id = 1, ticket = 1, psk = 1 }}
returns = {{ distribution = "uniform", least = "1m", most = "4m" }}
change = "inspection"
before = "{before}"
after = "{after}"
sessions = 5
walked = true
scale = {scale}
policy = [ {policies} ]
"""


def cut_over(twinwire, tmp_path, population, bench, *options, expect):
    """The object "cutover" of a run, and the run itself."""
    scenario = tmp_path / "population.toml"
    scenario.write_text(HEAD + population)
    run = twinwire("run", scenario, "--bench", bench, "-o", tmp_path / "run", *options, timeout=300)
    assert run.code == expect, run.out + run.err
    result = results(tmp_path / "run")["results"][0]
    return result["cutover"], result, run


def counts(cutover, situation):
    """Kind to outcome to count."""
    table = {}
    for entry in cutover["measurement"]:
        if entry["situation"] == situation:
            outcomes = table.setdefault(entry["kind"], {})
            outcomes[entry["outcome"]] = outcomes.get(entry["outcome"], 0) + entry["count"]
    return table


def all_of(outcome, times=100):
    return {kind: {outcome: times} for kind in ("id", "ticket", "psk")}


def changed(tmp_path, parent, **settings):
    """A bench that sets more when inspection is switched on."""
    words = ", ".join(f'{key.replace("_", "-")} = "{value}"' for key, value in settings.items())
    bench = tmp_path / "bench.toml"
    bench.write_text(
        f'format = 1\nextends = "{SOURCE}/harness/bench/builtin/{parent}.toml"\n'
        f'[apply.inspection]\nmodel = {{ inspection = "on", {words} }}\n'
    )
    return str(bench)


@pytest.mark.parametrize("bench", ["inspecting-simulation", "inspecting"])
def test_exactly_those_break_that_resume(twinwire, tmp_path, bench):
    cutover, result, _ = cut_over(twinwire, tmp_path, THREE_KINDS, bench, expect=1)
    assert counts(cutover, "primed") == all_of("full", 111)
    # Every tenth session and one more are resumed before the change.
    assert counts(cutover, "control") == all_of("resumed", 11)
    assert counts(cutover, "old") == all_of("reset")
    assert counts(cutover, "declined") == all_of("full")
    assert counts(cutover, "full") == all_of("full")
    assert counts(cutover, "new") == all_of("resumed")
    assert {entry.get("author") for entry in cutover["measurement"] if entry["situation"] == "old"} == {"device"}
    assert cutover["kind"] == "old-sessions"
    assert result["verdict"] == "fail"


@pytest.mark.parametrize("reaction, outcome", [("alert", "alert"), ("drop", "hangs")])
def test_the_way_in_which_they_break_is_told(twinwire, tmp_path, reaction, outcome):
    bench = changed(tmp_path, "inspecting-simulation", unknown_session=reaction)
    cutover, _, _ = cut_over(twinwire, tmp_path, THREE_KINDS, bench, expect=1)
    assert counts(cutover, "old") == all_of(outcome)


def test_a_tolerant_device_breaks_none(twinwire, tmp_path):
    bench = changed(tmp_path, "inspecting-simulation", unknown_session="pass")
    cutover, result, _ = cut_over(twinwire, tmp_path, THREE_KINDS, bench, expect=0)
    assert counts(cutover, "old") == all_of("resumed")
    assert cutover["kind"] == "nothing-breaks"
    assert result["verdict"] == "pass"


@pytest.mark.parametrize("bench", ["terminating-simulation", "terminating"])
def test_a_device_that_ends_tls_breaks_none(twinwire, tmp_path, bench):
    cutover, _, _ = cut_over(twinwire, tmp_path, THREE_KINDS, bench, expect=0)
    assert counts(cutover, "old") == all_of("full")
    assert counts(cutover, "new") == all_of("resumed")
    assert cutover["kind"] == "nothing-breaks"


def test_without_primed_sessions_nothing_is_found_and_the_report_says_why(twinwire, tmp_path):
    population = THREE_KINDS.replace("{ id = 1, ticket = 1, psk = 1 }", "{ fresh = 1 }")
    cutover, result, run = cut_over(twinwire, tmp_path, population, "inspecting-simulation", expect=0)
    assert cutover["kind"] == "nothing-held"
    assert result["verdict"] == "pass"
    assert "lab" in cutover["statement"] + " ".join(cutover["notes"])
    assert "lab" in run.out


def curve(cutover, policy, made):
    return next(c for c in cutover["curves"] if c["policy"] == policy and c["made"] == made)


def test_the_remedy_and_its_limits(twinwire, tmp_path):
    """The longest of the old lifetimes ends the breakage; lowered early enough and forgotten, it is over after 61 s."""
    population = THREE_KINDS.replace("before = \"70m\"", "before = \"3h\"").replace("after = \"10m\"", "after = \"90m\"")
    population = population.replace(
        '{ name = "as it is", lifetime = "3600s" }',
        '{ name = "as it is", lifetime = "3600s" }, '
        '{ name = "at the change", lifetime = "3600s", lowered_to = "60s" }, '
        '{ name = "early", lifetime = "3600s", lowered_to = "60s", lowered_before = "61m", forgets = true }',
    )
    cutover, _, _ = cut_over(twinwire, tmp_path, population, "inspecting-simulation", expect=1)
    assert curve(cutover, "as it is", "computed")["broken"] > 0
    at_the_change = curve(cutover, "at the change", "computed")
    assert 61 < at_the_change["last_breakage"] <= 3600 + 1
    early = curve(cutover, "early", "computed")
    assert early.get("last_breakage", 0) <= 61
    assert early["broken_clients"] < curve(cutover, "as it is", "computed")["broken_clients"] / 5
    assert cutover["plan"]["forgotten"].get("last_breakage", 0) <= 61
    assert cutover["advice"]


def test_lowering_alone_is_enough_for_tls_1_2(twinwire, tmp_path):
    """A resumption in TLS 1.3 passes the old lifetime on; one in TLS 1.2 does not."""
    population = THREE_KINDS.replace("before = \"70m\"", "before = \"3h\"").replace("after = \"10m\"", "after = \"90m\"")
    policy = '{ name = "early", lifetime = "3600s", lowered_to = "60s", lowered_before = "61m" }'
    population = population.replace('{ name = "as it is", lifetime = "3600s" }', policy)
    directory = {}
    for kinds in ("{ id = 1, ticket = 1 }", "{ psk = 1 }"):
        place = tmp_path / kinds.strip("{} ").split()[0]
        place.mkdir()
        of_kinds = population.replace("{ id = 1, ticket = 1, psk = 1 }", kinds)
        directory[kinds], _, _ = cut_over(twinwire, place, of_kinds, "inspecting-simulation", expect=1)
    older, newer = (curve(directory[kinds], "early", "computed") for kinds in directory)
    assert older.get("last_breakage", 0) <= 61
    assert newer["last_breakage"] > 61
    assert directory["{ id = 1, ticket = 1 }"]["plan"]["lowering_is_enough"]
    assert not directory["{ psk = 1 }"]["plan"]["lowering_is_enough"]


POLICIES = """{ name = "as it is", lifetime = "5m" },
{ name = "at the change", lifetime = "5m", lowered_to = "1m" },
{ name = "early", lifetime = "5m", lowered_to = "1m", lowered_before = "6m", forgets = true }"""


def check_walked(cutover, scale):
    assert len([c for c in cutover["curves"] if c["made"] == "walked"]) == 3
    assert cutover["difference"]["points"] <= 5.0
    minute = 60 / scale
    early = curve(cutover, "early", "walked")
    # Whole seconds are what a session's age is counted in.
    assert early.get("last_breakage", 0) <= minute + 1
    assert curve(cutover, "at the change", "walked")["last_breakage"] <= 5 * minute + 1
    assert curve(cutover, "as it is", "walked")["broken"] > 0


def test_a_population_walked_in_virtual_time_agrees_with_what_was_computed(twinwire, tmp_path):
    population = WALKED.format(clients=60, before="12m", after="8m", scale=1, policies=POLICIES.replace("\n", " "))
    cutover, _, _ = cut_over(twinwire, tmp_path, population, "inspecting-simulation", expect=1)
    check_walked(cutover, 1)


def test_a_population_walked_in_scaled_real_time_agrees_with_what_was_computed(twinwire, tmp_path):
    population = WALKED.format(clients=150, before="7m", after="6m", scale=30, policies=POLICIES.replace("\n", " "))
    cutover, _, _ = cut_over(twinwire, tmp_path, population, "inspecting", expect=1)
    check_walked(cutover, 30)


def test_ten_thousand_clients_take_seconds_and_the_same_seed_gives_the_same_curve(twinwire, tmp_path):
    once = tmp_path / "once"
    again = tmp_path / "again"
    begun = time.monotonic()
    for directory in (once, again):
        run = twinwire("run", "tls/populations/inspection-on", "--bench", "inspecting-simulation", "-o", directory)
        assert run.code == 1, run.out + run.err
    assert time.monotonic() - begun < 2 * 30
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1024 * 1024  # KiB
    found = [results(d)["results"][0]["cutover"] for d in (once, again)]
    assert found[0]["curves"] == found[1]["curves"]
    assert found[0]["population"]["clients"] == 10000
    assert len(found[0]["curves"][0]["minutes"]["broken"]) == 60
