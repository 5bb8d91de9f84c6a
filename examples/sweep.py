#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How large a ClientHello may be, for several segment sizes: a loop over two settings of one scenario.

usage: sweep.py [BENCH]     default: a simulated firewall that gathers a ClientHello until it is whole

With one segment size the last ClientHello that passes looks like a limit in octets. With several it shows whether
octets or packets are counted: the same number stays in one column.
"""

import sys

import twinwire

SCENARIO = "tls/hello/packets"
SEGMENTS = [128, 256, 536]
HELLOS = range(1000, 20001, 250)


def largest(bench, octets_per_segment):
    """The last size before the first that fails, octets; 0 if none passes."""
    passed = 0
    for size in HELLOS:
        cell = twinwire.load(SCENARIO, client__tls__hello_bytes=size, client__segments={"of": octets_per_segment})[0]
        if not bench.run(cell, baseline=False):
            break
        passed = size
    return passed


def main(bench_name="accumulating-simulation"):
    print("octets per segment  largest ClientHello  segments")
    with twinwire.Bench(bench_name) as bench:
        for octets in SEGMENTS:
            size = largest(bench, octets)
            print(f"{octets:18}  {size:19}  {-(-size // octets):8}")


if __name__ == "__main__":
    main(*sys.argv[1:])
