# SPDX-License-Identifier: Apache-2.0
"""What a walk takes it gives back: an open bench does not grow with what it has walked, nor the process with its benches.

glibc and the interpreter say how many octets, and how many objects, are in use; the size of the process would hide them.
"""

import pytest
from memory_in_use import in_use
from twinwire_package import FAILS, PASSES

import twinwire

# What is remembered of connections is bounded, and full by then.
WARM_UP_CELLS = 10_000
FRAMES = 100_000
# Of some 20,000 cells; one lost allocation in each, which takes 32 octets at least, would be ten times as much.
OCTETS = 64 * 1024
OBJECTS = 1000


@pytest.fixture
def cells(write_scenario):
    return twinwire.load(write_scenario("passes", PASSES), write_scenario("fails", FAILS))


def read(results):
    """Looks at everything, and gives the number of frames."""
    for result in results:
        assert result.transits and result.explain() and result.to_dict()
    return sum(len([frame.data for frame in result.frames]) for result in results)


@pytest.mark.parametrize("name", ["simulation", "wire"])
def test_an_open_bench_does_not_grow(cells, name):
    with twinwire.Bench(name) as bench:
        try:
            bench.open()
        except twinwire.BenchError as error:
            pytest.skip(f"no namespaces here: {error}")
        for _ in range(WARM_UP_CELLS // len(cells)):
            read(bench.run(cells, baseline=False))
        octets, objects = in_use()
        frames = 0
        while frames < FRAMES:
            frames += read(bench.run(cells, baseline=False))
        more_octets, more_objects = in_use()
    assert more_octets - octets < OCTETS
    assert more_objects - objects < OBJECTS


def test_benches_leave_nothing_behind(cells):
    def walk(benches):
        for _ in range(benches):
            with twinwire.Bench("simulation") as bench:
                read(bench.run(cells))

    walk(10)
    octets, objects = in_use()
    walk(200)
    more_octets, more_objects = in_use()
    # A certificate alone, of which each bench has one, is 1 KiB.
    assert more_octets - octets < OCTETS
    assert more_objects - objects < OBJECTS
