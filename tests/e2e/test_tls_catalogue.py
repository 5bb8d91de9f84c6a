# SPDX-License-Identifier: Apache-2.0
"""The TLS scenarios: each passes where nothing is wrong, and fails where its fault is, for that fault's reason.

A fault is a bench file: a firewall in C++ that gathers the ClientHello and is short of one thing. The simulation's clock is virtual,
so each table says of every cell whether it fails; what is not in a table must pass.
"""

import shutil
import tomllib
from fnmatch import fnmatchcase

import pytest
from twinwire_program import SOURCE, results

TLS = SOURCE / "scenarios" / "tls"
MUTANTS = SOURCE / "tests" / "mutants"

ALL = ("*",)
# Larger than one record.
TICKETS_BEYOND_16K = ("ticket-16000 *", "ticket-32000 *", "ticket-65000 *", "psk-16000 *", "psk-32000 *", "psk-65000 *")
TICKETS_BEYOND_4K = ("ticket-4096 *", "psk-4096 *", "ticket-8000 *", "psk-8000 *", *TICKETS_BEYOND_16K)
NAME_BEYOND_THE_FIRST_PACKET = ("1460 *", "2920 *", "6432 *", "15000 *")

# More than twelve packets: 13 x 536 octets without MSS, 13 x 1460 or 1440 with it.
BEYOND_12_PACKETS = {
    "hello/one-octet-segments": ("1 *", "2 *", "5 *", "25 *", "26 *"),
    "hello/packets": ALL,
    "hello/small-mss": ("88 *", "256 *", "524 *", "536 *"),
    "limits/hello-size": ALL,
    "limits/hello-size-no-mss": ALL,
    "records/beyond-16384": ("20000 *", "33000 *", "60000 *"),
    "resumption/big-ticket": ("ticket-32000 *", "ticket-65000 *", "psk-32000 *", "psk-65000 *"),
    "resumption/no-mss": ALL,
    "resumption/no-mss-ipv6": ALL,
}
BEYOND_2_PACKETS = {
    "hello/late-server-name": ("2920 *", "6432 *", "15000 *"),
    "hello/octets": ("4200-*", "8300-*", "16000-*", "16389-*"),
    "hello/one-octet-segments": ALL,
    "hello/out-of-order": ALL,
    "hello/packets": ALL,
    "hello/small-mss": ALL,
    "limits/hello-size": ALL,
    "limits/hello-size-no-mss": ALL,
    "records/beyond-16384": ALL,
    "records/own-segments": ALL,
    "resumption/big-ticket": TICKETS_BEYOND_4K,
    "resumption/no-mss": ALL,
    "resumption/no-mss-ipv6": ALL,
}

# mutant -> scenario -> the cells that fail, each as "VALUES FAMILY".
BREAKS = {
    "T-packets": BEYOND_12_PACKETS,
    "T-packets-client": BEYOND_12_PACKETS,
    "T-packets-silent": BEYOND_12_PACKETS,
    "T-two-packets": BEYOND_2_PACKETS,
    "T-one-packet": {
        **BEYOND_2_PACKETS,
        "hello/late-server-name": NAME_BEYOND_THE_FIRST_PACKET,
        "hello/octets": ("2048-*", *BEYOND_2_PACKETS["hello/octets"]),
        "hello/two-segments": ALL,
        "limits/hello-time": ALL,
        "resumption/big-ticket": ("ticket-1024 ipv6", "psk-1024 *", *TICKETS_BEYOND_4K),
    },
    "T-octets-4k": {
        "hello/late-server-name": ("6432 *", "15000 *"),
        "hello/octets": ("4200-*", "8300-*", "16000-*", "16389-*"),
        "hello/packets": ALL,
        "hello/small-mss": ALL,
        "limits/hello-size": ALL,
        "limits/hello-size-no-mss": ALL,
        "records/beyond-16384": ALL,
        "resumption/big-ticket": TICKETS_BEYOND_4K,
        "resumption/no-mss": ALL,
        "resumption/no-mss-ipv6": ALL,
    },
    "T-octets-16k": {
        "hello/octets": ("16389-*",),
        "limits/hello-size": ALL,
        "limits/hello-size-no-mss": ALL,
        "records/beyond-16384": ALL,
        "resumption/big-ticket": TICKETS_BEYOND_16K,
        "resumption/no-mss-ipv6": ALL,
    },
    "T-one-record": {
        "limits/hello-size": ALL,
        "limits/hello-size-no-mss": ALL,
        "records/beyond-16384": ALL,
        "records/cut": ALL,
        "records/own-segments": ALL,
        "resumption/big-ticket": TICKETS_BEYOND_16K,
        "resumption/no-mss-ipv6": ALL,
    },
    "T-time": {
        "hello/out-of-order": ("3_2_1-10ms *", "2_3_1-10ms *", "5_4_3_2_1-10ms *"),
        "hello/two-segments": ("*-20ms *",),
        "limits/hello-time": ALL,
        "records/own-segments": ("50ms *", "300ms *"),
    },
    "T-order": {"hello/out-of-order": ALL},
    "T-name-packet": {
        "hello/late-server-name": NAME_BEYOND_THE_FIRST_PACKET,
        # Padded behind the name, the name is in the first packet however large the hello is.
        "hello/octets": ("2048-before-sni *", "4200-before-sni *", "8300-before-sni *", "16000-before-sni *", "16389-before-sni *"),
        "hello/one-octet-segments": ALL,
        "hello/out-of-order": ALL,
        "hello/packets": ("*-before-sni-*",),
        "hello/small-mss": ("88 *",),
        "hello/two-segments": ("1_1400-*", "3_1400-*", "5_1400-*", "7_1400-*", "40_1400-*"),
        "records/own-segments": ALL,
    },
    "T-name-record": {
        # 128 octets of the hello have the name in them.
        "records/cut": tuple(f"{version}-{octets} *" for version in ("1.2", "1.3") for octets in (1, 2, 3, 4, 5, 16, 64)),
        "records/own-segments": ALL,
    },
}

# What the device itself says of each refusal. Only its log knows; nothing in the program may.
REASONS = {
    "T-packets": "too many packets 13 max 12",
    "T-packets-client": "too many packets 13 max 12",
    "T-packets-silent": "too many packets 13 max 12",
    "T-two-packets": "too many packets 3 max 2",
    "T-one-packet": "too many packets 2 max 1",
    "T-octets-4k": "too many octets",
    "T-octets-16k": "too many octets",
    "T-one-record": "too many records",
    "T-time": "too long, not whole after 15ms",
    "T-order": "out of order",
    "T-name-packet": "without server_name in the first packet",
    "T-name-record": "without server_name in the first record",
}

# What is said of the two ends when the 13th packet is refused.
WHO_IS_TOLD = {
    "T-packets": ("the device reset both ends", {"client", "server"}),
    "T-packets-client": ("the device reset the client and left the server's connection open", {"client"}),
    "T-packets-silent": ("the device said nothing", set()),
}


def scenarios():
    """Every TLS scenario by its name, with its tags; cut-overs are apart."""
    found = {}
    for path in TLS.rglob("*.toml"):
        if path.parent.name in ("cut-over", "populations"):
            continue
        with open(path, "rb") as file:
            found[path.relative_to(TLS).with_suffix("").as_posix()] = set(tomllib.load(file)["tags"])
    return found


SCENARIOS = scenarios()
IDS = {tag for tags in SCENARIOS.values() for tag in tags if tag[0] == "T" and tag[1:].isdigit()}
OF_THE_CATALOGUE = {"T01", "T02", "T03", "T04", "T05", "T06", "T10", "T20", "T21", "T22", "T54"}


def name_of(result):
    return result["scenario"].split("tls/")[-1]


def cell_of(result):
    return f"{result['cell']} {result['family']}"


def texts(result):
    return " | ".join([result.get("diagnosis", "")] + [f["text"] for f in result["findings"]])


def run(twinwire, tmp_path, bench, *without):
    """All but cut-overs, which test_cut_over_catalogue.py has, and what bears one of these tags."""
    words = ["-k", " and ".join(f"not {tag}" for tag in ("cut-over", *without))]
    directory = tmp_path / "out"
    if directory.exists():
        shutil.rmtree(directory)
    ended = twinwire("run", TLS, "--bench", bench, "-o", directory, "--keep", "none", *words, timeout=300)
    assert ended.code in (0, 1), ended.err
    return results(directory)["results"]


@pytest.fixture(name="faulty", scope="module")
def _faulty():
    """The results on one mutant, run once for all tests of this file."""
    kept = {}

    def results_on(twinwire, tmp_path, mutant):
        if mutant not in kept:
            kept[mutant] = run(twinwire, tmp_path, MUTANTS / f"{mutant}.toml")
        return kept[mutant]

    return results_on


def expected_red(outcome, table):
    """The cells of `outcome` that `table` says fail; every pattern of it must fit one, or it is out of date."""
    red = set()
    for scenario, patterns in table.items():
        for pattern in patterns:
            fitting = {(name_of(r), cell_of(r)) for r in outcome if name_of(r) == scenario and fnmatchcase(cell_of(r), pattern)}
            assert fitting, f"no cell of {scenario} is {pattern}"
            red |= fitting
    return red


def is_red(result):
    return result["verdict"] not in ("pass", "skip")


# Where nothing is wrong.


def test_the_catalogue_has_its_ids():
    assert IDS == OF_THE_CATALOGUE
    assert all(tags & IDS for tags in SCENARIOS.values()), "a scenario that belongs to no id"


@pytest.mark.parametrize("bench", ["simulation", "wire", "nftables"])
def test_every_scenario_passes_in_both_families_where_nothing_is_wrong(twinwire, tmp_path, bench):
    # The searches take minutes of a busy machine in real time; test_hello.py has them on these benches.
    searches = bench == "simulation"
    outcome = run(twinwire, tmp_path, bench, *([] if searches else ["limit"]))
    assert [(r["scenario"], cell_of(r), r["verdict"], texts(r)) for r in outcome if r["verdict"] != "pass"] == []
    wanted = {name: tags for name, tags in SCENARIOS.items() if searches or "limit" not in tags}
    assert {name_of(r) for r in outcome} == set(wanted)
    families = {tag: {r["family"] for r in outcome if tag in wanted[name_of(r)]} for tag in IDS & set().union(*wanted.values())}
    assert families == {tag: {"ipv4", "ipv6"} for tag in families}


# Where one thing is.


@pytest.mark.parametrize("mutant", sorted(BREAKS))
def test_a_mutant_fails_exactly_the_cells_that_meet_its_fault(twinwire, tmp_path, faulty, mutant):
    outcome = faulty(twinwire, tmp_path, mutant)
    red = {(name_of(r), cell_of(r)) for r in outcome if is_red(r)}
    wanted = expected_red(outcome, BREAKS[mutant])
    assert sorted(red - wanted) == [], "failed, and has nothing to do with this fault"
    assert sorted(wanted - red) == [], "should have failed, and did not"
    assert {r["verdict"] for r in outcome if is_red(r)} == {"fail"}


@pytest.mark.parametrize("mutant", sorted(BREAKS))
def test_each_failure_has_the_mutant_s_own_reason(twinwire, tmp_path, faulty, mutant):
    for result in filter(is_red, faulty(twinwire, tmp_path, mutant)):
        assert REASONS[mutant] in texts(result), (name_of(result), cell_of(result), texts(result))
        assert result["diagnosis"], (name_of(result), cell_of(result))
        assert " handshake: expected " in texts(result), (name_of(result), cell_of(result))


def test_every_mutant_of_the_catalogue_has_a_table():
    assert {path.stem for path in MUTANTS.glob("T-*.toml")} == set(BREAKS) == set(REASONS)


def test_every_id_and_every_scenario_is_killed(twinwire, tmp_path, faulty):
    killed = {name_of(r) for mutant in BREAKS for r in faulty(twinwire, tmp_path, mutant) if is_red(r)}
    assert killed == set(SCENARIOS)
    assert set().union(*(SCENARIOS[name] for name in killed)) >= OF_THE_CATALOGUE


# Cells that no fault meets are there to show that the fault is not in the hello as such.
CONTROLS = {
    "hello/late-server-name": ("100 *", "536 *"),
    "hello/octets": ("1100-*",),
    "resumption/big-ticket": ("ticket-0 *", "psk-0 *", "ticket-1024 ipv4"),
}


def test_every_cell_but_the_controls_is_killed(twinwire, tmp_path, faulty):
    killed, every = set(), []
    for mutant in BREAKS:
        every = faulty(twinwire, tmp_path, mutant)
        killed |= {(name_of(r), cell_of(r)) for r in every if is_red(r)}
    alive = {(name_of(r), cell_of(r)) for r in every} - killed
    assert sorted(alive) == sorted(expected_red(every, CONTROLS))


@pytest.mark.parametrize("mutant", sorted(WHO_IS_TOLD))
def test_who_was_told_of_the_refusal_is_said(twinwire, tmp_path, faulty, mutant):
    words, reset = WHO_IS_TOLD[mutant]
    incident = [r for r in faulty(twinwire, tmp_path, mutant) if name_of(r).startswith("resumption/no-mss")]
    assert {r["family"] for r in incident} == {"ipv4", "ipv6"}
    for result in incident:
        assert result["diagnosis"].startswith("the ClientHello died at its 13th segment: 12 segments with ")
        assert result["diagnosis"].endswith(words)
        made = [f["text"] for f in result["findings"] if f.get("author") == "device"]
        assert {end for end in ("client", "server") if any(f"the {end} received RST" in text for text in made)} == reset
        assert any("without an MSS option" in f["text"] for f in result["findings"])


def test_the_incident_is_12_packets_of_536_octets_or_524_or_1220(twinwire, tmp_path, faulty):
    outcome = faulty(twinwire, tmp_path, "T-packets")
    octets = {"ticket-false ipv4": 6432, "psk-false ipv4": 6432, "ticket-true ipv4": 6288, "psk-true ipv4": 6288,
              "ticket ipv6": 14640, "psk ipv6": 14640}  # fmt: skip
    incident = {cell_of(r): r for r in outcome if name_of(r).startswith("resumption/no-mss")}
    assert set(incident) == set(octets)
    for cell, result in incident.items():
        assert f" 12 segments with {octets[cell]} octets reached the server" in result["diagnosis"], cell
        assert not any(f["text"].startswith("the handshake: ") for f in result["findings"]), "the first connection is sound"


KINDS = {
    "T-packets": ("packets", "limit: 12 packets"),
    "T-octets-4k": ("octets", "limit: 4096 octets"),
    "T-octets-16k": ("octets", "limit: 16384 octets"),
    "T-one-packet": ("packets", "limit: 1 packet"),
    "T-two-packets": ("packets", "limit: 2 packets"),
    "T-order": ("none", "no limit"),
    "T-name-packet": ("none", "no limit"),
}


@pytest.mark.parametrize("mutant", sorted(KINDS))
def test_the_kind_of_limit_is_named_or_its_absence(twinwire, tmp_path, faulty, mutant):
    found = [r["limits"] for r in faulty(twinwire, tmp_path, mutant) if name_of(r) == "limits/hello-size"]
    assert len(found) == 2
    for limits in found:
        kind, statement = KINDS[mutant]
        assert limits["kind"] == kind
        assert limits["statement"].startswith(statement)


# Real routers of TLS connections. What they do is theirs; that it is found, and found each time, is ours.

BEYOND_ONE_RECORD = {
    "records/beyond-16384": ALL,
    "resumption/big-ticket": ("ticket-16000 *", "ticket-32000 *", "ticket-65000 *"),
    "resumption/no-mss-ipv6": ("ticket *",),
}
ROUTERS = {
    # Has a buffer of 16384 octets, and does not care for packets, order or records.
    "nginx-preread": {**BEYOND_ONE_RECORD, "hello/octets": ("16389-*",)},
    # Its buffer is 1024 octets smaller, and it reads one record: a hello of several has no name for it unless the first has.
    "haproxy-sni": {
        **BEYOND_ONE_RECORD,
        "hello/octets": ("16000-*", "16389-*"),
        "hello/packets": ALL,  # of 16,000 octets
        "records/cut": BREAKS["T-name-record"]["records/cut"],
        "records/own-segments": ALL,
    },
    # Does not look into what it tunnels.
    "squid": {},
}
HOW_IT_SHOWS = {
    "nginx-preread": "the client was reset by the device, the server saw no connection",
    "haproxy-sni": "the device led the connection to port 8443 of the server instead of 443",
}


def told_apart(outcome):
    """Without what is not the same in every run: a TLS 1.3 session can still be on its way through a proxy, which acknowledges for
    itself, when the first connection is over; then there is none to resume."""
    return [r for r in outcome if not (name_of(r).startswith("resumption/") and r["cell"].startswith("psk"))]


def needs_router(bench):
    program = {"nginx-preread": "nginx", "haproxy-sni": "haproxy", "squid": "squid"}[bench]
    return pytest.param(
        bench, marks=pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed: the bench is made of it")
    )


@pytest.mark.parametrize("bench", [needs_router(name) for name in sorted(ROUTERS)])
def test_a_real_router_fails_exactly_what_it_cannot_do(twinwire, tmp_path, bench):
    # Without the searches: at the edge of its buffer HAProxy does not answer alike each time, and a busy machine even less.
    outcome = told_apart(run(twinwire, tmp_path, bench, "limit"))
    red = {(name_of(r), cell_of(r)) for r in outcome if is_red(r)}
    wanted = expected_red(outcome, ROUTERS[bench])
    assert sorted(red - wanted) == [], [texts(r) for r in outcome if (name_of(r), cell_of(r)) in red - wanted]
    assert sorted(wanted - red) == [], "it has learnt something, or the scenario cannot fail any more"
    for result in filter(is_red, outcome):
        assert result["verdict"] == "fail"
        assert HOW_IT_SHOWS[bench] in texts(result), (name_of(result), cell_of(result), texts(result))
