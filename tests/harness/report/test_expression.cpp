// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/command.hpp"
#include "harness/cli/expression.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

bool matches(const char* expression) {
  return cli::Expression(expression).matches({"tcp/rst/exact", "590-1500", "ipv4", "Seed"});
}

TEST_CASE("a word matches anywhere in any text, whatever its case", "[cli][expression]") {
  CHECK(matches(""));
  CHECK(matches("   "));
  CHECK(matches("rst"));
  CHECK(matches("RST"));
  CHECK(matches("seed"));
  CHECK(matches("590"));
  CHECK_FALSE(matches("udp"));
}

TEST_CASE("and, or, not and brackets bind as in pytest", "[cli][expression]") {
  CHECK(matches("rst and ipv4"));
  CHECK_FALSE(matches("rst and not ipv4"));
  CHECK(matches("udp or rst"));
  CHECK(matches("rst or udp and nothing"));
  CHECK_FALSE(matches("(rst or udp) and nothing"));
  CHECK(matches("not (udp or icmp)"));
  CHECK(matches("not not rst"));
}

TEST_CASE("what is no expression is refused with a sentence", "[cli][expression]") {
  for (const char* bad : {"and", "rst and", "(rst", "rst)", "not", "rst udp", "()", "or rst"}) {
    INFO(bad);
    CHECK_THROWS_AS(cli::Expression(bad), cli::UsageError);
  }
  CHECK_THROWS_AS(cli::Expression(std::string(100000, '(')), cli::UsageError);
}

}  // namespace
}  // namespace twinwire
