// SPDX-License-Identifier: Apache-2.0
#include "generator/craft/builder.hpp"
#include "generator/wire/packet.hpp"
#include "harness/device/middlebox.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using scenario::Party;
namespace flag = wire::tcp_flag;

namespace {

/// A model with one client and one server around it; each call sends one segment and says whether it came out.
struct Device {
  std::unique_ptr<device::Middlebox> model;
  craft::Builder builder;
  std::uint16_t client_port = 5000;

  explicit Device(const device::Settings& settings = {}) : model(device::make_model("stateful", settings)) {}

  bool passes(Party from, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0, std::size_t length = 0,
              craft::Checksum checksum = craft::Checksum::Right) {
    craft::Segment segment;
    segment.src = *wire::parse_address("198.18.0.1");
    segment.dst = *wire::parse_address("198.18.0.2");
    segment.src_port = client_port;
    segment.dst_port = 443;
    if (from == Party::Server) {
      std::swap(segment.src, segment.dst);
      std::swap(segment.src_port, segment.dst_port);
    }
    segment.flags = flags;
    segment.seq = seq;
    segment.ack = ack;
    segment.window = 65535;
    segment.payload.assign(length, 'x');
    segment.checksum = checksum;
    int out = 0;
    model->on_frame(from, {}, builder.tcp(segment), [&](Party toward, wire::Bytes) {
      CHECK(toward != from);
      ++out;
    });
    return out == 1;
  }
  bool client(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0, std::size_t length = 0) {
    return passes(Party::Client, flags, seq, ack, length);
  }
  bool server(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0, std::size_t length = 0) {
    return passes(Party::Server, flags, seq, ack, length);
  }
  /// Client ISS 1000, server ISS 9000.
  void establish() {
    REQUIRE(client(flag::Syn, 1000));
    REQUIRE(server(flag::Syn | flag::Ack, 9000, 1001));
    REQUIRE(client(flag::Ack, 1001, 9001));
  }
};

}  // namespace

TEST_CASE("a connection begins with a bare SYN from the client's side and in no other way", "[device]") {
  Device device;
  CHECK_FALSE(device.client(flag::Ack, 1, 1, 10));
  CHECK_FALSE(device.client(flag::Rst, 1));
  CHECK_FALSE(device.server(flag::Syn, 1));
  CHECK_FALSE(device.server(flag::Syn | flag::Ack, 1, 1));
  device.establish();
  CHECK(device.client(flag::Psh | flag::Ack, 1001, 9001, 100));
  CHECK(device.server(flag::Psh | flag::Ack, 9001, 1101, 100));
}

TEST_CASE("illegal flags and wrong checksums are not let through", "[device][rfc9293]") {
  Device device;
  device.establish();
  CHECK_FALSE(device.client(0, 1001));
  CHECK_FALSE(device.client(flag::Syn | flag::Fin, 1001));
  CHECK_FALSE(device.passes(Party::Client, flag::Rst, 1001, 0, 0, craft::Checksum::Wrong));
}

TEST_CASE("segments outside the window are not let through and do no harm", "[device]") {
  Device device;
  device.establish();
  CHECK_FALSE(device.client(flag::Psh | flag::Ack, 1001 + 3000000, 9001, 10));
  CHECK_FALSE(device.client(flag::Rst, 1001 + 3000000));
  CHECK_FALSE(device.server(flag::Rst, 9001U - 500000U));
  CHECK_FALSE(device.client(flag::Ack, 1001, 9001 + 1000));
  CHECK(device.client(flag::Psh | flag::Ack, 1001, 9001, 10));
}

TEST_CASE("window checks can be switched off", "[device]") {
  Device device(device::Settings{{"check-window", "no"}});
  device.establish();
  CHECK(device.client(flag::Rst, 1001 + 3000000));
}

TEST_CASE("a client that lost its connection gets through with challenge ACK and RST", "[device][rfc5961]") {
  const std::uint32_t iss = GENERATE(77U, 2000U, 1001U + 2000000U, 3000000000U);
  Device device;
  device.establish();
  CHECK(device.client(flag::Syn, iss));
  CHECK(device.server(flag::Ack, 9001, 1001));
  CHECK(device.client(flag::Rst, 1001));
  CHECK(device.client(flag::Syn, iss));
  CHECK(device.server(flag::Syn | flag::Ack, 60000, iss + 1));
  CHECK(device.client(flag::Ack, iss + 1, 60001));
  CHECK(device.client(flag::Psh | flag::Ack, iss + 1, 60001, 100));
}

TEST_CASE("the same when the device has no state of the connection", "[device][rfc5961]") {
  Device device;
  CHECK(device.client(flag::Syn, 500000));
  CHECK(device.server(flag::Ack, 9001, 1001));
  CHECK(device.client(flag::Rst, 1001));
  CHECK(device.client(flag::Syn, 500000));
  CHECK(device.server(flag::Syn | flag::Ack, 60000, 500001));
  CHECK(device.client(flag::Ack, 500001, 60001));
}

TEST_CASE("a device that does not allow challenge ACKs drops the RST that answers one", "[device][rfc5961]") {
  Device device(device::Settings{{"allow-challenge-ack", "no"}});
  device.establish();
  CHECK(device.client(flag::Syn, 3000000000U));
  CHECK(device.server(flag::Ack, 9001, 1001));
  CHECK_FALSE(device.client(flag::Rst, 1001));
}

TEST_CASE("a SYN from nowhere does not cost a living connection its state", "[device][rfc5961]") {
  Device device;
  device.establish();
  CHECK(device.client(flag::Syn, 3000000000U));
  CHECK(device.server(flag::Ack, 9001, 1001));
  CHECK(device.client(flag::Psh | flag::Ack, 1001, 9001, 100));
  CHECK(device.server(flag::Psh | flag::Ack, 9001, 1101, 100));
}

TEST_CASE("what is forgotten is unknown", "[device]") {
  Device device;
  device.establish();
  device.model->forget({*wire::parse_address("198.18.0.1"), *wire::parse_address("198.18.0.2"), 5000, 443});
  CHECK_FALSE(device.client(flag::Psh | flag::Ack, 1001, 9001, 100));
}

TEST_CASE("an unknown model, setting or value is refused by name", "[device]") {
  CHECK_THROWS_WITH(device::make_model("router", {}),
                    ContainsSubstring("there are: accumulating, inspecting, lossy, stateful, terminating, wire"));
  CHECK_THROWS_WITH(device::make_model("stateful", {{"window", "12"}}),
                    "the model 'stateful' has no setting 'window'; it has allow-challenge-ack and check-window");
  CHECK_THROWS_WITH(device::make_model("wire", {{"window", "yes"}}),
                    "the model 'wire' has no setting 'window'; it has none");
  CHECK_THROWS_WITH(device::make_model("stateful", {{"check-window", "maybe"}}),
                    ContainsSubstring("expected yes or no"));
}
