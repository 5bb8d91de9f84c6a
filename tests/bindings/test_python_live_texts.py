# SPDX-License-Identifier: Apache-2.0
"""What is said when an expectation is not met, and the picture below it."""

import pytest

import twinwire
from twinwire import Fate


@pytest.fixture
def bench():
    with twinwire.Bench("simulation") as bench:
        yield bench


def said(call, *words, **more):
    """The text of the AssertionError, without blanks at the ends of lines."""
    with pytest.raises(AssertionError) as caught:
        call(*words, **more)
    return "\n".join(line.rstrip() for line in str(caught.value).splitlines())


def test_the_packet_that_was_dropped_is_named_with_its_line_and_the_proof(bench):
    connection = bench.client.tcp(source=5000)
    connection.client.send("SYN")
    connection.server.expect("SYN")
    answer = connection.server.send("SYN,ACK")
    connection.client.expect(answer)
    beyond = connection.client.send("PSH,ACK seq=100000 len=5")
    assert said(connection.server.expect, beyond) == """\
expected the server to receive what the client sent
  missing: line 3, client.c1 --? server : PSH,ACK seq=100000 len=5; it died in the device: absence proved by a marker

       client 198.18.1.2.5000                           device         server 198.18.1.3.443
     1 SYN seq=0 win=65535 <mss 1460>            ────── 10 us ──────▶  SYN seq=0 win=65535 <mss 1460>
     2 SYN,ACK seq=0 ack=1 win=65535 <mss 1460>  ◀────── 10 us ──────  SYN,ACK seq=0 ack=1 win=65535 <mss 1460>
!    3 PSH,ACK seq=100000 ack=1 len=5            ─────────╳                                                      absence proved by a marker"""


def test_without_a_proof_that_is_said(tmp_path):
    file = tmp_path / "unordered.toml"
    file.write_text('format = 1\nextends = "simulation.toml"\nordered = false\n', encoding="utf-8")
    with twinwire.Bench(file) as bench:
        text = said(bench.server.expect, bench.client.send("ACK"))
    assert "  missing: line 1, client --? server : ACK; it died in the device: it had not come when its time was over\n" in text


def test_what_came_instead_is_told(bench):
    connection = bench.client.tcp(source=5000)
    for _ in range(7):
        connection.client.send("SYN")
    assert said(connection.server.expect, "SYN,ACK", within="2s").splitlines()[:2] == [
        "expected the server to receive SYN,ACK within 2s",
        "  came instead: SYN, SYN, SYN, SYN, SYN and 2 more",
    ]
    assert said(bench.client.expect, "SYN,ACK", within=2).splitlines()[:2] == [
        "expected the client to receive SYN,ACK within 2 s",
        "  nothing came, and nothing that was sent is missing",
    ]


def test_what_is_missing_is_told_from_the_newest_on(bench):
    for number in range(8):
        bench.client.send(f"ACK len={number + 1}")
    lines = said(bench.server.expect, "ACK").splitlines()
    assert lines[1:7] == [
        f"  missing: line {number}, client --? server : ACK len={number}; it died in the device: absence proved by a marker"
        for number in (8, 7, 6, 5, 4)
    ] + ["  missing: 3 more before"]
    assert [line[:6] for line in lines if "╳" in line] == ["!    1", "!    2", "!    3", "!    4", "!    5", "!    6", "!    7", "!    8"]


def test_of_several_connections_the_one_that_is_meant_is_told(bench):
    one, other = bench.client.tcp(source=5001), bench.client.tcp(source=5002)
    one.client.send("ACK len=1")
    other.client.send("ACK len=2")
    text = said(one.server.expect, "ACK")
    assert "missing: line 1, client.c1 --? server : ACK len=1;" in text and "line 2" not in text
    assert "\n!    1 " in text and "\n     2 " in text
    # Whose ports there are is not said above rows of several connections, but by what they are called.
    assert "\n       client  " in text
    assert repr(one) == "<Connection c1 from port 5001 to 443>"
    both = said(bench.server.expect, "ACK")
    assert "client.c1 --? server" in both and "client.c2 --? server" in both


def test_what_the_device_made_is_called_so():
    with twinwire.Bench("accumulating-simulation") as bench:
        connection = bench.client.tcp(source=5000)
        connection.connect()
        # The beginning of a ClientHello of 7,000 octets, of which the device gathers twelve packets.
        connection.client.send(r'PSH,ACK data="\x16\x03\x01\x1b\x58\x01\x00\x1b\x54\x03\x03"')
        connection.client.send("ACK len=100", count=11)
        connection.server.expect("PSH,ACK")
        for _ in range(11):
            connection.server.expect("ACK")
        last = connection.client.send("PSH,ACK len=100")
        assert said(connection.server.expect, last).splitlines()[-3:] == [
            "!    4 PSH,ACK seq=1112 ack=1 len=100                   ─────────╳                                                             absence proved by a marker",
            "!      RST seq=1                                        ◀────────●                                                             made by the device, TTL 64",
            "!                                                                 ●────────▶  RST seq=1112                                     made by the device, TTL 64",
        ]
        assert said(connection.client.expect_nothing).splitlines()[:2] == ["expected the client to receive nothing", "  came: RST made by the device"]
        made = connection.client.expect("RST seq=rcv.nxt")
        assert (made.fate, made.sent, made.from_wire, made.to_wire, made.delay) == (Fate.MADE, None, "device", "client", None)
        assert made.received.flags == "RST" and made.arrivals[0].data == made.received.data and made.changes == []
        connection.client.expect_nothing()
        assert [transit.fate for transit in bench.crossings()][-3:] == [Fate.DROPPED, Fate.MADE, Fate.MADE]


def test_the_picture_is_the_ladder_so_far(bench):
    connection = bench.client.tcp(source=5000)
    connection.connect()
    bench.wait("60s")
    bench.wait(0.5)
    connection.client.expect(connection.server.send("PSH,ACK len=3"))
    connection.client.forget()
    shown = "\n".join(line.rstrip() for line in bench.ladder().splitlines())
    assert shown == """\
       client 198.18.1.2.5000                                  device         server 198.18.1.3.443
     1 client.c1 connects
       SYN seq=0 win=65535 <mss 1460,sackOK>            ────── 10 us ──────▶  SYN seq=0 win=65535 <mss 1460,sackOK>
       SYN,ACK seq=0 ack=1 win=65535 <mss 1460,sackOK>  ◀────── 10 us ──────  SYN,ACK seq=0 ack=1 win=65535 <mss 1460,sackOK>
       ACK seq=1 ack=1                                  ────── 10 us ──────▶  ACK seq=1 ack=1
     2 wait 60s
     3 wait 0.5 s
     4 PSH,ACK seq=1 ack=1 len=3                        ◀────── 10 us ──────  PSH,ACK seq=1 ack=1 len=3
     5 client.c1 forgets"""
