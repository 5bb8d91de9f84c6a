# SPDX-License-Identifier: Apache-2.0
"""Devices written in Python: what they are given, what becomes of what they return, and how they fail."""

import gc
import os
import signal
import threading
import traceback
import weakref

import pytest
from twinwire_package import FAILS, PASSES

import twinwire
from twinwire import Fate, Verdict


@pytest.fixture
def walk(write_scenario):
    """Walks a ladder over IPv4 with a device."""

    def walk(device, ladder=PASSES, bench="simulation", extra=""):
        [cell] = twinwire.load(write_scenario("cell", ladder, extra='family = "ipv4"\n' + extra))
        with twinwire.Bench(bench, device=device) as standing:
            return standing.run(cell, baseline=False)

    return walk

@pytest.fixture(params=["simulation", "live"])
def either(request):
    """A bench in each of the two worlds."""
    return "simulation" if request.param == "simulation" else request.getfixturevalue("live")

def forward(side, frame):
    return frame

def transit_of(result, length):
    [transit] = [t for t in result.transits if t.sent is not None and len(t.sent.payload) == length]
    return transit

# What goes through.

def test_a_device_that_forwards_is_a_wire(write_scenario, either):
    cells = twinwire.load(write_scenario("passes", PASSES))
    with twinwire.Bench(either, device=forward) as bench:
        assert all(bench.run(cells)) and len(cells) == 2
        assert (bench.device.name, bench.device.kind) == ("forward", "model")
        assert repr(bench.device) == "<Device forward>"

def test_a_device_is_given_the_side_and_the_frame(walk):
    seen = []

    def device(side, frame):
        seen.append((side, frame))
        return frame

    result = walk(device)
    crossed = {transit.sent.data: transit for transit in result.transits}
    for side, frame in seen:
        assert isinstance(frame, twinwire.Frame)
        assert (frame.wire, frame.direction, frame.step) == (side, "sent", 0)
    of_cell = [(side, frame) for side, frame in seen if frame.data in crossed]
    assert len(of_cell) == len(result.transits) == 5
    for side, frame in of_cell:
        assert crossed[frame.data].from_wire == side
        assert crossed[frame.data].sent.at < frame.at < crossed[frame.data].received.at
    assert [frame.flags for _, frame in of_cell[:3]] == ["SYN", "SYN,ACK", "ACK"]

def test_octets_of_any_kind_go_out_as_a_frame_does(walk):
    for kind in (bytes, bytearray, memoryview):
        assert walk(lambda side, frame, kind=kind: kind(frame.data))

def test_a_pair_names_the_side_on_which_a_frame_goes_out(walk):
    other = {"client": "server", "server": "client"}
    assert walk(lambda side, frame: (other[side], frame))
    assert walk(lambda side, frame: [(other[side], frame.data)])
    sent_back = walk(lambda side, frame: (side, frame), ladder="client --> server : SYN")
    assert sent_back.verdict is Verdict.FAIL

def test_a_generator_is_a_device_too(walk):
    def device(side, frame):
        if frame.dport == 443:
            yield frame.replace(ttl=63)
        else:
            yield frame

    ttls = {change.field for transit in walk(device).transits for change in transit.changes}
    assert ttls == {"ttl"}

# What a device does wrong is said by what it did.

def test_a_dropped_packet_is_dropped_by_proof(walk, either):
    result = walk(lambda side, frame: None if frame.payload == b"!" * 33 else frame,
                  ladder='client connects\nclient --> server : PSH,ACK data="' + "!" * 33 + '"', bench=either)  # fmt: skip
    transit = transit_of(result, 33)
    assert (transit.fate, transit.proof, transit.received) == (Fate.DROPPED, "marker", None)
    assert result.verdict is Verdict.FAIL
    with pytest.raises(AssertionError, match="absence proved by a marker"):
        result.check()

def test_a_changed_option_is_named_and_the_checksum_is_right(walk, either):
    result = walk(lambda side, frame: frame.replace(mss=1400) if frame.mss else frame, bench=either)
    syn = result.transits[0]
    assert [(c.field, c.sent, c.received) for c in syn.changes if c.field == "mss"] == [("mss", "1460", "1400")]
    assert syn.received.mss == 1400 and syn.received.checksum_ok and syn.received.ip_checksum_ok

def test_damage_is_found_though_the_checksum_is_right(walk):
    def device(side, frame):
        return frame.replace(payload=b"\0" + frame.payload[1:]) if frame.payload else frame

    result = walk(device)
    assert result.verdict is Verdict.FAIL
    assert "data" in [change.field for change in transit_of(result, 100).changes]
    assert transit_of(result, 100).received.checksum_ok

def test_what_a_device_sends_itself_is_made_by_it(walk):
    def refuse(side, frame):
        if side == "client" and frame.flags == "SYN":
            return "client", frame.replace(
                src_mac=frame.dst_mac, dst_mac=frame.src_mac, src=frame.dst, dst=frame.src,
                sport=frame.dport, dport=frame.sport, seq=0, ack=frame.seq + 1, flags="RST,ACK", options=b"",
            )  # fmt: skip
        return frame

    result = walk(refuse, ladder="client --> server : SYN\nclient <-- server : SYN,ACK")
    [made] = [transit for transit in result.transits if transit.fate is Fate.MADE]
    assert (made.from_wire, made.to_wire, made.sent) == ("device", "client", None)
    assert made.received.flags == "RST,ACK" and made.received.checksum_ok
    assert result.verdict is Verdict.FAIL

def test_a_multiplied_frame_arrives_that_often(walk):
    result = walk(lambda side, frame: [frame, frame, frame] if frame.payload == b"x" * 100 else frame,
                  ladder='client connects\nclient --> server : PSH,ACK data="' + "x" * 100 + '"')  # fmt: skip
    assert len(transit_of(result, 100).arrivals) == 3

class Delaying(twinwire.Middlebox):
    """Every frame comes out 50 ms later."""

    def __init__(self):
        self.queue = []
        self.calls = []

    @property
    def deadline(self):
        return self.queue[0][0] if self.queue else None

    def on_frame(self, side, frame):
        self.queue.append((frame.at + 0.05, "server" if side == "client" else "client", frame))

    def on_time(self, now):
        self.calls.append(now)
        assert now >= self.queue[0][0]
        while self.queue and self.queue[0][0] <= now:
            yield self.queue.pop(0)[1:]

def test_a_device_that_delays_is_called_in_time(walk):
    device = Delaying()
    result = walk(device)
    assert result
    assert len(result.transits) == 5
    # Two cables of 5 us each beside it.
    assert {round(transit.delay, 9) for transit in result.transits} == {0.05001}
    assert device.queue == [] and len(device.calls) >= 5

def test_a_deadline_between_two_numbers_has_come_when_it_is_called(walk):
    # The clock has whole nanoseconds: this one's next is less, as a float, than it.
    deadline = 0.07377104500000001
    assert 73771045 / 1e9 < deadline

    class Waiting(twinwire.Middlebox):
        def __init__(self):
            self.deadline = deadline
            self.called = []

        def on_frame(self, side, frame):
            return frame

        def on_time(self, now):
            self.called.append(now)
            if now >= self.deadline:
                self.deadline = None

    waiting = Waiting()
    assert walk(waiting, ladder="client connects\nwait 1s")
    assert waiting.called == [deadline]


def test_a_device_delays_in_real_time_too(walk, live):
    result = walk(Delaying(), bench=live)
    assert result
    assert all(0.05 <= transit.delay < 0.5 for transit in result.transits)

class Nat(twinwire.Middlebox):
    """Gives every client a port of its own, as a NAT without a pool of addresses does."""

    def __init__(self):
        self.outside = {}
        self.inside = {}

    def on_frame(self, side, frame):
        if frame.sport is None:
            return frame
        if side == "client":
            port = self.outside.setdefault(frame.sport, 60000 + len(self.outside))
            self.inside[port] = frame.sport
            return frame.replace(sport=port)
        return frame.replace(dport=self.inside[frame.dport]) if frame.dport in self.inside else None

def test_translated_ports_are_recognised(walk, tmp_path):
    file = tmp_path / "lab.toml"
    file.write_text('format = 1\nextends = "simulation.toml"\nprofile = "nat"\n[allow]\nsource = "translated"\n', encoding="utf-8")
    nat = Nat()
    result = walk(nat, bench=file)
    assert result, result.explain()
    syn = result.transits[0]
    assert syn.fate is Fate.CROSSED
    assert syn.received.sport == nat.outside[syn.sent.sport] >= 60000
    assert transit_of(result, 100).fate is Fate.CROSSED

# Neighbours and routers.

def test_what_is_not_ip_passes_by_itself(write_scenario, either):
    cells = twinwire.load(write_scenario("cell", "client --> server : SYN"))
    seen = []

    def drop(side, frame):
        seen.append(frame.protocol)

    with twinwire.Bench(either, device=drop) as bench:
        results = bench.run(cells, baseline=False)
    # ARP and Neighbor Discovery went through, or nobody could have said anything of the SYN.
    assert [result.transits[0].fate for result in results] == [Fate.DROPPED, Fate.DROPPED]
    assert set(seen) == {6}

def test_a_device_may_ask_for_every_frame(walk):
    class Bridge(twinwire.Middlebox):
        every_frame = True

        def __init__(self):
            self.ether_types = []

        def on_frame(self, side, frame):
            self.ether_types.append(frame.ether_type)
            return frame

    bridge = Bridge()
    assert walk(bridge)
    assert bridge.ether_types[:2] == [0x0806, 0x0806] and 0x0800 in bridge.ether_types

class Router(twinwire.Middlebox):
    """Answers ARP for every address in its own name, and lowers the TTL of what it forwards."""

    every_frame = True
    mac = bytes.fromhex("02aabbccdd01")

    def __init__(self):
        self.macs = {}

    def on_frame(self, side, frame):
        other = "server" if side == "client" else "client"
        if frame.ether_type == 0x0806:
            sender, sender_ip, target_ip = frame.data[22:28], frame.data[28:32], frame.data[38:42]
            self.macs[side] = ":".join(f"{octet:02x}" for octet in sender)
            reply = sender + self.mac + frame.data[12:20] + b"\0\2" + self.mac + target_ip + sender + sender_ip
            return side, reply
        return frame.replace(src_mac="02:aa:bb:cc:dd:01", dst_mac=self.macs[other], ttl=frame.ttl - 1)

def test_a_device_can_be_a_router(walk, tmp_path):
    file = tmp_path / "lab.toml"
    file.write_text(
        'format = 1\nworld = "simulation"\nprofile = "strict"\nordered = true\n[client]\naddress = ["198.18.1.2/24"]\n'
        '[server]\naddress = ["198.18.2.2/24"]\n[device]\nkind = "model"\nmodel = "wire"\nlayer = 3\n'
        '[allow]\nttl = "decrement"\n',
        encoding="utf-8",
    )
    result = walk(Router(), bench=file)
    assert result, result.explain()
    assert (result.transits[0].sent.ttl, result.transits[0].received.ttl) == (64, 63)
    with pytest.raises(twinwire.UsageError, match="its two ends in two networks"):
        twinwire.Bench(file, device=forward)

# Which benches and which objects.

@pytest.mark.parametrize(("bench", "reason"), [
    ("nftables", "the bench 'nftables' has its two ends in two networks"),
    ("squid", "clients on the bench 'squid' connect to its own device"),
])  # fmt: skip
def test_a_bench_that_needs_its_own_device_is_refused(bench, reason):
    with pytest.raises(twinwire.UsageError, match=reason):
        twinwire.Bench(bench, device=forward)

def test_real_interfaces_have_a_device_already(tmp_path):
    file = tmp_path / "nics.toml"
    file.write_text(
        'format = 1\nworld = "nics"\nprofile = "strict"\n[client]\ninterface = "twnone0"\naddress = ["198.18.1.2/24"]\n'
        '[server]\ninterface = "twnone1"\naddress = ["198.18.1.3/24"]\n[device]\nkind = "external"\nlayer = 2\n',
        encoding="utf-8",
    )
    with pytest.raises(twinwire.UsageError, match="has real interfaces with a device of their own"):
        twinwire.Bench(file, device=forward)

def test_what_is_no_device_is_refused():
    class WithoutOnFrame(twinwire.Middlebox):
        pass

    for device, reason in [
        (7, "and not int"),
        (Delaying, "expected an object of it, Delaying()"),
        (WithoutOnFrame(), "and not .*WithoutOnFrame"),
        (type("Odd", (), {"on_frame": forward, "on_time": 3})(), "on_time of the device must be a method, and not int"),
    ]:
        with pytest.raises(TypeError, match=reason.replace("()", r"\(\)")):
            twinwire.Bench("simulation", device=device)

def test_an_object_needs_no_base_class(walk):
    class Plain:
        def on_frame(self, side, frame):
            return frame

    assert walk(Plain())

def test_no_population_is_walked_with_a_device_in_python():
    [cell] = twinwire.load("tls/populations/inspection-on", population__sessions=5)
    bench = twinwire.Bench("simulation", device=forward)
    assert "there is only one device" in bench.skip_reason(cell)

def test_a_sweep_finds_the_limit_of_a_device_in_python():
    cell = next(c for c in twinwire.load("tls/limits") if c.searches and c.family == "ipv4")

    segments = {}

    def gives_up(side, frame):
        """Lets nine packets of a ClientHello pass; once the server has spoken, everything."""
        port = frame.sport if side == "client" else frame.dport
        if frame.payload:
            segments[port] = -1000 if side == "server" else segments.get(port, 0) + 1
        return frame if segments.get(port, 0) <= 9 else None

    with twinwire.Bench("accumulating-simulation", device=gives_up) as bench:
        result = bench.run(cell)
    assert result.limits["statement"].startswith("limit: 9 packets"), result.limits

# Settings, counters, state.

class Blocking(twinwire.Middlebox):
    """Drops segments to the ports that its settings name."""

    def __init__(self):
        self.ports = set()
        self.dropped = 0

    def configure(self, settings):
        self.ports = {int(port) for port in settings["block"].split()}

    def counters(self):
        return {"dropped": self.dropped}

    def on_frame(self, side, frame):
        if frame.dport not in self.ports:
            return frame
        self.dropped += 1
        return None

@pytest.fixture
def lab(tmp_path):
    file = tmp_path / "lab.toml"
    file.write_text(
        'format = 1\nextends = "simulation.toml"\n[apply.block]\nmodel = { block = "443 8443" }\n', encoding="utf-8"
    )
    return file

def test_changes_of_the_bench_file_reach_the_device(write_scenario, lab):
    [cell, _] = twinwire.load(write_scenario("cell", "client connects\nclient resets"))
    blocking = Blocking()
    with twinwire.Bench(lab, device=blocking) as bench:
        assert bench.device.changes == ["block", "failover", "inspection", "no-inspection"]
        assert bench.run(cell) and bench.counters() == {"dropped": 0}
        bench.apply("block")
        assert blocking.ports == {443, 8443}
        assert not bench.run(cell, baseline=False)
        assert bench.counters() == bench.device.counters() == {"dropped": blocking.dropped}
        assert blocking.dropped > 0
    with twinwire.Bench(lab, device=blocking, apply=["block"]) as bench:
        assert not bench.run(cell, baseline=False)

def test_a_device_without_configure_knows_no_such_change(lab):
    assert "block" not in twinwire.Bench(lab, device=forward).device.changes
    with pytest.raises(twinwire.UsageError, match=r"change 'block' of the bench 'lab' .* has no configure\(\)"):
        twinwire.Bench(lab, device=forward, apply=["block"])

def test_a_device_can_be_told_to_forget(write_scenario):
    ladder = "client connects\ndevice forgets\nclient --? server : PSH,ACK len=100 @data"
    cells = twinwire.load(write_scenario("forgets", ladder, extra='requires = ["device-forgets"]\nfamily = "ipv4"\n'))

    class Tracking(twinwire.Middlebox):
        def __init__(self):
            self.known = set()
            self.forgotten = []

        def on_frame(self, side, frame):
            ends = (frame.src, frame.sport, frame.dst, frame.dport)
            if side == "client" and frame.flags == "SYN":
                self.known.add(ends)
            return frame if side == "server" or ends in self.known else None

        def forget(self, client, client_port, server, server_port):
            self.forgotten.append((client, client_port, server, server_port))
            self.known.discard((client, client_port, server, server_port))

    assert "cannot clear one connection" in twinwire.Bench("simulation", device=forward).skip_reason(cells[0])
    device = Tracking()
    with twinwire.Bench("simulation", device=device) as bench:
        result = bench.run(cells[0], baseline=False)
    syn = result.transits[0].sent
    assert device.forgotten == [(syn.src, syn.sport, syn.dst, syn.dport)]
    assert transit_of(result, 100).fate is Fate.DROPPED

# How a device fails.

def fails_at(count, error):
    """A device that raises at the n-th frame, and counts those that it is given after that."""
    frames = []

    def device(side, frame):
        frames.append(frame)
        if len(frames) == count:
            raise error
        return frame

    device.frames = frames
    return device

@pytest.mark.parametrize("error", [ValueError("no idea"), KeyboardInterrupt(), SystemExit(3)], ids=lambda e: type(e).__name__)
def test_an_exception_ends_the_run_and_is_raised_as_it_is(write_scenario, either, error):
    cells = twinwire.load(write_scenario("passes", PASSES))
    device = fails_at(4, error)
    with twinwire.Bench(either, device=device) as bench:
        with pytest.raises(type(error)) as caught:
            bench.run(cells)
        assert caught.value is error
        lines = [(frame.name, frame.line) for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert lines[-1] == ("device", "raise error")
        assert lines[-2][1] == "bench.run(cells)"
        assert len(device.frames) == 4
        # The bench itself is whole: the next run is a run as any other.
        assert not bench.closed
        assert all(bench.run(cells))

def _tasks():
    return set(os.listdir("/proc/self/task"))

def _children():
    with open(f"/proc/self/task/{threading.get_native_id()}/children", encoding="ascii") as children:
        return set(children.read().split())

def test_an_exception_leaves_nothing_behind(write_scenario, live):
    cells = twinwire.load(write_scenario("passes", PASSES))
    gc.collect()
    tasks, children, files = _tasks(), _children(), set(os.listdir("/proc/self/fd"))
    with pytest.raises(ZeroDivisionError), twinwire.Bench(live, device=lambda side, frame: 1 // 0) as bench:
        assert _children() > children  # the helper, in namespaces of its own that end with it
        bench.run(cells)
    assert bench.closed
    assert (_tasks(), _children(), set(os.listdir("/proc/self/fd"))) == (tasks, children, files)

def test_ctrl_c_while_the_device_works_ends_the_run(write_scenario, either):
    cells = twinwire.load(write_scenario("passes", PASSES))

    def device(side, frame):
        signal.raise_signal(signal.SIGINT)
        return frame

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with twinwire.Bench(either, device=device) as bench, pytest.raises(KeyboardInterrupt):
            bench.run(cells)
    finally:
        signal.signal(signal.SIGINT, before)

def test_ctrl_c_elsewhere_in_the_walk_lets_the_device_finish(write_scenario):
    # The handler runs when the walk asks, while frames are still under way.
    cells = twinwire.load(write_scenario("passes", "client connects\nclient sends 100000\nclient closes")) * 20
    answered = []

    def device(side, frame):
        answered.append(side)
        return frame

    before = signal.signal(signal.SIGALRM, lambda number, stack: (_ for _ in ()).throw(TimeoutError("enough")))
    try:
        with twinwire.Bench("simulation", device=device) as bench, pytest.raises(TimeoutError, match="enough"):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            while True:
                bench.run(cells, baseline=False)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert answered

def test_an_exception_at_the_first_arp_is_not_a_lost_bench(write_scenario):
    cells = twinwire.load(write_scenario("passes", PASSES))

    class Failing(twinwire.Middlebox):
        every_frame = True
        failed = False

        def on_frame(self, side, frame):
            if not self.failed:
                self.failed = True
                raise LookupError("no ARP here")
            return frame

    with twinwire.Bench("simulation", device=Failing()) as bench:
        with pytest.raises(LookupError, match="no ARP here"):
            bench.run(cells)
        assert not bench.closed
        assert all(bench.run(cells))

def failing_in(method, **attributes):
    """A device of which one method fails."""

    def fail(self, *args):
        raise OverflowError(method)

    return type("Failing", (), {"on_frame": lambda self, side, frame: None, **attributes, method: fail})()

def test_other_methods_fail_as_on_frame_does(write_scenario, lab):
    with twinwire.Bench(lab, device=failing_in("configure")) as bench:
        with pytest.raises(OverflowError, match="configure"):
            bench.apply("block")
    with pytest.raises(OverflowError, match="configure"):
        twinwire.Bench(lab, device=failing_in("configure"), apply=["block"]).open()
    with twinwire.Bench(lab, device=failing_in("counters")) as bench:
        with pytest.raises(OverflowError, match="counters"):
            bench.counters()
    # What was raised to its caller at once is not raised again by the next call.
    [cell, _] = twinwire.load(write_scenario("passes", PASSES))
    with twinwire.Bench(lab, device=failing_in("configure", on_frame=lambda self, side, frame: frame)) as bench:
        with pytest.raises(OverflowError, match="configure"):
            bench.apply("block")
        assert bench.run(cell)
    steps = {"forget": "device forgets", "configure": 'device applies "block"', "on_time": "wait 2s"}
    for method, step in steps.items():
        cells = twinwire.load(write_scenario(method, step))
        with twinwire.Bench(lab, device=failing_in(method, deadline=1.5)) as bench:
            with pytest.raises(OverflowError, match=method):
                bench.run(cells, baseline=False)

@pytest.mark.parametrize(("answer", "kind", "message"), [
    (lambda frame: 7, TypeError, "on_frame of .* must return None, a Frame, bytes, .* and not int$"),
    (lambda frame: "SYN", TypeError, "and not str$"),
    (lambda frame: forward, TypeError, "and not function$"),
    (lambda frame: [frame, 7], TypeError, "and not an iterable with int in it$"),
    (lambda frame: {"server": frame}, TypeError, "and not an iterable with str in it$"),
    (lambda frame: ("left", frame), ValueError, "a side is 'client' or 'server', and not 'left'$"),
    (lambda frame: ("server", 7), TypeError, "and not an iterable with str in it$"),
    (lambda frame: b"short", ValueError, "a frame of 5 octets; the Ethernet header alone has 14$"),
])  # fmt: skip
def test_a_wrong_answer_says_what_was_expected_and_what_came(write_scenario, answer, kind, message):
    cells = twinwire.load(write_scenario("passes", PASSES))
    with twinwire.Bench("simulation", device=lambda side, frame: answer(frame)) as bench:
        with pytest.raises(kind, match=message):
            bench.run(cells)

def test_a_generator_that_fails_half_way_puts_out_nothing(write_scenario):
    cells = twinwire.load(write_scenario("cell", FAILS))

    def device(side, frame):
        yield frame
        raise RuntimeError("half-way")

    with twinwire.Bench("simulation", device=device) as bench:
        with pytest.raises(RuntimeError, match="half-way"):
            bench.run(cells, baseline=False)

@pytest.mark.parametrize(("device", "message"), [
    ({"deadline": "soon", "on_time": lambda self, now: None}, "deadline of Odd must be None or seconds .* not 'soon'"),
    ({"deadline": 1.5, "on_time": lambda self, now: None}, "put out nothing and left its deadline at 1.5, which has come"),
    ({"deadline": 1.5, "on_time": lambda self, now: bytes(60)}, r"on_time of Odd must name a side for each frame"),
    ({"counters": lambda self: [1]}, r"counters of Odd must return a dict of names and counts, and not \[1\]"),
])  # fmt: skip
def test_a_mistake_in_a_device_is_named(write_scenario, device, message):
    cells = twinwire.load(write_scenario("waits", "client connects\nwait 2s"))
    odd = type("Odd", (), {"on_frame": lambda self, side, frame: frame, **device})()
    with pytest.raises((TypeError, ValueError), match=message):  # noqa: SIM117
        with twinwire.Bench("simulation", device=odd) as bench:
            bench.counters()
            bench.run(cells, baseline=False)

def test_a_deadline_that_never_comes_is_none(walk):
    class Endless(twinwire.Middlebox):
        deadline = float("inf")

        def on_frame(self, side, frame):
            return frame

        def on_time(self, now):
            raise AssertionError(now)

    assert walk(Endless())

# What stays in memory, and for how long.

def test_a_closed_bench_lets_go_of_its_device(write_scenario):
    cells = twinwire.load(write_scenario("passes", PASSES))
    device = Delaying()
    bench = twinwire.Bench("simulation", device=device)
    assert bench.run(cells)
    held = weakref.ref(device)
    del device
    assert held() is not None
    bench.close()
    assert held() is None
    assert bench.device.name == "Delaying"

def test_a_device_may_hold_its_own_bench(live):
    class Owner(twinwire.Middlebox):
        def __init__(self):
            self.bench = twinwire.Bench(live, device=self)

        def on_frame(self, side, frame):
            return frame

    owner = Owner()
    owner.bench.open()
    helpers = _children()
    held = weakref.ref(owner)
    del owner
    gc.collect()
    assert held() is None
    assert helpers and not helpers & _children()

def test_whoever_holds_the_device_of_a_bench_keeps_it_alive():
    class Owner(twinwire.Middlebox):
        def __init__(self):
            self.kept = 1
            self.bench = twinwire.Bench("simulation", device=self)

        def on_frame(self, side, frame):
            return frame

        def counters(self):
            return {"kept": self.kept}

    device = Owner().bench.device
    gc.collect()
    assert device.counters() == {"kept": 1}

def test_a_bench_may_be_used_in_another_thread(write_scenario):
    cells = twinwire.load(write_scenario("passes", PASSES))
    threads, walked = set(), []

    def device(side, frame):
        threads.add(threading.get_ident())
        return frame

    with twinwire.Bench("simulation", device=device) as bench:
        thread = threading.Thread(target=lambda: walked.extend(bench.run(cells)))
        thread.start()
        thread.join()
        assert threads == {thread.ident}
    assert len(walked) == 2 and all(walked)

def test_memory_does_not_grow_with_frames(write_scenario):
    ladder = "client connects\n" + "client --> server : PSH,ACK len=1000\nclient <-- server : ACK\n" * 20
    cells = twinwire.load(write_scenario("talks", ladder))
    count = 0

    def device(side, frame):
        nonlocal count
        count += 1
        return frame.replace(ttl=frame.ttl) if count % 2 else frame

    def resident_kilobytes():
        gc.collect()
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def walk(frames):
        nonlocal count
        count = 0
        while count < frames:
            # What a bench itself remembers ends with it.
            with twinwire.Bench("simulation", device=device) as bench:
                for _ in range(50):
                    assert all(bench.run(cells, baseline=False))

    walk(10_000)
    before = resident_kilobytes()
    walk(100_000)
    grown = resident_kilobytes() - before
    # If only one small object of Python were lost with each frame, it would be 4 MiB.
    assert grown < 400, f"{grown} KiB in {count} frames"
