#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A firewall written in Python, a mistake in it, and what twinwire says about that.

usage: python_device.py [BENCH]     default: in virtual time, without a kernel; "wire" is live between two interfaces
"""

import sys

import twinwire

SCENARIO = "tcp/challenge-ack/syn-in-established"  # a client has crashed and connects again from the same port


class Firewall(twinwire.Middlebox):
    """Drops an RST of the client that does not continue what the client has sent."""

    def __init__(self):
        self.snd_nxt = {}  # of each client

    def on_frame(self, side, frame):
        if side == "server" or frame.seq is None:
            return frame  # ARP and its like do not even come here
        client, flags = (frame.src, frame.sport), frame.flags.split(",")
        if "RST" in flags and frame.seq not in self.right_numbers(client):
            return None
        self.snd_nxt[client] = (frame.seq + len(frame.payload) + ("SYN" in flags) + ("FIN" in flags)) % 2**32
        return frame

    def right_numbers(self, client):
        return [self.snd_nxt.get(client)]


class MendedFirewall(Firewall):
    """Takes an RST as right, too, where the server said that it is in the old connection (RFC 5961 section 4.2)."""

    def __init__(self):
        super().__init__()
        self.snd_una = {}  # of each client, as the server knows it

    def on_frame(self, side, frame):
        if side == "server":
            self.snd_una[frame.dst, frame.dport] = frame.ack
        return super().on_frame(side, frame)

    def right_numbers(self, client):
        return [*super().right_numbers(client), self.snd_una.get(client)]


def main(bench_name="simulation"):
    for firewall in (Firewall(), MendedFirewall()):
        with twinwire.Bench(bench_name, device=firewall) as bench:
            results = bench.run(twinwire.load(SCENARIO))
            failed = [result for result in results if not result]
            for result in failed[:1]:
                print(result.explain())
            print(f"{bench.device.name}: {len(failed)} of {len(results)} cells failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
