# SPDX-License-Identifier: Apache-2.0
"""The bloated ClientHello: the incident end to end, and limits found without being told.

The program is never told what stands in the middle; every expectation is about what the results say of the packets.
"""

import json
import re

import pytest
from twinwire_program import SOURCE, results

TLS = SOURCE / "scenarios" / "tls"
NO_MSS = TLS / "resumption" / "no-mss.toml"


def bench_file(tmp_path, text):
    file = tmp_path / "bench.toml"
    file.write_text("format = 1\n" + text)
    return file


def run(twinwire, tmp_path, scenario, bench, *words, codes=(0, 1)):
    directory = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
    ended = twinwire("run", scenario, "--bench", bench, "-o", directory, *words)
    assert ended.code in codes, ended.err + ended.out
    return results(directory)["results"]


def texts(result):
    return " | ".join([result.get("diagnosis", "")] + [f["text"] for f in result["findings"]])


WORLDS = ["accumulating-simulation", "accumulating", "nftables-accumulating", "squid-accumulating"]
THIRTEENTH = "the ClientHello died at its 13th segment: 12 segments with "


@pytest.mark.parametrize("bench", WORLDS)
def test_the_first_connection_passes_and_the_resumed_one_dies_at_its_13th_packet(twinwire, tmp_path, bench):
    for result in run(twinwire, tmp_path, NO_MSS, bench, "-k", "false"):
        assert result["verdict"] == "fail", bench
        # The full handshake on the first connection came about: nothing is said against it.
        assert all("the handshake: expected" not in f["text"] for f in result["findings"])
        assert any("the resumed handshake: expected resumed" in f["text"] for f in result["findings"])
        # Squid writes what it reads, in pieces of its own: some of its segments are not full.
        octets = r"\d+" if bench.startswith("squid") else "6432"
        assert re.match(THIRTEENTH + octets + " octets", result["diagnosis"]), texts(result)
        assert "without an MSS option" in texts(result)


def test_with_timestamps_the_segments_carry_524_octets(twinwire, tmp_path):
    for result in run(twinwire, tmp_path, NO_MSS, "accumulating", "-k", "true"):
        assert THIRTEENTH + "6288 octets" in result["diagnosis"], texts(result)


def test_who_reset_whom_is_said(twinwire, tmp_path):
    for result in run(twinwire, tmp_path, NO_MSS, "nftables-accumulating", "-k", "false"):
        assert "the device reset the client and left the server's connection open" in result["diagnosis"]
        assert any(f.get("author") == "device" and "RST" in f["text"] for f in result["findings"])
    for result in run(twinwire, tmp_path, NO_MSS, "accumulating", "-k", "false"):
        assert "the device reset both ends" in result["diagnosis"]
        assert "the device's log: Accumulating too many packets 13 max 12" in texts(result)


@pytest.mark.parametrize("bench", WORLDS)
def test_a_server_that_sends_mss_is_a_remedy(twinwire, tmp_path, bench):
    outcome = run(twinwire, tmp_path, NO_MSS, bench, "--set", "server.mss=1460", "-k", "false")
    assert [(r["verdict"], texts(r)) for r in outcome if r["verdict"] != "pass"] == []
    assert outcome


def test_a_higher_packet_limit_is_a_remedy(twinwire, tmp_path):
    bench = bench_file(tmp_path, 'extends = "accumulating"\n[device.settings]\npackets = "16"\n')
    outcome = run(twinwire, tmp_path, NO_MSS, bench)
    assert outcome and all(r["verdict"] == "pass" for r in outcome)


def limits_of(twinwire, tmp_path, scenario, bench, *words):
    outcome = run(twinwire, tmp_path, scenario, bench, *words)
    assert outcome
    return [r["limits"] for r in outcome]


def test_the_vendor_arithmetic_comes_out(twinwire, tmp_path):
    for timestamps, octets in (("false", 6432), ("true", 6288)):
        for found in limits_of(
            twinwire, tmp_path, TLS / "limits" / "hello-size-no-mss.toml", "accumulating", "-k", timestamps
        ):
            assert str(octets) in found["statement"], found["statement"]
            assert all(line["probes"] <= 25 for line in found["lines"])


MODEL_LIMITS = {
    "packets": ('packets = "12"', "limit: 12 packets"),
    "octets": ('packets = "none"\noctets = "4096"', "limit: 4096 octets"),
    "records": ('packets = "none"\nrecords = "3"', "limit: 3 records"),
}


@pytest.mark.parametrize("kind", MODEL_LIMITS)
def test_the_kind_and_the_boundary_of_the_model_are_found_20_times_of_20(twinwire, tmp_path, kind):
    settings, statement = MODEL_LIMITS[kind]
    bench = bench_file(tmp_path, f'extends = "accumulating"\n[device.settings]\n{settings}\n')
    found = limits_of(
        twinwire, tmp_path, TLS / "limits" / "hello-size.toml", bench, "--repeat", "10", "--keep", "none", "--no-baseline"
    )
    assert len(found) == 20  # two families
    assert {f["kind"] for f in found} == {kind}
    assert all(f["statement"].startswith(statement) for f in found), {f["statement"] for f in found}


def test_a_time_limit_is_found(twinwire, tmp_path):
    bench = bench_file(tmp_path, 'extends = "accumulating-simulation"\n[device.settings]\npackets = "none"\ntime = "1s"\n')
    for found in limits_of(twinwire, tmp_path, TLS / "limits" / "hello-time.toml", bench):
        assert found["kind"] == "time"
        assert re.match(r"limit: (1 s|9\d\d ms|1\.0\d* s)", found["statement"]), found["statement"]


def test_the_nftables_form_is_found(twinwire, tmp_path):
    for found in limits_of(twinwire, tmp_path, TLS / "limits" / "hello-size.toml", "nftables-accumulating"):
        assert found["kind"] == "packets"
        assert found["statement"].startswith("limit: 12 packets")


@pytest.mark.parametrize("size", [4096, 16384, 65536])
def test_the_buffer_of_a_tls_router_is_found(twinwire, tmp_path, size):
    bench = "nginx-preread" if size == 16384 else f"nginx-preread-{size // 1024}k"
    for found in limits_of(twinwire, tmp_path, TLS / "limits" / "hello-size.toml", bench):
        if size == 65536:  # larger than any hello of the search
            assert found["statement"].startswith("no limit"), found["statement"]
            continue
        assert found["kind"] == "octets"
        assert f"{size} octets" in found["statement"]


def test_a_firewall_without_a_limit_has_none(twinwire, tmp_path):
    for found in limits_of(twinwire, tmp_path, TLS / "limits" / "hello-size.toml", "nftables"):
        assert found["kind"] == "none"
        assert found["statement"].startswith("no limit")


def test_advice_says_why_dividing_by_590_is_too_small(twinwire, tmp_path):
    for found in limits_of(twinwire, tmp_path, TLS / "limits" / "hello-size-no-mss.toml", "accumulating"):
        text = " ".join(found["advice"])
        assert "590" in text and "MSS" in text, json.dumps(found["advice"])
