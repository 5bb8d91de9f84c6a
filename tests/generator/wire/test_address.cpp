// SPDX-License-Identifier: Apache-2.0
#include "generator/wire/address.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::wire;

TEST_CASE("an address reads as it is written", "[wire]") {
  for (const char* text : {"198.18.1.2", "0.0.0.0", "2001:2:0:1::2", "::", "fe80::1"}) {
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(to_string(*address) == text);
  }
}

TEST_CASE("what is no address is none", "[wire]") {
  for (const char* text : {"", "198.18.1", "198.18.1.256", "2001::2::3", "host", "198.18.1.2/24"})
    CHECK_FALSE(parse_address(text));
}

TEST_CASE("a prefix length must fit its family", "[wire]") {
  CHECK(parse_prefix("198.18.1.2/32"));
  CHECK_FALSE(parse_prefix("198.18.1.2/33"));
  CHECK(parse_prefix("2001:2::1/128"));
  CHECK_FALSE(parse_prefix("2001:2::1/129"));
  CHECK_FALSE(parse_prefix("198.18.1.2/"));
  CHECK_FALSE(parse_prefix("198.18.1.2/2x"));
  CHECK_FALSE(parse_prefix("198.18.1.2"));
}

TEST_CASE("a prefix contains what shares its first bits and nothing else", "[wire]") {
  struct Row {
    const char *prefix, *address;
    bool inside;
  };
  for (const Row& row : {Row{"198.18.1.2/24", "198.18.1.200", true}, Row{"198.18.1.2/24", "198.18.2.2", false},
                         Row{"198.18.1.2/23", "198.18.0.9", true}, Row{"198.18.1.2/0", "10.0.0.1", true},
                         Row{"2001:2:0:1::2/64", "2001:2:0:1::ffff", true},
                         Row{"2001:2:0:1::2/64", "2001:2:0:2::2", false}, Row{"198.18.1.2/24", "2001:2::1", false}}) {
    INFO(row.prefix << " and " << row.address);
    CHECK(parse_prefix(row.prefix)->contains(*parse_address(row.address)) == row.inside);
  }
}

TEST_CASE("the first host of a network ends in one", "[wire]") {
  CHECK(to_string(first_host(*parse_prefix("198.18.1.77/24"))) == "198.18.1.1");
  CHECK(to_string(first_host(*parse_prefix("198.18.1.77/28"))) == "198.18.1.65");
  CHECK(to_string(first_host(*parse_prefix("2001:2:0:1::2/64"))) == "2001:2:0:1::1");
}
