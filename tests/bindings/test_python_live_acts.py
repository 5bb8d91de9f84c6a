# SPDX-License-Identifier: Apache-2.0
"""Acts, in which both ends speak for themselves; and the incidents that twinwire was written for, told in Python."""

import pytest

import twinwire
from twinwire import Fate


@pytest.fixture
def bench():
    with twinwire.Bench("simulation") as bench:
        yield bench


def bench_of(name):
    """A bench that stands; skips where there are no namespaces, or the device is not installed."""
    bench = twinwire.Bench(name)
    try:
        bench.open()
    except twinwire.BenchError as error:
        pytest.skip(str(error))
    return bench


def bench_file(folder, text):
    path = folder / "bench.toml"
    path.write_text("format = 1\n" + text, encoding="utf-8")
    return path


def resumed(act):
    return act.client.get("resumed") == "yes"


# Acts over a device that lets them be.


@pytest.mark.parametrize("name", ["simulation", "nftables", "nat", "squid", "squid-splice"])
def test_a_connection_from_its_first_segment_to_its_last(name):
    with bench_of(name) as bench:
        connection = bench.client.tcp()
        act = connection.connect()
        assert act and act.completes and repr(act) == "<Act completes>"
        assert act.client["tcp"] == "established" and act.client["act"] == "completes"
        full = connection.tls()
        assert full.client["version"] == "1.3" and full.server["tls"] == "complete" and not resumed(full)
        assert connection.client.write(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.server.write(50_000)
        assert connection.close().client["tcp"] == "finished"
        again = bench.client.tcp()
        again.connect()
        assert resumed(again.tls(resume=full.session))
        assert again.server.close()


@pytest.mark.parametrize("name", ["squid", "squid-splice"])
def test_behind_a_proxy_segments_are_taken_and_arrivals_are_its_own(name):
    with bench_of(name) as bench:
        connection = bench.client.tcp()
        connection.connect()
        frame = connection.client.send('PSH,ACK data="hello"')
        with pytest.raises(twinwire.UsageError, match="connections end at this device, so that no frame crosses it"):
            connection.server.expect(frame)
        arrival = connection.server.expect("PSH,ACK")
        assert (arrival.fate, arrival.sent, arrival.received.payload) == (Fate.MADE, None, b"hello")
        assert bench.crossing(frame).fate is Fate.TAKEN


def test_what_the_ends_of_an_act_say_need_not_be_taken(bench):
    connection = bench.client.tcp()
    connection.connect()
    connection.client.write(10_000)
    bench.client.expect_nothing()
    bench.server.expect_nothing()
    assert len(bench.crossings()) > 10


def test_octets_arrive_as_they_were_written(bench):
    connection = bench.client.tcp()
    connection.connect()
    connection.client.write(b"hello")
    assert [t.received.payload for t in bench.crossings() if t.sent.payload] == [b"hello"]
    for wrong in (b"", "text", None, 1.5):
        with pytest.raises(TypeError, match="expected bytes, or how many octets"):
            connection.client.write(wrong)
    for wrong in (0, -1, 10**12):
        with pytest.raises(twinwire.LoadError, match="octets"):
            connection.client.write(wrong)


def test_lines_and_acts_go_on_with_the_same_numbers(bench):
    connection = bench.client.tcp()
    connection.client.send("SYN <mss 536>")
    connection.server.expect("SYN")
    connection.server.send("SYN,ACK")
    connection.client.expect("SYN,ACK")
    connection.client.send("ACK")
    connection.server.expect("ACK")
    assert connection.server.write(2000)
    assert [len(t.sent.payload) for t in bench.crossings() if t.sent.payload] == [536, 536, 536, 392]
    assert connection.client.send("ACK").ack == connection.server.send("ACK").seq
    assert connection.client.reset().server["tcp"] == "reset"


def test_an_end_that_forgets_knows_nothing_of_the_connection(bench):
    connection = bench.client.tcp()
    connection.connect()
    assert connection.client.forget() is None
    first = connection.client.send("SYN")
    assert connection.server.expect(first).fate is Fate.CROSSED
    assert connection.client.send("SYN seq=old.snd.nxt").seq != first.seq


def test_settings_change_the_segments(bench):
    def segments(**settings):
        bench.begin(**settings)
        connection = bench.client.tcp()
        connection.connect()
        connection.client.write(3000)
        transits = bench.crossings()
        return transits[0].sent, transits[1].sent, max(len(t.sent.payload) for t in transits)

    syn, answer, largest = segments()
    assert (syn.mss, answer.mss, largest, syn.dst) == (1460, 1460, 1460, "198.18.1.3")
    syn, answer, largest = segments(client__mtu=590, server__mss="omit")
    assert (syn.mss, answer.mss, largest) == (550, None, 536)
    syn, answer, largest = segments(family="ipv6", client__mtu=1300, server__mss="omit")
    assert (syn.mss, answer.mss, largest) == (1240, None, 1220)
    assert syn.dst == "2001:2:0:1::3"
    assert segments(server__window=4000)[1].window == 4000
    assert segments(**{"client.segments": 100})[2] == 100


def test_settings_that_are_wrong_are_said_to_be(bench):
    connection = bench.client.tcp()
    for wrong, said in [
        ({"client__mut": 590}, "unknown"),
        ({"client__mtu": 5}, "mtu"),
        ({"client__tls__version": "1.4"}, "version"),
    ]:
        with pytest.raises(twinwire.LoadError, match=said):
            bench.begin(**wrong)
    with pytest.raises(twinwire.UsageError, match="family: 'ipv5' is unknown; expected ipv4 or ipv6"):
        bench.begin(family="ipv5")
    with pytest.raises(twinwire.LoadError, match="the client is a program and follows no ladder"):
        bench.begin(client__program="curl -V")
    with pytest.raises(twinwire.UsageError, match="the server is a program and follows no ladder"):
        bench.begin(server__program="nginx")
    assert connection.connect()  # what could not begin has ended nothing


def test_a_ladder_that_cannot_begin_ends_the_one_before(tmp_path):
    text = 'extends = "simulation.toml"\n[client]\naddress = ["198.18.1.2/24"]\n[server]\naddress = ["198.18.1.3/24"]\n'
    with twinwire.Bench(bench_file(tmp_path, text)) as bench:
        connection = bench.client.tcp()
        with pytest.raises(twinwire.BenchError, match="no ipv6 address"):
            bench.begin(family="ipv6")
        with pytest.raises(twinwire.UsageError, match="this connection is over"):
            connection.connect()
        assert bench.client.tcp().connect()


def test_a_connection_of_an_older_ladder_is_over(bench):
    connection = bench.client.tcp()
    connection.connect()
    bench.begin()
    client, server = connection.client, connection.server
    for use in (connection.connect, connection.tls, client.forget, lambda: server.send("ACK"), server.expect_nothing):
        with pytest.raises(twinwire.UsageError, match="this connection is over"):
            use()
    assert bench.client.tcp().connect()


def test_a_clients_port_can_be_chosen(bench):
    connection = bench.client.tcp(port=8443, source=5000)
    assert (connection.port, connection.source) == (8443, 5000)
    assert repr(connection) == "<Connection c1 from port 5000 to 8443>"
    assert repr(connection.client) == "<End client of c1>" and repr(bench.server) == "<End server>"
    frame = connection.client.send("SYN")
    assert (frame.sport, frame.dport) == (5000, 8443)
    with pytest.raises(twinwire.UsageError, match="source: port 5000 is the one of another connection"):
        bench.client.tcp(source=5000)
    for wrong in ({"port": 0}, {"source": 0}, {"port": 65536}, {"source": -1}):
        with pytest.raises(twinwire.UsageError, match="a port is 1 to 65535, not"):
            bench.client.tcp(**wrong)
    del connection
    assert bench.client.tcp(source=5000).connect()


# Acts over a device that breaks them.


def test_what_inspection_breaks(tmp_path):
    with twinwire.Bench("inspecting-simulation") as bench:
        assert bench.device.changes == ["failover", "inspection", "no-inspection"]
        connection = bench.client.tcp()
        connection.connect()
        session = connection.tls().session
        assert repr(session) == "<Session>"
        connection.close()
        bench.device.apply("inspection")
        again = bench.client.tcp()
        again.connect()
        act = again.tls(resume=session, check=False)
        assert not act and repr(act) == "<Act fails>"
        assert act.client["tcp"] == "reset"
        bench.device.apply("no-inspection")
        after = bench.client.tcp()
        after.connect()
        assert resumed(after.tls(resume=session))
        with pytest.raises(twinwire.BenchError, match="knows no change 'x\"y'"):
            bench.device.apply('x"y')


WALL = """extends = "nftables.toml"
[apply.wall]
rules = '''
table inet wall {
  chain forward {
    type filter hook forward priority 9; policy accept;
    tcp dport 443 drop
  }
}
'''
[apply.nonsense]
rules = "table inet nonsense { chain }"
"""


def test_each_act_fails_as_it_should_where_the_device_lets_nothing_through(tmp_path):
    with bench_of(bench_file(tmp_path, WALL)) as bench:
        connections = [bench.client.tcp() for _ in range(4)]
        assert all(connection.connect() for connection in connections)
        bench.device.apply("wall")
        acts = [
            connections[0].client.write(100, check=False),
            connections[1].tls(check=False),
            connections[2].client.reset(check=False),
            connections[3].close(check=False),
            bench.client.tcp().connect(check=False),
        ]
        assert not any(acts)
        assert [act.client["state"] for act in acts] == ["ESTABLISHED", "ESTABLISHED", "CLOSED", "FIN-WAIT-1", "SYN-SENT"]


def test_a_change_that_the_device_refuses_is_an_error_of_the_bench(tmp_path):
    with bench_of(bench_file(tmp_path, WALL)) as bench:
        for _ in range(2):  # before the first line, and behind it
            with pytest.raises(twinwire.BenchError, match="ruleset was refused"):
                bench.device.apply("nonsense")
            assert bench.client.tcp().connect()


FAILS = """\
expected 'client.c1 sends 100' to complete
  the client: act=fails octets=0 state=ESTABLISHED tcp=established
  the server: act=fails octets=0 peer-port=12467 port=443 state=ESTABLISHED tcp=established
"""


def test_an_act_that_fails_shows_both_ends_and_the_ladder(tmp_path):
    with bench_of(bench_file(tmp_path, WALL)) as bench:
        connection = bench.client.tcp()
        connection.connect()
        bench.device.apply("wall")
        with pytest.raises(AssertionError) as caught:
            connection.client.write(100)
    said = str(caught.value).splitlines()
    assert "\n".join(said[:3]) + "\n" == FAILS.replace("12467", str(connection.source))
    acts = [line for line in said if "sends 100" in line]
    assert acts[1:] == ["!    3 client.c1 sends 100"]
    lost = said[said.index(acts[1]) + 1 :]
    assert len(lost) > 1
    for line in filter(None, lost):
        assert line.startswith("!      PSH,ACK seq=1 ack=1 len=100") and "absence proved by" in line


def test_a_connection_connects_once(bench):
    connection = bench.client.tcp()
    connection.connect()
    with pytest.raises(twinwire.UsageError, match="this client has had its connection"):
        connection.connect()
    connection.close()
    connection.client.forget()
    connection.server.forget()
    bench.crossings()
    assert connection.connect() and len(bench.crossings()) == 3


# The incidents.


def test_a_bloated_hello_to_a_server_without_mss_is_reset():
    """The server omits MSS, so the client cuts its ClientHello into segments of 536 octets; the device gathers 12."""
    with twinwire.Bench("accumulating-simulation") as bench:

        def hello(octets, mss):
            bench.begin(server__mss=mss, client__tls__hello_bytes=octets)
            connection = bench.client.tcp()
            connection.connect()
            bench.crossings()
            return connection.tls(check=False), bench.crossings()

        act, _ = hello(12 * 536, "omit")
        assert act
        act, transits = hello(12 * 536 + 1, "omit")
        assert not act and act.client["tcp"] == "reset"
        hello_segments = [t for t in transits if t.sent and t.from_wire == "client" and t.sent.payload]
        assert len(hello_segments) >= 13 and {len(t.sent.payload) for t in hello_segments[:12]} == {536}
        resets = [t for t in transits if t.fate is Fate.MADE]
        assert {t.to_wire for t in resets} == {"client", "server"}
        assert all("RST" in t.received.flags for t in resets)
        # With the MSS of Ethernet the same hello is five packets.
        assert hello(12 * 536 + 1, 1460)[0]


@pytest.fixture(params=["openvswitch", "model"])
def without_challenge_acks(request, tmp_path):
    """A device that loses the RST behind a challenge ACK: a real one, and a model of it."""
    text = 'extends = "simulation.toml"\n[device.settings]\nallow-challenge-ack = "no"\n'
    name = bench_file(tmp_path, text) if request.param == "model" else request.param
    with bench_of(name) as bench:
        yield bench


def challenge(bench):
    """A client that crashed opens its connection again; returns the RST by which the server is to hear of it. The new
    number lies in the server's window, so that the device carries the SYN."""
    connection = bench.client.tcp()
    connection.connect()
    client, server = connection.client, connection.server
    client.forget()
    server.expect(client.send("SYN iss=old.snd.nxt+1000"))
    client.expect(server.send("ACK"))
    return server, client.send("RST seq=seg.ack")


def test_a_device_that_loses_the_rst_behind_a_challenge_ack(without_challenge_acks):
    server, rst = challenge(without_challenge_acks)
    with pytest.raises(AssertionError) as caught:
        server.expect(rst)
    assert "client.c1 --? server : RST seq=seg.ack; it died in the device: absence proved by a marker" in str(caught.value)
    crossing = without_challenge_acks.crossing(rst)
    assert (crossing.fate, crossing.proof) == (Fate.DROPPED, "marker")


def test_a_device_that_carries_it(bench):
    server, rst = challenge(bench)
    assert server.expect(rst).fate is Fate.CROSSED


@pytest.mark.parametrize("version, resume", [("1.3", "psk"), ("1.2", "ticket"), ("1.2", "id")])
def test_sessions_from_before_inspection_are_reset_and_new_ones_resumed(version, resume):
    with twinwire.Bench("inspecting-simulation") as bench:
        bench.begin(client__tls__version=version, client__tls__resume=resume)

        def shake_hands(session=None):
            connection = bench.client.tcp()
            connection.connect()
            act = connection.tls(resume=session, check=False)
            if act:
                connection.close()
            return act

        before = [shake_hands().session for _ in range(3)]
        assert all(resumed(shake_hands(session)) for session in before)
        bench.device.apply("inspection")
        outcomes = [shake_hands(session) for session in before]
        assert not any(outcomes)
        assert all(act.client["tcp"] == "reset" for act in outcomes)
        seen = shake_hands()
        assert seen and resumed(shake_hands(seen.session))
