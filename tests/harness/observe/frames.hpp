// SPDX-License-Identifier: Apache-2.0
// Transcripts for tests, one line per frame.
#pragma once

#include "generator/craft/builder.hpp"
#include "harness/observe/matcher.hpp"

namespace twinwire::test {

/// Client 198.18.0.1 port 5000, server 198.18.0.2 port 443.
class Tape {
 public:
  observe::Transcript transcript;
  std::uint16_t ip_id = 1;

  Tape() {
    transcript.connections.push_back(
        {"", *wire::parse_address("198.18.0.1"), *wire::parse_address("198.18.0.2"), 5000, 443});
  }

  static craft::Segment client_segment(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0,
                                       std::size_t length = 0) {
    craft::Segment made;
    made.src = *wire::parse_address("198.18.0.1");
    made.dst = *wire::parse_address("198.18.0.2");
    made.src_port = 5000;
    made.dst_port = 443;
    made.flags = flags;
    made.seq = seq;
    made.ack = ack;
    made.payload.assign(length, static_cast<std::uint8_t>(seq));
    return made;
  }
  static craft::Segment server_segment(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0,
                                       std::size_t length = 0) {
    craft::Segment made = client_segment(flags, seq, ack, length);
    std::swap(made.src, made.dst);
    std::swap(made.src_port, made.dst_port);
    return made;
  }

  void begins(int step) { add(observe::Event::Kind::Begins, scenario::Party::Client, step, {}); }
  void done(int step) { add(observe::Event::Kind::Done, scenario::Party::Client, step, {}); }
  void time_up(int step) { add(observe::Event::Kind::TimeUp, scenario::Party::Client, step, {}); }
  void closes() { add(observe::Event::Kind::Closes, scenario::Party::Client, -1, {}); }
  void sent(int step, scenario::Party wire, craft::Segment segment) {
    segment.ip_id = ip_id++;
    add(observe::Event::Kind::Sent, wire, step, builder_.tcp(segment));
  }
  /// The segment comes out as it is given; its IP ID is that of the last frame sent.
  void received(scenario::Party wire, craft::Segment segment) {
    if (segment.ip_id == 0) segment.ip_id = static_cast<std::uint16_t>(ip_id - 1);
    add(observe::Event::Kind::Received, wire, -1, builder_.tcp(segment));
  }
  void marker(scenario::Party from, std::uint64_t identity) {
    const craft::Frame frame = lost_marker(from, identity);
    const auto far = from == scenario::Party::Client ? scenario::Party::Server : scenario::Party::Client;
    add(observe::Event::Kind::Received, far, -1, frame, true);
  }
  craft::Frame lost_marker(scenario::Party from, std::uint64_t identity) {
    craft::Segment made = client_segment(wire::tcp_flag::Ack, 0);
    made.src_port = 9999;
    made.payload.assign(observe::marker_magic.begin(), observe::marker_magic.end());
    for (int shift = 56; shift >= 0; shift -= 8)
      made.payload.push_back(static_cast<std::uint8_t>(identity >> static_cast<unsigned>(shift)));
    const craft::Frame frame = builder_.tcp(made);
    add(observe::Event::Kind::Sent, from, -1, frame, true);
    return frame;
  }

 private:
  void add(observe::Event::Kind kind, scenario::Party wire, int step, craft::Frame frame, bool marker = false) {
    observe::Event event;
    event.kind = kind;
    event.at = time::Instant(std::chrono::microseconds(transcript.events.size()));
    event.wire = wire;
    event.step = step;
    event.frame = std::move(frame);
    event.marker = marker;
    transcript.events.push_back(std::move(event));
  }
  craft::Builder builder_;
};

}  // namespace twinwire::test
