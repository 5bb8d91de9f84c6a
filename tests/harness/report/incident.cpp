// SPDX-License-Identifier: Apache-2.0
// Initial numbers have ten digits on purpose: none of them may ever reach a report.
#include "tests/harness/report/incident.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/scenario/load.hpp"
#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

namespace twinwire::test {
namespace {

using scenario::Party;
namespace flag = wire::tcp_flag;

constexpr std::uint32_t client_iss = 3'111'222'333, server_iss = 2'999'888'777, client_new_iss = 1'234'567'890;

constexpr const char* text = R"toml(
format     = 1
title      = "A RST that answers a challenge ACK reaches the server"
why        = "A client that lost its connection re-opens it from the same port; if the firewall eats the RST, it hangs."
references = ["RFC 5961 section 4.2"]
tags       = ["tcp", "rfc5961"]
family     = "ipv4"

[script]
ladder = '''
client connects
client forgets
client --> server : SYN iss=new <mss 1460>
client <-- server : ACK                # challenge ACK
client --> server : RST seq=seg.ack    # the packet the firewall must not drop
server forgets
client --> server : SYN
'''
)toml";

/// `hops` is what the device does to the TTL.
class Story {
 public:
  Story() { tape_.transcript.scenario = "tcp/challenge-ack/established"; }

  void crosses(int step, Party from, craft::Segment segment) {
    tape_.sent(step, from, segment);
    --segment.ttl;
    tape_.received(from == Party::Client ? Party::Server : Party::Client, segment);
  }
  void dies(int step, Party from, const craft::Segment& segment) {
    tape_.sent(step, from, segment);
    tape_.marker(from, ++marker_);
  }
  void made(Party toward, craft::Segment segment) {
    segment.ttl = 63;
    segment.ip_id = 0x4242;
    tape_.received(toward, segment);
  }

  void connects_and_forgets() {
    tape_.begins(0);
    crosses(0, Party::Client, syn(client_iss));
    crosses(0, Party::Server, with_window(Tape::server_segment(flag::Syn | flag::Ack, server_iss, client_iss + 1)));
    crosses(0, Party::Client, with_window(Tape::client_segment(flag::Ack, client_iss + 1, server_iss + 1)));
    tape_.done(0);
    act(1);
  }
  void act(int step) {
    tape_.begins(step);
    tape_.done(step);
  }
  void challenged() {
    tape_.begins(2);
    crosses(2, Party::Client, syn(client_new_iss));
    tape_.done(2);
    tape_.begins(3);
    crosses(3, Party::Server, with_window(Tape::server_segment(flag::Ack, server_iss + 1, client_iss + 1)));
    tape_.done(3);
  }
  void not_reached(int first) {
    for (int step = first; step < 7; ++step) {
      observe::Event event;
      event.kind = observe::Event::Kind::NotReached;
      event.at = time::Instant(std::chrono::microseconds(tape_.transcript.events.size()));
      event.step = step;
      tape_.transcript.events.push_back(event);
    }
  }

  static craft::Segment syn(std::uint32_t iss) {
    craft::Segment made = with_window(Tape::client_segment(flag::Syn, iss));
    made.options = {2, 4, 0x05, 0xB4};  // mss 1460
    return made;
  }
  static craft::Segment with_window(craft::Segment segment) {
    segment.window = 65535;
    return segment;
  }
  Tape& tape() { return tape_; }

 private:
  Tape tape_;
  std::uint64_t marker_ = 0;
};

}  // namespace

const scenario::Scenario& incident() {
  static const scenario::Scenario cell = [] {
    scenario::Scenario loaded = scenario::parse_scenario(text, "established.toml").front();
    loaded.id = "tcp/challenge-ack/established";
    return loaded;
  }();
  return cell;
}

observe::Transcript rst_dies() {
  Story story;
  story.connects_and_forgets();
  story.challenged();
  story.tape().begins(4);
  story.dies(4, Party::Client, Tape::client_segment(flag::Rst, client_iss + 1));
  story.tape().done(4);
  story.not_reached(5);
  story.tape().closes();
  return story.tape().transcript;
}

observe::Transcript all_crosses() {
  Story story;
  story.connects_and_forgets();
  story.challenged();
  story.tape().begins(4);
  story.crosses(4, Party::Client, Tape::client_segment(flag::Rst, client_iss + 1));
  story.tape().done(4);
  story.act(5);
  story.tape().begins(6);
  story.crosses(6, Party::Client, Story::syn(client_new_iss));
  story.tape().done(6);
  story.tape().closes();
  return story.tape().transcript;
}

observe::Transcript device_resets() {
  Story story;
  story.connects_and_forgets();
  story.tape().begins(2);
  story.tape().sent(2, Party::Client, Story::syn(client_new_iss));
  story.made(Party::Client, Tape::server_segment(flag::Rst, 0));
  story.tape().marker(Party::Client, 1);
  story.tape().done(2);
  story.not_reached(3);
  story.tape().closes();
  return story.tape().transcript;
}

scenario::BenchSpec strict_bench() {
  scenario::BenchSpec bench;
  bench.name = "lab firewall";
  bench.profile = scenario::Profile::Strict;
  bench.ordered = true;
  bench.device.kind = "external";
  bench.allow.ttl = scenario::Allow::Ttl::Decrement;
  return bench;
}

void approve(const std::string& name, const std::string& text_now) {
  const std::filesystem::path file = std::filesystem::path(TWINWIRE_SOURCE_DIR) / "tests/harness/report/stored" / name;
  if (std::getenv("TWINWIRE_APPROVE") != nullptr) {
    std::ofstream(file, std::ios::binary) << text_now;
    return;
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream stored;
  stored << in.rdbuf();
  INFO("stored text: " << file.string());
  CHECK(text_now == stored.str());
}

}  // namespace twinwire::test
