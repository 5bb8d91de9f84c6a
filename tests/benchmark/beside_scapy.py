#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast twinwire is from Python, beside Scapy on the same two interfaces in the same run.

A pair of veths in a network namespace of its own is the bench. What is measured of twinwire ends with the fate of every
packet known; what is measured of Scapy ends with the packets sent, and once also read at the other end. The table and the
ratios are all it says: it passes no judgement.

Needs python3-scapy. usage: tests/benchmark/beside_scapy.py [SECONDS]
"""

import contextlib
import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

LEFT, RIGHT = "198.18.1.2", "198.18.1.3"
RIGHT_MAC = "02:00:00:00:00:02"
BENCH = f"""
format = 1
world = "nics"
profile = "transparent"
ordered = true
[client]
interface = "left"
address = ["{LEFT}/24"]
[server]
interface = "right"
address = ["{RIGHT}/24"]
[device]
kind = "external"
layer = 2
"""
# Scapy's packets to RIGHT are routed out of `left`; who answers there is not the kernel.
LINKS = f"""
ip link add left type veth peer name right address {RIGHT_MAC}
sysctl -qw net.ipv6.conf.left.disable_ipv6=1 net.ipv6.conf.right.disable_ipv6=1
ip link set left up
ip link set right up
ip address add 198.18.1.9/24 dev left
ip neighbour add {RIGHT} lladdr {RIGHT_MAC} dev left
"""
BATCH = 1000


def rate(once, count, seconds):
    """The median rate of `once`, which does `count` of something, over as many calls as the seconds allow."""
    once()
    rates, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(rates) < 3:
        begun = time.perf_counter()
        once()
        rates.append(count / (time.perf_counter() - begun))
    return statistics.median(rates)


def twinwire_rates(seconds):
    import twinwire

    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(BENCH)
        file.flush()
        with twinwire.Bench(file.name) as bench:
            client, server = bench.client, bench.server
            client.tcp().connect()
            bench.crossings()

            def batch():
                client.send("PSH,ACK len=100", count=BATCH)
                assert all(crossing.fate == "crossed" for crossing in bench.crossings())

            def one_by_one():
                for _ in range(BATCH):
                    client.send("PSH,ACK len=100")
                assert all(crossing.fate == "crossed" for crossing in bench.crossings())

            def round_trips():
                for _ in range(BATCH):
                    server.expect(client.send("PSH,ACK len=100"))
                    client.expect(server.send("ACK"))

            return rate(batch, BATCH, seconds), rate(one_by_one, BATCH, seconds), rate(round_trips, BATCH, seconds)


def answer(link, stop):
    """A server that answers each SYN with a RST,ACK, as fast as Python can: what Scapy waits for."""
    while not stop.is_set():
        with contextlib.suppress(socket.timeout):
            frame = bytearray(link.recv(2048))
            if frame[12:14] != b"\x08\x00" or frame[23] != 6 or frame[47] != 2:
                continue
            answered = frame[6:12] + frame[0:6] + frame[12:26] + frame[30:34] + frame[26:30] + frame[36:38] + frame[34:36]
            acknowledged = (int.from_bytes(frame[38:42], "big") + 1).to_bytes(4, "big")
            answered += bytes(4) + acknowledged + bytes([frame[46], 0x14]) + frame[48:]
            link.send(bytes(answered))


def scapy_rates(seconds):
    logging.getLogger("scapy").setLevel(logging.ERROR)
    from scapy.all import ETH_P_ALL, IP, TCP, Ether, L3RawSocket, Raw, conf, sendp, sr1

    conf.verb = 0
    conf.checkIPsrc = False
    conf.netcache.arp_cache[RIGHT] = RIGHT_MAC  # else it asks before each packet, and nobody answers
    to_right = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src=LEFT, dst=RIGHT)
    segments = [to_right / TCP(sport=40000, dport=443, flags="PA", seq=100 * i) / Raw(bytes(100)) for i in range(BATCH)]

    def batch():
        sendp(segments, iface="left", verbose=False)

    def batch_and_read():
        listener = conf.L2listen(iface="right", type=ETH_P_ALL)
        for first in range(0, BATCH, 100):  # its socket holds no more than some 200
            sendp(segments[first : first + 100], iface="left", verbose=False)
            for _ in range(100):
                assert TCP in listener.recv()
        listener.close()

    raw = L3RawSocket(iface="left")

    def one_by_one():
        for i in range(BATCH):
            raw.send(IP(dst=RIGHT) / TCP(sport=40000, dport=443, flags="PA", seq=100 * i) / Raw(bytes(100)))

    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    link.bind(("right", 0))
    link.settimeout(0.05)
    stop = threading.Event()
    answerer = threading.Thread(target=answer, args=(link, stop))

    def round_trips():
        for port in range(20000, 20005):
            assert sr1(IP(dst=RIGHT) / TCP(sport=port, dport=443, flags="S"), timeout=5) is not None

    rates = [rate(batch, BATCH, seconds), rate(batch_and_read, BATCH, seconds), rate(one_by_one, BATCH, seconds)]
    answerer.start()
    try:
        rates.append(rate(round_trips, 5, seconds))
    finally:
        stop.set()
        answerer.join()
    return rates


def measure(seconds):
    subprocess.run(["bash", "-e", "-c", LINKS], check=True)
    batch, one_by_one, round_trips = twinwire_rates(seconds)
    sendp, sendp_and_read, raw, sr1 = scapy_rates(seconds)
    print("packets and round trips per second over one pair of veths")
    for what, ours, peer, theirs in (
        (f"{BATCH} packets in one call, fate of each known", batch, "sendp of a list, only sent", sendp),
        ("", batch, "sendp of a list, and read at the other end", sendp_and_read),
        ("a packet per call, fate of each known", one_by_one, "L3RawSocket.send, only sent", raw),
        ("send, expect, answer, expect: round trips", round_trips, "sr1: round trips", sr1),
    ):
        print(f"  {what:46} {ours:9.0f}   {peer:44} {theirs:9.1f}   {ours / theirs:7.1f} x")


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    package = Path(__file__).resolve().parents[2] / "build" / "release" / "python"
    sys.path.insert(0, os.environ.get("TWINWIRE_PYTHON", str(package)))
    if os.environ.get("TWINWIRE_BENCHMARK_INSIDE") != "yes":
        unshare = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
        inside = {**os.environ, "TWINWIRE_BENCHMARK_INSIDE": "yes"}
        return subprocess.run([*unshare, sys.executable, *sys.argv], env=inside, check=False).returncode
    measure(seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
