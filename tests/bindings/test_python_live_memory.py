# SPDX-License-Identifier: Apache-2.0
"""A live ladder goes on for ever: what it remembers is bounded."""

import gc

import pytest

import twinwire

FRAMES = 100_000
GROWTH = 4096  # KiB: 42 octets a frame; one that stays takes some 500. The heap of a process settles slowly.


def private_kib():
    with open("/proc/self/smaps_rollup", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:"))


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


@pytest.mark.parametrize("use", [send_batches, ask_for_each_batch, expect_each, open_and_let_go])
def test_a_hundred_thousand_frames_leave_no_memory_behind(use):
    with twinwire.Bench("simulation") as bench:
        use(bench, FRAMES // 2)
        gc.collect()
        before = private_kib()
        use(bench, FRAMES)
        gc.collect()
        assert private_kib() - before < GROWTH
