// SPDX-License-Identifier: Apache-2.0
// Programs of the user's that change a device.
#include <fstream>

#include "harness/bench/bench_error.hpp"
#include "harness/bench/hook.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using bench::run_hook;

TEST_CASE("a program that ends well has done what it was called for", "[bench][hook]") {
  CHECK_NOTHROW(run_hook({"true"}));
  CHECK_NOTHROW(run_hook({"sh", "-c", "echo much; exit 0"}));
}

TEST_CASE("a program that fails is told with its status and its words", "[bench][hook]") {
  CHECK_THROWS_WITH(run_hook({"sh", "-c", "echo said; echo so >&2; exit 3"}),
                    ContainsSubstring("the program sh ended with status 3: said\nso"));
  CHECK_THROWS_WITH(run_hook({"false"}), ContainsSubstring("ended with status 1, and printed nothing"));
  CHECK_THROWS_WITH(run_hook({"sh", "-c", "kill -9 $$"}), ContainsSubstring("was ended by signal 9"));
  CHECK_THROWS_AS(run_hook({"false"}), bench::BenchError);
}

TEST_CASE("a program that is not there is told as such", "[bench][hook]") {
  CHECK_THROWS_WITH(run_hook({"/nowhere/commit"}), ContainsSubstring("/nowhere/commit could not be started"));
}

TEST_CASE("of a talkative program the end is kept", "[bench][hook]") {
  try {
    run_hook({"sh", "-c", "seq 1 20000; exit 1"});
    FAIL("it ended with status 1");
  } catch (const bench::BenchError& error) {
    const std::string text = error.what();
    CHECK_THAT(text, ContainsSubstring("20000") && !ContainsSubstring("\n10000\n"));
    CHECK(text.size() < 3000);
  }
}

TEST_CASE("a program that does not end in time is waited for no longer", "[bench][hook]") {
  CHECK_THROWS_WITH(run_hook({"sleep", "600"}, time::Duration::zero()), ContainsSubstring("did not end within 0 s"));
}

TEST_CASE("what a program leaves running does not hold up the run", "[bench][hook]") {
  CHECK_NOTHROW(run_hook({"sh", "-c", "sleep 5 & exit 0"}));
}
