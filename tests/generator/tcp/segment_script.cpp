// SPDX-License-Identifier: Apache-2.0
// The first octet chooses policy and opening. Then each step is one octet that says what happens and the octets that it
// needs: for a segment flags, distances of SEQ and ACK from what the endpoint expects (small ones are the interesting
// ones), window, length of options and of text, the options themselves.
#include "tests/generator/tcp/segment_script.hpp"

#include <algorithm>
#include <array>

#include "generator/tcp/endpoint.hpp"
#include "generator/wire/sequence.hpp"

namespace twinwire::test {
namespace {

using namespace std::chrono_literals;

class Reader {
 public:
  explicit Reader(wire::Bytes octets) : octets_(octets) {}
  bool done() const { return at_ >= octets_.size(); }
  std::uint8_t octet() { return done() ? std::uint8_t{0} : octets_[at_++]; }
  std::int16_t distance() {
    const auto high = static_cast<unsigned>(octet());
    return static_cast<std::int16_t>((high << 8U) | octet());
  }
  wire::Bytes take(std::size_t count) {
    const wire::Bytes taken = octets_.subspan(std::min(at_, octets_.size()))
                                  .first(std::min(count, octets_.size() - std::min(at_, octets_.size())));
    at_ += taken.size();
    return taken;
  }

 private:
  wire::Bytes octets_;
  std::size_t at_ = 0;
};

tcp::Policy policy_for(std::uint8_t choice) {
  tcp::Policy policy;
  policy.timestamps = (choice & 1U) != 0;
  policy.sack = (choice & 2U) != 0;
  policy.receive_buffer = (choice & 4U) != 0 ? 500 : 200'000;
  if ((choice & 8U) != 0) policy.cuts.sizes = {1, 7};
  if ((choice & 16U) != 0) policy.keep_alive = 10s;
  if ((choice & 32U) != 0) policy.ack_delay = 40ms;
  policy.send_buffer = 5000;
  policy.retries = 5;
  return policy;
}

class Player final : public tcp::Output {
 public:
  explicit Player(wire::Bytes script)
      : reader_(script), choice_(reader_.octet()), policy_(policy_for(choice_)), end_(policy_, 0xFFFFFFF0U) {}

  std::string play() {
    if ((choice_ & 64U) != 0) {
      end_.listen();
    } else {
      end_.connect(now_, *this);
    }
    constexpr int most_steps = 2000;
    for (int i = 0; i < most_steps && !reader_.done() && fault_.empty(); ++i) {
      step();
      check();
    }
    return fault_;
  }

  void transmit(const tcp::Segment& segment) override {
    ++sent_;
    if (segment.options.size() > 40 || segment.options.size() % 4 != 0) fail("options of a length that no header has");
    const std::size_t packet = 40 + segment.options.size() + segment.payload.size();
    const bool text = !segment.payload.empty();
    if (text && packet > policy_.mtu) fail("a packet larger than the MTU");
  }

 private:
  void fail(const char* what) {
    if (fault_.empty()) fault_ = what;
  }

  void step() {
    sent_ = 0;
    std::array<std::uint8_t, 700> space{};
    switch (reader_.octet() % 10) {
      case 0:
        end_.send(wire::Bytes(space).first(std::size_t{reader_.octet()} * 2), now_, *this);
        break;
      case 1:
        end_.receive(std::span(space).first(reader_.octet()), now_, *this);
        break;
      case 2:
        expire();
        break;
      case 3:
        if (reader_.octet() % 8 == 0) end_.close(now_, *this);
        break;
      case 4:
        if (reader_.octet() % 32 == 0) end_.too_big(static_cast<std::uint16_t>(reader_.distance()), now_, *this);
        break;
      default:
        segment(space);
        break;
    }
    constexpr std::size_t most_at_once = 6000;  // one octet each, at worst, of what may be in the buffer
    if (sent_ > most_at_once) fail("more segments in one call than there can be text");
  }

  void expire() {
    const auto deadline = end_.deadline();
    if (!deadline) return;
    now_ = std::max(now_, *deadline);
    end_.expires(now_, *this);
    const auto next = end_.deadline();
    if (next && *next <= now_) fail("a deadline that is over when it has been served");
  }

  void segment(wire::Bytes space) {
    wire::Tcp tcp;
    tcp.flags = reader_.octet() & 0x3FU;
    const auto irs = static_cast<std::uint32_t>(0x7FFFFFF0);
    const std::uint32_t expected = end_.rcv_nxt() == 0 ? irs : end_.rcv_nxt();
    tcp.seq = expected + static_cast<std::uint32_t>(reader_.distance());
    tcp.ack = end_.snd_nxt() + static_cast<std::uint32_t>(reader_.distance());
    tcp.window = static_cast<std::uint16_t>(reader_.distance());
    const std::size_t options = reader_.octet() % 44;
    tcp.options = reader_.take(std::min<std::size_t>(options, 40));
    tcp.payload = space.first(std::size_t{reader_.octet()} * 2);
    now_ += std::chrono::milliseconds(reader_.octet());
    end_.arrives(tcp, now_, *this);
  }

  /// What holds at any time, whatever came.
  void check() {
    if (end_.state() == tcp::State::Listen || end_.state() == tcp::State::Closed) return;
    if (wire::seq_less(end_.snd_nxt(), end_.snd_una())) fail("SND.UNA beyond SND.NXT");
    if (end_.readable() > policy_.receive_buffer) fail("more octets than the receive buffer may hold");
    if (end_.unsent() > policy_.send_buffer) fail("more octets than the send buffer may hold");
    if (end_.send_mss() + 40 > policy_.mtu) fail("segments larger than the MTU");
  }

  Reader reader_;
  std::uint8_t choice_;
  tcp::Policy policy_;
  tcp::Endpoint end_;
  time::Instant now_{};
  std::size_t sent_ = 0;
  std::string fault_;
};

}  // namespace

std::string play_segments(wire::Bytes script) { return Player(script).play(); }

}  // namespace twinwire::test
