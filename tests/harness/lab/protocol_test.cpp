// SPDX-License-Identifier: Apache-2.0
// What one side of the lab's conversation writes, the other reads.
#include "harness/bench/lab/protocol.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "harness/bench/lab/channel.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::bench {
namespace {

std::pair<Channel, Channel> channels() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("no socket pair");
  return {Channel(Descriptor(ends[0])), Channel(Descriptor(ends[1]))};
}

TEST_CASE("a message of any length arrives whole", "[lab]") {
  auto [here, there] = channels();
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
    INFO(size);
    const std::string text(size, 'x');
    bool sent = false;
    std::thread sender([&sent, &text, &channel = here] { sent = channel.send(text); });
    const auto message = there.receive();
    sender.join();
    CHECK(sent);
    REQUIRE(message);
    CHECK(message->text == text);
  }
}

TEST_CASE("a descriptor that comes with a message is open and closes on exec", "[lab]") {
  auto [here, there] = channels();
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const std::array<int, 1> passed{writing.get()};
  REQUIRE(here.send("with a pipe", passed));
  const auto message = there.receive();
  REQUIRE(message);
  REQUIRE(message->descriptors.size() == 1);
  writing.reset();
  CHECK(write(message->descriptors.front().get(), "x", 1) == 1);
  char octet = 0;
  CHECK(read(reading.get(), &octet, 1) == 1);
}

TEST_CASE("when the other side has gone nothing can be sent and nothing comes", "[lab]") {
  auto [here, there] = channels();
  there.close();
  CHECK_FALSE(here.send("anybody?"));
  CHECK_FALSE(here.receive());
}

TEST_CASE("a request to bring a device up is read as it was written", "[lab]") {
  UpRequest up;
  up.middle = Middle::Router;
  up.toward_client = {*wire::parse_prefix("198.18.1.1/24"), *wire::parse_prefix("2001:2:0:1::1/64")};
  up.device.kind = "process";
  up.device.rulesets = {"table inet x {\n}\n"};
  up.device.sysctl = {{"net.ipv4.ip_forward", "1"}};
  up.device.files = {{"name", "text"}};
  up.device.processes = {{{"program", "-x"}, true, "path", "text"}};
  up.device.forget = {"forget", "{src}"};
  up.applied = {{"add table inet y", {{"a.b", "c"}}, {{"one"}, {"two", "three"}}, {}}};
  const auto read = std::get<UpRequest>(decode_request(encode(Request(up))));
  CHECK(read.middle == up.middle);
  CHECK(read.toward_client == up.toward_client);
  CHECK(read.device.kind == up.device.kind);
  CHECK(read.device.rulesets == up.device.rulesets);
  CHECK(read.device.sysctl == up.device.sysctl);
  CHECK(read.device.files == up.device.files);
  REQUIRE(read.device.processes.size() == 1);
  CHECK(read.device.processes.front().command == up.device.processes.front().command);
  CHECK(read.device.processes.front().stays);
  CHECK(read.device.processes.front().ready_path == "path");
  CHECK(read.device.processes.front().ready_text == "text");
  CHECK(read.device.forget == up.device.forget);
  REQUIRE(read.applied.size() == 1);
  CHECK(read.applied.front().commands == up.applied.front().commands);
}

TEST_CASE("an error that quotes a program's octets is still an answer", "[lab]") {
  Answer answer;
  answer.error = std::string("it printed \xff\xfe");
  const auto read = decode_answer(encode(answer));
  REQUIRE(read.error);
  CHECK_THAT(*read.error, ContainsSubstring("it printed"));
}

TEST_CASE("what is no request is refused", "[lab]") {
  CHECK_THROWS(decode_request("{"));
  CHECK_THROWS(decode_request(R"({"request": "dance"})"));
  CHECK_THROWS(decode_request(R"({"request": "forget", "client": "nowhere"})"));
}

}  // namespace
}  // namespace twinwire::bench
