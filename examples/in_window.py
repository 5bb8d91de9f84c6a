#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No in-window segment is ever altered: a property, held against segments that Hypothesis makes up.

usage: in_window.py [BENCH]     default: nftables

In the window are those of which the receiver takes something (RFC 9293 section 3.4), and that end before the window does: from
one whose last octet is the first that the server awaits, to one whose last octet is the last that it has room for. SYN and RST
are left out, since a firewall may rightly hold those back (RFC 5961).
"""

import sys

from hypothesis import given, settings
from hypothesis import strategies as st

import twinwire

OLD, WINDOW = 1400, 65535  # octets that the server has acknowledged, and that it has room for behind them
OPENING = [
    ("client", "SYN <mss 1460,sackOK,ts val 1000 ecr 0>"),
    ("server", "SYN,ACK <mss 1460,sackOK,ts val 5000 ecr 1000>"),
    ("client", "ACK <nop,nop,ts val 1001 ecr 5000>"),
    ("client", f"PSH,ACK len={OLD} <nop,nop,ts val 1001 ecr 5000>"),
    ("server", "ACK <nop,nop,ts val 5001 ecr 1001>"),
    ("server", "ACK seq=101 len=1000 <nop,nop,ts val 5001 ecr 1001>"),  # behind a hole, so that there is something to SACK
]


@st.composite
def in_window_segments(draw):
    flags = draw(st.sampled_from(["ACK", "PSH,ACK", "URG,ACK", "PSH,URG,ACK", "FIN,ACK", "FIN,PSH,ACK", "CWR,ACK"]))
    length = draw(st.integers(0, OLD))
    counted = max(length + ("FIN" in flags), 1)  # SEG.LEN; a segment without any octet must be in the window itself
    first = draw(st.integers(OLD + 2 - counted, OLD + 1 + WINDOW - counted))
    urgent = f" urg={draw(st.integers(1, 65535))}" if "URG" in flags else ""
    left = draw(st.integers(101, 1100))
    sack = draw(st.sampled_from(["", f",nop,nop,sack 1 {{{left}:{draw(st.integers(left + 1, 1101))}}}"]))
    return f"{flags} seq={first}{urgent} len={length} <nop,nop,ts val 1001 ecr 5000{sack}>"


def main(bench_name="nftables"):
    with twinwire.Bench(bench_name) as bench:

        @settings(max_examples=500, deadline=None, derandomize=True, database=None)
        @given(in_window_segments())
        def no_segment_is_altered(in_window):
            connection = bench.client.tcp()
            for speaker, segment in [*OPENING, ("client", in_window)]:
                ends = [connection.client, connection.server]
                sender, receiver = ends if speaker == "client" else reversed(ends)
                transit = receiver.expect(sender.send(segment))
                altered = [change for change in transit.changes if not change.allowed]
                assert not altered, f"{segment} was altered: {altered}"

        no_segment_is_altered()
    print("no in-window segment was altered")


if __name__ == "__main__":
    main(*sys.argv[1:])
