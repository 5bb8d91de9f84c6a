#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What changes with a new version of a firewall: every cell that passed before and does not pass after.

usage: firewall_upgrade.py BEFORE AFTER [SCENARIOS ...]     benches by name or file; no scenarios: the whole catalogue
"""

import sys

import twinwire


def verdicts(bench_name, scenarios):
    with twinwire.Bench(bench_name) as bench:
        return {result.name: result for result in bench.run(scenarios)}


def main(before_name, after_name, *names):
    scenarios = twinwire.load(*names)
    before, after = verdicts(before_name, scenarios), verdicts(after_name, scenarios)
    broken = [name for name in after if before[name] and not after[name]]
    mended = [name for name in after if after[name] and not before[name]]
    for name in broken:
        print(after[name].explain())
    print(f"{len(after)} cells: {len(broken)} broken by the upgrade, {len(mended)} mended")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 2 else __doc__)
