# SPDX-License-Identifier: Apache-2.0
"""What a live ladder leaves alone: other threads, Ctrl-C, scenarios on the same bench, and its end."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from twinwire_package import PASSES, environment

import twinwire


@pytest.fixture
def bench():
    with twinwire.Bench("simulation") as bench:
        yield bench


# Connections that are let go.


def test_a_connection_is_let_go_with_its_last_name(bench):
    connection = bench.client.tcp(source=5000)
    client, server = connection.client, connection.server
    del connection, client
    other = bench.client.tcp()
    with pytest.raises(twinwire.UsageError, match="port 5000 is the one of another connection"):
        bench.client.tcp(source=5000)
    server.expect_nothing()  # it still has a name
    del server
    assert bench.client.tcp(source=5000).connect() and other.connect()


def test_what_a_page_told_outlives_it_and_the_bench():
    with twinwire.Bench("simulation") as bench:
        frame = bench.client.send("SYN len=3")
        transit = bench.server.expect(frame)
        told = bench.crossings()
        connection = bench.client.tcp()
        connection.connect()
        session = connection.tls().session
    assert bench.closed
    assert frame.payload == transit.received.payload == told[0].sent.payload
    for use in (
        lambda: bench.client.send("SYN"),
        lambda: connection.client.send("ACK"),
        lambda: connection.tls(resume=session),
        lambda: bench.server.expect(frame),
        bench.server.expect_nothing,
        bench.client.tcp,
        bench.crossings,
        bench.begin,
        bench.ladder,
        lambda: bench.wait("1s"),
        lambda: bench.crossing(frame),
    ):
        with pytest.raises(twinwire.UsageError, match="the bench 'simulation' is closed"):
            use()
    # What is let go now has nothing to be let go from.
    del connection, session, bench
    gc.collect()


def test_a_bench_that_is_lost_is_an_error_of_the_bench(namespaces):
    bench = twinwire.Bench("nftables")
    bench.open()
    connection = bench.client.tcp()
    connection.connect()
    with open(f"/proc/self/task/{threading.get_native_id()}/children", encoding="ascii") as children:
        helper = int(children.read().split()[-1])
    os.kill(helper, signal.SIGKILL)
    deadline = time.monotonic() + 10
    with pytest.raises(twinwire.BenchError, match="could not be sent"):
        while time.monotonic() < deadline:  # its namespaces go a moment later
            with contextlib.suppress(AssertionError):
                connection.server.expect(connection.client.send("ACK"))
    assert bench.closed
    with pytest.raises(twinwire.UsageError, match="is closed"):
        connection.connect()


# Scenarios on the same bench.


@pytest.mark.parametrize("name", ["simulation", "nftables"])
def test_scenarios_are_walked_between_lines(write_scenario, name):
    cells = twinwire.load(write_scenario("passes", PASSES))
    try:
        bench = twinwire.Bench(name)
        bench.open()
    except twinwire.BenchError as error:
        pytest.skip(str(error))
    with bench:
        connection = bench.client.tcp()
        connection.connect()
        frame = connection.client.send("ACK len=10")
        for _ in range(3):
            assert all(bench.run(cells))
            connection.server.expect(frame)
            frame = connection.client.send("ACK len=10")
        assert connection.server.expect(frame)
        connection.server.expect_nothing()
        connection.client.expect_nothing()


# Threads.


def test_a_bench_is_for_one_thread_at_a_time(live):
    bench = twinwire.Bench(live)
    bench.open()
    connection = bench.client.tcp()
    connection.connect()
    missing = []

    def expect():
        try:
            connection.server.expect("SYN", within="2s")
        except AssertionError as error:
            missing.append(error)

    thread = threading.Thread(target=expect)
    thread.start()
    time.sleep(0.5)
    begun = time.monotonic()
    for use in (lambda: connection.client.send("SYN"), bench.crossings, bench.close, lambda: bench.client.tcp()):
        with pytest.raises(twinwire.UsageError, match="is in use by another thread"):
            use()
    assert time.monotonic() - begun < 1  # nobody waited for the other
    thread.join()
    assert len(missing) == 1
    assert connection.client.send("ACK")
    bench.close()


def test_connections_may_be_let_go_of_by_any_thread(bench):
    connections = [bench.client.tcp(source=4000 + i) for i in range(100)]
    bench.client.tcp()
    thread = threading.Thread(target=connections.clear)
    thread.start()
    thread.join()
    assert bench.client.tcp(source=4000).connect()


# Ctrl-C.

WALL = """format = 1
extends = "nftables.toml"
patience = "40s"
[apply.wall]
rules = '''
table inet wall {
  chain forward {
    type filter hook forward priority 9; policy accept;
    tcp dport 443 drop
  }
}
'''
"""

INTERRUPTED = """
import signal, sys, twinwire
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests may have SIGINT ignored
bench = twinwire.Bench(sys.argv[1])
connection = bench.client.tcp()
connection.connect()
bench.apply("wall")
print("stands", flush=True)
try:
    CALL
except KeyboardInterrupt:
    print("interrupted", flush=True)
other = bench.client.tcp(port=80)
print(other.connect(), other.tls(), other.server.expect(other.client.send("ACK len=1")).fate.value)
"""


@pytest.mark.parametrize(
    "call",
    [
        "connection.server.expect('SYN', within='60s')",
        "connection.server.expect('SYN')",
        "bench.server.expect_nothing(within='60s')",
        "bench.wait('60s')",
        "connection.client.send('ACK len=1', count=100, every='1s')",
        "connection.client.write(100)",
        "connection.tls()",
    ],
)
def test_ctrl_c_ends_what_waits_and_leaves_the_bench_as_it_is(tmp_path, namespaces, call):
    bench = tmp_path / "wall.toml"
    bench.write_text(WALL, encoding="utf-8")
    words = [sys.executable, "-c", INTERRUPTED.replace("CALL", call), str(bench)]
    child = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "stands\n"
        time.sleep(0.5)  # so that it waits; before it, Python itself would be interrupted
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "interrupted\n"
        assert time.monotonic() - begun < 1
        out, err = child.stdout.read(), child.stderr.read()
        child.wait(timeout=30)
    finally:
        child.kill()
        child.communicate()
    assert (out, child.returncode) == ("<Act completes> <Act completes> crossed\n", 0), err
