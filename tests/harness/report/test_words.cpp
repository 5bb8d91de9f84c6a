// SPDX-License-Identifier: Apache-2.0
// `explain`: lines of the ladder in plain English.
#include "harness/cli/words.hpp"
#include "harness/scenario/load.hpp"
#include "tests/support/catch.hpp"

namespace twinwire {
namespace {

std::string words_of(const std::string& line, const std::string& before = "client connects\n") {
  const std::string text =
      "format = 1\ntitle = \"t\"\nwhy = \"w\"\nreferences = [\"RFC 9293\"]\ntags = [\"tcp\"]\nfamily = \"ipv4\"\n"
      "[script]\nladder = '''\n" +
      before + line + "\n'''\n";
  return cli::in_words(scenario::parse_scenario(text, "t.toml").front().steps.back());
}

TEST_CASE("a line in words says who sends what and what must become of it", "[cli][explain]") {
  CHECK(words_of("client --> server : ACK len=100") ==
        "The client sends ACK with len = 100; it must arrive at the server, once and as it was sent.");
  CHECK(words_of("client x-- server : RST seq=snd.nxt+1000") ==
        "The server sends RST with seq = the next octet it would send plus 1000; it must not arrive at the client.");
  CHECK(words_of("client --? server : SYN iss=new") ==
        "The client sends SYN with a new initial sequence number; whether it arrives at the server is recorded.");
}

TEST_CASE("acts in words", "[cli][explain]") {
  CHECK(words_of("client forgets") == "The client loses the connection without a word, as after a crash.");
  CHECK(words_of("wait 60s") == "60.00 s pass; whatever either end hears meanwhile is a finding.");
  CHECK(words_of("client connects", "") == "The client opens the connection with the three-way handshake.");
}

TEST_CASE("a packet of the device in words", "[cli][explain]") {
  CHECK(words_of("client <-- device : RST within 3s") ==
        "The device itself sends RST to the client, which neither end sent; within 3.00 s of the line before.");
}

TEST_CASE("repetition and guards in words", "[cli][explain]") {
  CHECK(words_of("client --> server : ACK len=1 x 46") ==
        "The client sends ACK with len = 1, 46 times in one burst; it must arrive at the server, once and as it was "
        "sent.");
  CHECK(words_of("client <-- server : ACK if @syn", "client --? server : SYN @syn\n") ==
        "If @syn arrived: the server sends ACK; it must arrive at the client, once and as it was sent.");
}

TEST_CASE("a sweep in words says what is searched, across what, and how often", "[cli][explain]") {
  const std::string head = "format = 1\ntitle = \"t\"\n[client]\ntls = { resume = \"ticket\" }\n[sweep]\n";
  const auto words = [&](const std::string& sweep) {
    return cli::in_words(*scenario::parse_scenario(head + sweep, "t.toml").front().sweep);
  };
  CHECK(
      words(
          "\"client.tls.hello_bytes\" = { from = 256, to = 60000, find = \"limit\" }\n\"client.segments\" = [1, 536]\n"
          "\"client.mtu\" = [590]") ==
      "The first value of client.tls.hello_bytes from 256 to 60000 that fails is searched, once with each of "
      "client.segments = 1 and 536, once with each of client.mtu = 590; the values on both sides of it are tried 3 "
      "times "
      "each.");
  CHECK(words("\"client.segments.every\" = { from = \"20ms\", to = \"5s\", find = \"limit\" }\nrepeats = 1") ==
        "The first value of client.segments.every from 20.0 ms to 5.00 s that fails is searched; the values on both "
        "sides "
        "of it are tried once each.");
}

}  // namespace
}  // namespace twinwire
