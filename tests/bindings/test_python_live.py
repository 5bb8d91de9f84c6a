# SPDX-License-Identifier: Apache-2.0
"""Segments by hand: what is sent, what is expected, and what is said when it does not come."""

import datetime

import pytest

import twinwire
from twinwire import Fate


@pytest.fixture
def bench():
    """Virtual time: what lasts an hour lasts no time, and every run is the same."""
    with twinwire.Bench("simulation") as bench:
        yield bench


@pytest.fixture
def ends(bench):
    """Both ends of a connection that is established."""
    connection = bench.client.tcp()
    connection.connect()
    return connection.client, connection.server


def allowed(transit):
    return all(change.allowed for change in transit.changes)


# Sending and expecting, on all kinds of benches.


@pytest.fixture(params=["simulation", "nftables", "nat"])
def any_bench(request):
    try:
        with twinwire.Bench(request.param) as bench:
            yield bench
    except twinwire.BenchError as error:
        pytest.skip(f"no namespaces here: {error}")


def test_a_handshake_line_by_line(any_bench):
    client, server = any_bench.client, any_bench.server
    client.send("SYN <mss 1460>")
    syn = server.expect("SYN <mss 1400..1500>")
    server.send("SYN,ACK <mss 1460>")
    client.expect("SYN,ACK seq=0 ack=1 <mss 1460>")
    client.send("ACK")
    server.expect("ACK seq=1 ack=1 len=0")
    client.send('PSH,ACK data="hello"')
    assert server.expect("PSH,ACK").received.payload == b"hello"
    server.send("ACK")
    transit = client.expect("ACK seq=1 ack=6")
    assert transit.fate is Fate.CROSSED and transit.proof == "" and allowed(transit)
    assert (transit.from_wire, transit.to_wire) == ("server", "client")
    assert syn.sent.wire == "client" and syn.received.wire == "server"
    assert (syn.sent.direction, syn.received.direction) == ("sent", "received")
    assert syn.delay >= 0 and syn.received.at - syn.sent.at == pytest.approx(syn.delay)
    client.expect_nothing()
    server.expect_nothing()


def test_each_packet_is_known_at_the_other_end(any_bench):
    connection = any_bench.client.tcp()
    connection.connect()
    frames = connection.client.send("ACK seq=1 len=100", count=20)
    assert len({frame.ipid for frame in frames}) == 20
    for frame in reversed(frames):
        transit = connection.server.expect(frame)
        assert transit.sent.ipid == frame.ipid == transit.received.ipid
        assert transit.received.payload == frame.payload and allowed(transit)
    connection.server.expect_nothing()


def test_a_retransmission_is_another_packet_than_the_first(any_bench):
    connection = any_bench.client.tcp()
    connection.connect()
    first = connection.client.send("PSH,ACK len=10 @data")
    again = connection.client.send("again @data")
    assert first.payload == again.payload and first.seq == again.seq and first.data != again.data
    assert connection.server.expect(again).sent.ipid == again.ipid
    assert connection.server.expect("PSH,ACK len=10").sent.ipid == first.ipid
    with pytest.raises(AssertionError, match="it crossed, and was taken before"):
        connection.server.expect(again)


def test_behind_a_nat_a_packet_with_another_source_is_still_the_same():
    try:
        bench = twinwire.Bench("nat")
        bench.open()
    except twinwire.BenchError as error:
        pytest.skip(f"no namespaces here: {error}")
    with bench:
        connection = bench.client.tcp(port=8080)
        transit = connection.server.expect(connection.client.send("SYN"))
        assert transit.received.src != transit.sent.src and allowed(transit)
        assert transit.sent.sport == connection.source and transit.received.dport == 8080
        # The server answers to what it saw, and the client hears it as from the server.
        answer = connection.client.expect(connection.server.send("SYN,ACK"))
        assert answer.sent.dst == transit.received.src and answer.sent.dport == transit.received.sport
        assert answer.received.dport == connection.source
        assert connection.client.send("ACK", count=5) and [connection.server.expect("ACK") for _ in range(5)]


def test_arrivals_that_are_as_written_come_in_their_order(ends):
    client, server = ends
    for length in (10, 300, 20, 400):
        client.send(f"ACK len={length}")
    assert len(server.expect("ACK len=200..").received.payload) == 300
    assert [len(server.expect("ACK").received.payload) for _ in range(3)] == [10, 20, 400]


def test_what_is_expected_is_compared_as_on_a_line_of_the_device(ends):
    client, server = ends
    client.send("PSH,ACK len=7 win=500 <nop,nop,ts val 5 ecr 6>")
    for wrong in ("ACK", "PSH,ACK len=8..", "PSH,ACK win!=500", "PSH,ACK seq=2", "PSH,ACK <mss 5>", "PSH,ACK len=7 <>"):
        with pytest.raises(AssertionError, match="came instead: PSH,ACK"):
            server.expect(wrong)
    server.expect("PSH,ACK len=..7 win=400..600 seq=rcv.nxt-7 ack=1 <ts val 5 ecr 1..9>")


def test_connections_are_apart_and_the_bench_hears_all(bench):
    one, other = bench.client.tcp(port=80), bench.client.tcp(port=8080)
    assert one.source != other.source and (one.port, other.port) == (80, 8080)
    one.client.send("SYN")
    other.client.send("SYN")
    assert other.server.expect("SYN").received.dport == 8080
    other.server.expect_nothing()
    assert bench.server.expect("SYN").received.dport == 80
    # The ends of the bench itself speak on the connection that was opened last.
    bench.client.send("SYN")
    assert other.server.expect("SYN").sent.sport == other.source


def test_a_burst_is_a_list_of_frames_and_a_pause_lies_between(bench, ends):
    client, server = ends
    assert isinstance(client.send("ACK len=1"), twinwire.Frame)
    assert len(client.send("ACK len=1", count=1)) == 1
    frames = client.send("ACK len=1", count=4, every="250ms")
    assert [frame.at - frames[0].at for frame in frames] == pytest.approx([0, 0.25, 0.5, 0.75])
    assert [frame.seq for frame in frames] == [frames[0].seq + i for i in range(4)]
    for count in (0, 100_001):
        with pytest.raises(twinwire.UsageError, match=f"count: {count} is not in 1 to 100000"):
            client.send("ACK", count=count)


# Labels and numbers.


def test_labels_are_for_lines_to_come(bench):
    connection = bench.client.tcp()
    client, server = connection.client, connection.server
    syn = client.send("SYN @syn")
    assert client.send("SYN seq=@syn.seq+1000").seq == (syn.seq + 1000) % 2**32
    bench.crossings()  # what is forgotten with that are not labels
    again = client.send("again @syn ttl=9")
    assert (again.seq, again.ttl, syn.ttl) == (syn.seq, 9, 64)
    server.expect(again)
    with pytest.raises(twinwire.UsageError, match="'again @nobody' has nothing to repeat"):
        client.send("again @nobody")
    with pytest.raises(twinwire.UsageError, match="this end does not know the value written for 'seq'"):
        client.send("ACK seq=@nobody.seq")


def test_a_number_that_the_end_does_not_know_is_a_mistake_of_the_program(bench):
    with pytest.raises(twinwire.UsageError, match="this end does not know the value written for 'seq'"):
        bench.client.send("ACK seq=old.snd.nxt")
    assert bench.client.send("SYN")


@pytest.mark.parametrize(
    "segment, column, said",
    [
        ("SYNACK", 21, "unknown flag 'SYNACK'"),
        ("ACK sq=1", 25, "unknown field 'sq'"),
        ("ACK <mss>", 29, "missing the octets of 'mss N'"),
        ("", 20, "missing flag"),
    ],
)
def test_a_mistake_in_a_segment_is_shown_where_it_is(bench, segment, column, said):
    with pytest.raises(twinwire.LoadError) as caught:
        bench.client.send(segment)
    assert said in str(caught.value)
    assert (caught.value.file, caught.value.line, caught.value.column) == ("send", 1, column)
    assert str(caught.value).splitlines()[-1].strip().startswith("^")
    with pytest.raises(twinwire.LoadError) as caught:
        bench.server.expect(segment)
    assert caught.value.file == "expect"


@pytest.mark.parametrize("clause", ["x 3", "within 1s", "if @y", "unless @y", "becomes win=0"])
def test_what_a_call_says_is_not_said_in_the_segment(bench, clause):
    with pytest.raises(twinwire.UsageError, match=f"send: '{clause.split()[0]}' has no meaning behind this segment"):
        bench.client.send(f"ACK {clause}")
    with pytest.raises((twinwire.UsageError, twinwire.LoadError), match=f"'{clause.split()[0]}' (has no meaning behind|compares)"):
        bench.server.expect(f"ACK {clause}")


def test_what_is_expected_is_a_segment_or_a_frame_of_the_other_end(ends, bench):
    client, server = ends
    for wrong in ("ACK @x", "ACK after 1s"):
        with pytest.raises(twinwire.UsageError, match="has no meaning behind this segment"):
            server.expect(wrong)
    with pytest.raises(twinwire.LoadError, match="the device has no packet of its own to repeat"):
        server.expect("again @x")
    frame = client.send("ACK len=1")
    with pytest.raises(twinwire.UsageError, match="the client sent this frame itself"):
        client.expect(frame)
    with pytest.raises(twinwire.UsageError, match="this frame was received"):
        server.expect(server.expect(frame).received)
    with pytest.raises(TypeError, match="expected a segment as a str, or a Frame"):
        server.expect(7)


# Time.


def test_absence_takes_no_time_where_markers_prove_it(bench):
    before = bench.client.send("SYN").at
    with pytest.raises(AssertionError):
        bench.server.expect(bench.client.send("ACK seq=snd.nxt+1000000"))
    assert bench.client.send("SYN").at - before < 0.01


@pytest.mark.parametrize("within", ["90s", 90, 90.0, datetime.timedelta(seconds=90)])
def test_time_passes_while_something_is_waited_for(bench, within):
    before = bench.client.send("SYN").at
    bench.server.expect("SYN", within=within)  # it is there already
    with pytest.raises(AssertionError, match="expected the server to receive SYN within (90|0:01:30)"):
        bench.server.expect("SYN", within=within)
    bench.wait(within)
    bench.server.expect_nothing(within=within)
    assert bench.client.send("SYN").at - before == pytest.approx(270, abs=0.1)


@pytest.mark.parametrize("wrong", [-1, -0.5, 1e12, float("nan"), float("inf")])
def test_a_duration_is_a_time_that_can_be_waited(bench, wrong):
    for call in (bench.wait, lambda value: bench.server.expect("SYN", within=value)):
        with pytest.raises(twinwire.UsageError, match=f"duration: {wrong} is not in 0 to 1000000000 seconds".replace("+", ".")):
            call(wrong)


def test_a_duration_is_a_text_a_number_or_a_timedelta(bench):
    with pytest.raises(twinwire.LoadError, match="duration"):
        bench.wait("soon")
    with pytest.raises(TypeError, match="expected a duration"):
        bench.wait([])
    with pytest.raises(TypeError):
        bench.wait(None)


def test_what_was_on_its_way_before_an_act_is_still_there_behind_it(bench, ends):
    client, server = ends
    frame = client.send("ACK len=5")
    other = bench.client.tcp()
    other.connect()
    bench.wait("1s")
    assert server.expect(frame)
    server.expect_nothing()


# Crossings.


def test_crossings_are_of_both_ends_and_each_is_told_once(bench, ends):
    client, server = ends
    assert [(t.from_wire, t.sent.flags) for t in bench.crossings()] == [("client", "SYN"), ("server", "SYN,ACK"), ("client", "ACK")]
    crossed, stray = client.send("ACK len=1"), bench.client.tcp().client.send("ACK")
    answer = server.send("ACK")
    told = bench.crossings()
    assert [t.fate for t in told] == [Fate.CROSSED, Fate.DROPPED, Fate.CROSSED]
    assert [t.sent.data for t in told] == [crossed.data, stray.data, answer.data]
    assert [t.proof for t in told] == ["", "marker", ""]
    assert told[1].received is None and told[1].arrivals == [] and told[1].delay is None
    assert bench.crossings() == []
    # They are still known by themselves, and none waits to be taken.
    assert bench.crossing(stray).proof == "marker"
    server.expect_nothing()
    with pytest.raises(AssertionError, match="it crossed, and was taken before"):
        server.expect(crossed)


def test_a_crossing_is_of_a_frame_that_this_ladder_sent(bench, ends):
    client, server = ends
    frame = client.send("ACK len=1")
    transit = bench.crossing(frame)
    assert transit.fate is Fate.CROSSED and transit.sent.data == frame.data
    assert transit.received.data == server.expect(frame).received.data
    with pytest.raises(TypeError, match="expected a Frame that was sent"):
        bench.crossing("ACK")
    bench.begin()
    for call in (bench.crossing, bench.server.expect):
        with pytest.raises(twinwire.UsageError, match="this frame is not remembered"):
            call(frame)


def test_more_frames_than_a_page_has_can_be_sent_before_any_is_expected(ends):
    client, server = ends
    frames = client.send("ACK len=1", count=3000) + [client.send("ACK len=2") for _ in range(3000)]
    assert [frame.ipid for frame in frames] == [server.expect(frame).received.ipid for frame in frames]
    server.expect_nothing()


def test_a_loop_goes_on_for_ever_and_the_picture_has_its_end(bench, ends):
    client, server = ends
    for _ in range(6000):
        server.expect(client.send("ACK len=1"))
    client.send("ACK len=1")
    shown = bench.ladder()
    assert "rows before)" in shown.splitlines()[0]
    assert len(shown.splitlines()) < 50
    assert "6002" in shown  # the lines are counted from the first, the act that connects
