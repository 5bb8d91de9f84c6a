# SPDX-License-Identifier: Apache-2.0
"""A live ladder goes on for ever: what it remembers is bounded."""

import pytest
from memory_in_use import in_use

import twinwire

FRAMES = 100_000
# Of so many frames; one that stays, with what is known of it, is some 500 octets.
OCTETS = 256 * 1024
OBJECTS = 1000


def send_batches(bench, frames):
    connection = bench.client.tcp()
    connection.connect()
    for _ in range(frames // 1000):
        assert len(connection.client.send("ACK", count=1000)) == 1000


def ask_for_each_batch(bench, frames):
    connection = bench.client.tcp()
    connection.connect()
    bench.crossings()
    for _ in range(frames // 1000):
        connection.client.send("ACK", count=1000)
        assert [crossing.fate for crossing in bench.crossings()] == ["crossed"] * 1000


def expect_each(bench, frames):
    connection = bench.client.tcp()
    connection.connect()
    for _ in range(frames // 2):
        bench.server.expect(connection.client.send("PSH,ACK len=100"))
        bench.client.expect(connection.server.send("ACK"))


def open_and_let_go(bench, frames):
    for _ in range(frames // 12):  # each SYN, ACK and FIN with its crossing
        connection = bench.client.tcp()
        connection.connect()
        connection.close()


def turn_pages(bench):
    """What is remembered for a while goes."""
    for _ in range(2):
        bench.client.send("ACK")
        bench.crossings()


@pytest.mark.parametrize("use", [send_batches, ask_for_each_batch, expect_each, open_and_let_go])
def test_a_hundred_thousand_frames_leave_no_memory_behind(use):
    with twinwire.Bench("simulation") as bench:
        use(bench, FRAMES // 2)
        turn_pages(bench)
        octets, objects = in_use()
        use(bench, FRAMES)
        turn_pages(bench)
        octets_after, objects_after = in_use()
        assert octets_after - octets < OCTETS
        assert objects_after - objects < OBJECTS
