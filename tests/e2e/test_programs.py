# SPDX-License-Identifier: Apache-2.0
"""Real programs as ends: what nginx, curl and OpenSSL's own client and server do across real devices.

The program is told only how they are started. That a handshake was full or resumed is what its own TLS end says, or what the
real client printed; what the device did is read off the frames.
"""

import json
import shutil

import pytest
from twinwire_program import SOURCE, results

PROGRAMS = SOURCE / "scenarios" / "programs"
BIG_TICKET = PROGRAMS / "s_client-big-ticket.toml"
SMALL_MSS = PROGRAMS / "curl-small-mss.toml"
NEEDED = ("nginx", "curl", "openssl")

pytestmark = pytest.mark.usefixtures("live_bench")
needs_all = pytest.mark.skipif(
    not all(shutil.which(name) for name in NEEDED), reason="not all of these are installed: " + ", ".join(NEEDED)
)


def run(twinwire, tmp_path, scenario, bench, *words, codes=(0, 1)):
    directory = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
    ended = twinwire("run", scenario, "--bench", bench, "-o", directory, *words)
    assert ended.code in codes, ended.err + ended.out
    return directory, results(directory)["results"]


def texts(result):
    return " | ".join([result.get("diagnosis", ""), result.get("reason", "")] + [f["text"] for f in result["findings"]])


def not_passed(outcome):
    return [(r["scenario"], r["cell"], r["family"], r["verdict"], texts(r)) for r in outcome if r["verdict"] != "pass"]


def said(directory, name):
    """Of each cell whose transcript's name begins with `name`: the facts that its ends gave, in their order."""
    cells = {}
    for file in sorted((directory / "transcripts").glob(f"*{name}*.jsonl")):
        events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        cells[file.name] = [event["facts"] for event in events if "facts" in event]
    assert cells, name
    return cells


@needs_all
@pytest.mark.parametrize("bench", ["nftables", "wire"])
def test_full_and_resumed_handshakes_with_real_programs_pass_in_both_families(twinwire, tmp_path, bench):
    _, outcome = run(twinwire, tmp_path, PROGRAMS, bench, "--no-baseline")
    assert not_passed(outcome) == []
    families = {}
    for result in outcome:
        families.setdefault((result["scenario"], result["cell"]), set()).add(result["family"])
    assert all(found == {"ipv4", "ipv6"} for found in families.values()), families
    scenarios = {scenario.rsplit("/", 1)[-1] for scenario, _ in families}
    assert {"nginx", "nginx-resumed", "s_server", "s_server-resumed"} <= scenarios
    assert {"curl", "s_client", "s_client-resumed", "s_client-big-ticket"} <= scenarios


@needs_all
def test_programs_are_no_part_of_the_walk_over_a_plain_wire(twinwire, tmp_path):
    # Without --no-baseline: the simulation has no kernel that could run them.
    _, outcome = run(twinwire, tmp_path, PROGRAMS / "curl.toml", "nftables")
    assert not_passed(outcome) == []


@needs_all
@pytest.mark.parametrize("server", ["nginx-resumed", "s_server-resumed"])
def test_a_real_server_takes_back_the_session_that_it_gave(twinwire, tmp_path, server):
    directory, outcome = run(twinwire, tmp_path, PROGRAMS / f"{server}.toml", "nftables", "--no-baseline")
    assert not_passed(outcome) == []
    versions = {"id": "1.2", "ticket": "1.2", "psk": "1.3"}
    cells = said(directory, server)
    assert len(cells) == 2 * len(versions)
    for way, version in versions.items():
        found = [facts for name, facts in cells.items() if f".{way}." in name]
        assert len(found) == 2, (way, list(cells))
        for facts in found:
            shaken = [f for f in facts if f.get("tls") == "complete"]
            assert [f["resumed"] for f in shaken] == ["no", "yes"]
            assert {f["version"] for f in shaken} == {version}


# A firewall that looks into the ClientHello stands behind a router, and a real client's hello is four segments long.
FAULTS = {
    "packets": ('packets = "1"', "the ClientHello died at its 2nd segment", "Accumulating too many packets 2 max 1"),
    "name": ('packets = "none"\nsni = "first-packet"', "the ClientHello died at its 1st segment", "without server_name in the first packet"),
}


def behind(tmp_path, settings):
    file = tmp_path / "behind.toml"
    file.write_text(f'format = 1\nextends = "nftables"\n[behind]\nmodel = "accumulating"\n{settings}\n', encoding="utf-8")
    return file


@needs_all
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_what_a_firewall_did_to_the_hello_of_curl_is_named(twinwire, tmp_path, fault):
    settings, death, log = FAULTS[fault]
    _, outcome = run(twinwire, tmp_path, SMALL_MSS, behind(tmp_path, settings), "--no-baseline")
    assert {r["family"] for r in outcome} == {"ipv4", "ipv6"}
    for result in outcome:
        assert result["verdict"] == "fail"
        assert result["diagnosis"].startswith(death), texts(result)
        assert "the device reset both ends" in result["diagnosis"]
        assert log in texts(result)
        assert "curl: (35)" in texts(result), "what the program itself said is told too"
        resets = [f for f in result["findings"] if f.get("author") == "device" and "RST" in f["text"]]
        assert resets, texts(result)


@needs_all
def test_the_same_firewall_lets_curl_through_where_its_hello_is_one_segment(twinwire, tmp_path):
    for settings, _, _ in FAULTS.values():
        bench = behind(tmp_path, settings)
        _, outcome = run(twinwire, tmp_path, SMALL_MSS, bench, "--no-baseline", "--set", "server.mss=1400")
        assert not_passed(outcome) == []


@needs_all
def test_the_resumed_connection_of_a_real_client_dies_at_its_13th_packet(twinwire, tmp_path):
    bench = "nftables-accumulating"
    _, outcome = run(twinwire, tmp_path, BIG_TICKET, bench, "--no-baseline")
    assert {r["family"] for r in outcome} == {"ipv4", "ipv6"}
    for result in outcome:
        assert result["verdict"] == "fail"
        # Its first connection has passed: there is a session to resume, and the second one is reset.
        assert "the device" in result["diagnosis"] and "reset" in result["diagnosis"], texts(result)
        assert any(f.get("author") == "device" and "received RST" in f["text"] for f in result["findings"]), texts(result)
        assert "without an MSS option" in texts(result)
    # With a small ticket the same client passes the same firewall.
    _, outcome = run(twinwire, tmp_path, BIG_TICKET, bench, "--no-baseline", "--set", "server.tls.ticket_bytes=0")
    assert not_passed(outcome) == []


def test_programs_are_skipped_where_there_is_no_kernel_for_them(twinwire, tmp_path):
    _, outcome = run(twinwire, tmp_path, PROGRAMS, "simulation", codes=(5,))
    assert outcome and {r["verdict"] for r in outcome} == {"skip"}
    for result in outcome:
        assert "only in the world namespaces" in texts(result)


def test_a_program_that_is_not_installed_is_named_with_its_package(twinwire, tmp_path, scenario):
    end = '[client]\nprogram = "no-such-client {host}"\npackage = "the-package"\n[server]\ntls = {}'
    file = scenario("missing", "client runs @run", end)
    _, outcome = run(twinwire, tmp_path, file, "nftables", codes=(5,))
    assert outcome and {r["verdict"] for r in outcome} == {"skip"}
    for result in outcome:
        assert "no-such-client of the client is not installed (Debian package the-package)" in texts(result)
