// SPDX-License-Identifier: Apache-2.0
// One endpoint and a peer that is played line by line: a segment in is a value, a segment out a line of text in the
// words of tcpdump, and what did not go out is asserted as well.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "generator/tcp/endpoint.hpp"

namespace twinwire::test {

using namespace std::chrono_literals;

/// Our ISS, and the peer's.
inline constexpr std::uint32_t iss = 1000, irs = 5000;

enum Flag : std::uint16_t { Fin = 1, Syn = 2, Rst = 4, Psh = 8, Ack = 16 };

/// A segment of the peer. The numbers are those of an established connection on which nothing was sent.
struct In {
  int flags = Ack;
  std::uint32_t seq = irs + 1;
  std::uint32_t ack = iss + 1;
  std::uint16_t window = 60000;
  std::string_view text{};
  std::vector<std::uint8_t> options{};
};

using Lines = std::vector<std::string>;
inline const Lines silence{};

class Bench final : public tcp::Output {
 public:
  explicit Bench(tcp::Policy policy = {}, std::uint32_t our_iss = iss);
  ~Bench() override = default;
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  /// The clock only goes forward, and by as much as the test says.
  Bench& after(time::Duration duration);
  void connect() { end.connect(now, *this); }
  void close() { end.close(now, *this); }
  void abort() { end.abort(now, *this); }
  std::size_t send(std::string_view text);
  std::size_t send(std::size_t octets) { return send(std::string(octets, 'x')); }
  std::string receive(std::size_t most = 100'000);
  void arrives(const In& segment);
  void too_big(std::uint16_t mtu) { end.too_big(mtu, now, *this); }
  /// Goes to the next deadline and serves it; false if there is none.
  bool expire();
  /// How long it is until then; zero if there is none.
  time::Duration until_deadline() const;

  /// What has gone out since the last time: "SYN,ACK 1000 ack 5001 <mss 1460> 'text'"; text longer than eight octets is
  /// its length in parentheses.
  Lines sent();
  void transmit(const tcp::Segment& segment) override;

  tcp::Policy policy;
  tcp::Endpoint end;
  time::Instant now{};
  std::uint16_t window = 0;  ///< of the last segment that went out

 private:
  Lines lines_;
};

/// The options of a SYN.
std::vector<std::uint8_t> mss_option(std::uint16_t mss);
std::vector<std::uint8_t> scale_option(std::uint8_t shift);
std::vector<std::uint8_t> timestamp_option(std::uint32_t ts_val, std::uint32_t ts_ecr);
std::vector<std::uint8_t> sack_permitted_option();
std::vector<std::uint8_t> sack_option(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& blocks);
std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> left, const std::vector<std::uint8_t>& right);

/// Brings an end into a state by the shortest way; nothing is left of what went out on the way.
void to_syn_sent(Bench& bench);
void to_syn_received(Bench& bench, const std::vector<std::uint8_t>& options = mss_option(1000));  ///< passive
void to_established(Bench& bench, const std::vector<std::uint8_t>& options = mss_option(1000));   ///< active
void to_fin_wait_1(Bench& bench);
void to_fin_wait_2(Bench& bench);
void to_closing(Bench& bench);
void to_close_wait(Bench& bench);
void to_last_ack(Bench& bench);
void to_time_wait(Bench& bench);

}  // namespace twinwire::test
