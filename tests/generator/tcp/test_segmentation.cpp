// SPDX-License-Identifier: Apache-2.0
// How large segments are, where the stream is cut, and which of them is pushed.
#include "tests/generator/tcp/bench.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;

namespace {

/// Sizes of the payloads that went out, of lines as Bench::sent() has them.
std::vector<std::uint32_t> sizes(const Lines& lines) {
  std::vector<std::uint32_t> found;
  for (const auto& line : lines) {
    const auto bracket = line.find('(');
    const auto quote = line.find('\'');
    if (bracket != std::string::npos) found.push_back(static_cast<std::uint32_t>(std::stoul(line.substr(bracket + 1))));
    if (quote != std::string::npos) found.push_back(static_cast<std::uint32_t>(line.size() - quote - 2));
  }
  return found;
}

using Sizes = std::vector<std::uint32_t>;

struct MssCase {
  const char* name;
  tcp::Policy policy;
  std::vector<std::uint8_t> options;
  std::uint16_t send_mss;
};

}  // namespace

TEST_CASE("Eff.snd.MSS", "[tcp][rfc9293-3.7.1][rfc6691-2]") {
  const std::vector<MssCase> cases = {
      {"no MSS option, IPv4", {}, {}, 536},
      {"no MSS option, IPv4, timestamps", {.timestamps = true}, timestamp_option(1, 1), 524},
      {"no MSS option, IPv6", {.ipv6 = true}, {}, 1220},
      {"no MSS option, IPv6, timestamps", {.ipv6 = true, .timestamps = true}, timestamp_option(1, 1), 1208},
      {"the peer's MSS", {}, mss_option(1400), 1400},
      {"the peer's MSS, timestamps", {.timestamps = true}, mss_option(1400) + timestamp_option(1, 1), 1388},
      {"the own link is narrower", {.mtu = 590}, mss_option(1460), 550},
      {"the own link is narrower, IPv6", {.mtu = 1280, .ipv6 = true}, mss_option(1440), 1220},
      {"the own link is narrower, timestamps",
       {.mtu = 590, .timestamps = true},
       mss_option(1460) + timestamp_option(1, 1),
       538},
      {"nonsense of the peer", {}, mss_option(0), 8},
  };
  for (const auto& c : cases) {
    INFO(c.name);
    Bench bench(c.policy);
    to_established(bench, c.options);
    CHECK(bench.end.send_mss() == c.send_mss);
    bench.send(5000);
    CHECK(sizes(bench.sent()).front() == c.send_mss);
  }
}

TEST_CASE("SACK blocks do not make a segment with text smaller", "[tcp][rfc2018-4]") {
  Bench bench;
  to_established(bench, mss_option(1000) + sack_permitted_option());
  bench.arrives({.seq = irs + 10, .text = "late"});
  bench.sent();
  bench.send(1000);
  CHECK(bench.sent() == Lines{"PSH,ACK 1001 ack 5001 (1000)"});
}

TEST_CASE("the stream is cut as the policy says, the last size repeats", "[tcp][rfc9293-3.7]") {
  Bench bench({.cuts = {.sizes = {1, 5, 3}}});
  to_established(bench);
  bench.send(17);
  CHECK(sizes(bench.sent()) == Sizes{1, 5, 3, 3, 3, 2});
  bench.send(3);  // the piece goes on where it was left
  CHECK(sizes(bench.sent()) == Sizes{1, 2});
}

TEST_CASE("a piece larger than the send MSS is cut from its own beginning", "[tcp][rfc9293-3.7]") {
  Bench bench({.cuts = {.sizes = {10, 2500}}});
  to_established(bench);
  bench.send(3000);
  CHECK(sizes(bench.sent()) == Sizes{10, 1000, 1000, 500, 490});
}

TEST_CASE("segments of one octet", "[tcp][rfc9293-3.7]") {
  Bench bench({.cuts = {.sizes = {1}}});
  to_established(bench);
  bench.send("abc");
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 'a'", "ACK 1002 ack 5001 'b'", "PSH,ACK 1003 ack 5001 'c'"});
}

TEST_CASE("only the first octets are cut if the policy says so", "[tcp][rfc9293-3.7]") {
  Bench bench({.cuts = {.sizes = {4}, .octets = 10}});
  to_established(bench);
  bench.send(2500);
  CHECK(sizes(bench.sent()) == Sizes{4, 4, 2, 1000, 1000, 490});
}

TEST_CASE("octets that are sent again are cut as before", "[tcp][rfc9293-3.7]") {
  Bench bench({.cuts = {.sizes = {2, 3}}});
  to_established(bench);
  bench.send("abcdefgh");
  CHECK(sizes(bench.sent()) == Sizes{2, 3, 3});
  bench.expire();
  bench.arrives({.ack = iss + 3});
  CHECK(bench.sent() == Lines{"ACK 1001 ack 5001 'ab'", "ACK 1003 ack 5001 'cde'", "PSH,ACK 1006 ack 5001 'fgh'"});
}

TEST_CASE("there is a pause between two pieces, and none within one", "[tcp]") {
  Bench bench({.cuts = {.sizes = {1500}, .every = 20ms}});
  to_established(bench);
  bench.send(3000);
  CHECK(sizes(bench.sent()) == Sizes{1000, 500});
  bench.after(5ms).arrives({.ack = iss + 1501});
  CHECK(bench.sent() == silence);
  CHECK(bench.until_deadline() == 15ms);
  bench.expire();
  CHECK(sizes(bench.sent()) == Sizes{1000, 500});
  bench.arrives({.ack = iss + 3001});
  CHECK_FALSE(bench.end.deadline());  // nothing waits behind the last pause
}

TEST_CASE("PSH stands where the policy puts it", "[tcp][rfc9293-3.9.1.2]") {
  for (const auto push : {tcp::Push::LastOfSend, tcp::Push::Always, tcp::Push::Never}) {
    Bench bench({.push = push, .cuts = {.sizes = {2}}});
    to_established(bench);
    bench.send("abcd");
    const std::string first = push == tcp::Push::Always ? "PSH,ACK" : "ACK";
    const std::string last = push == tcp::Push::Never ? "ACK" : "PSH,ACK";
    CHECK(bench.sent() == Lines{first + " 1001 ack 5001 'ab'", last + " 1003 ack 5001 'cd'"});
  }
}
