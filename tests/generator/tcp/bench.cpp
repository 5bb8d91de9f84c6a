// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/tcp/bench.hpp"

#include <array>

#include "generator/tcp/options.hpp"

namespace twinwire::test {
namespace {

std::vector<std::uint8_t> copy(wire::Bytes octets) { return {octets.begin(), octets.end()}; }

std::string flags_of(std::uint16_t flags) {
  constexpr std::array<std::pair<int, const char*>, 5> names = {
      {{Syn, "SYN"}, {Fin, "FIN"}, {Rst, "RST"}, {Psh, "PSH"}, {Ack, "ACK"}}};
  std::string text;
  for (const auto& [flag, name] : names) {
    if ((flags & flag) != 0) text += (text.empty() ? "" : ",") + std::string(name);
  }
  return text;
}

std::string options_of(wire::Bytes octets) {
  const tcp::Options options = tcp::read_options(octets);
  Lines parts;
  if (options.mss) parts.push_back("mss " + std::to_string(*options.mss));
  if (options.sack_permitted) parts.emplace_back("sackOK");
  if (options.timestamps) {
    parts.push_back("TS " + std::to_string(options.timestamps->ts_val) + ":" +
                    std::to_string(options.timestamps->ts_ecr));
  }
  if (options.shift) parts.push_back("wscale " + std::to_string(*options.shift));
  for (std::size_t i = 0; i < options.sack_blocks; ++i) {
    parts.push_back("sack " + std::to_string(options.sack[i].begin) + "-" + std::to_string(options.sack[i].end));
  }
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? text : " <" + text + ">";
}

std::string text_of(wire::Bytes payload) {
  if (payload.empty()) return {};
  if (payload.size() > 8) return " (" + std::to_string(payload.size()) + ")";
  return " '" + std::string(payload.begin(), payload.end()) + "'";
}

}  // namespace

Bench::Bench(tcp::Policy its_policy, std::uint32_t our_iss) : policy(std::move(its_policy)), end(policy, our_iss) {}

Bench& Bench::after(time::Duration duration) {
  now += duration;
  return *this;
}

std::size_t Bench::send(std::string_view text) {
  return end.send({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, now, *this);
}

std::string Bench::receive(std::size_t most) {
  std::vector<std::uint8_t> into(most);
  const std::size_t count = end.receive(into, now, *this);
  return {into.begin(), into.begin() + static_cast<std::ptrdiff_t>(count)};
}

void Bench::arrives(const In& segment) {
  wire::Tcp tcp;
  tcp.seq = segment.seq;
  tcp.ack = segment.ack;
  tcp.flags = static_cast<std::uint16_t>(segment.flags);
  tcp.window = segment.window;
  tcp.options = segment.options;
  tcp.payload = {reinterpret_cast<const std::uint8_t*>(segment.text.data()), segment.text.size()};
  end.arrives(tcp, now, *this);
}

bool Bench::expire() {
  const auto deadline = end.deadline();
  if (!deadline) return false;
  now = std::max(now, *deadline);
  end.expires(now, *this);
  return true;
}

time::Duration Bench::until_deadline() const {
  const auto deadline = end.deadline();
  return deadline ? *deadline - now : time::Duration::zero();
}

Lines Bench::sent() {
  Lines lines = std::move(lines_);
  lines_.clear();
  return lines;
}

void Bench::transmit(const tcp::Segment& segment) {
  window = segment.window;
  const std::string ack = (segment.flags & Ack) != 0 ? " ack " + std::to_string(segment.ack) : "";
  lines_.push_back(flags_of(segment.flags) + " " + std::to_string(segment.seq) + ack + options_of(segment.options) +
                   text_of(segment.payload));
}

std::vector<std::uint8_t> mss_option(std::uint16_t mss) {
  tcp::OptionWriter options;
  options.mss(mss);
  return copy(options.octets());
}

std::vector<std::uint8_t> scale_option(std::uint8_t shift) {
  tcp::OptionWriter options;
  options.window_scale(shift);
  return copy(options.octets());
}

std::vector<std::uint8_t> timestamp_option(std::uint32_t ts_val, std::uint32_t ts_ecr) {
  tcp::OptionWriter options;
  options.timestamps({ts_val, ts_ecr});
  return copy(options.octets());
}

std::vector<std::uint8_t> sack_permitted_option() {
  tcp::OptionWriter options;
  options.sack_permitted();
  return copy(options.octets());
}

std::vector<std::uint8_t> sack_option(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& blocks) {
  std::vector<tcp::SequenceRange> ranges;
  for (const auto& [begin, end] : blocks) ranges.push_back({begin, end});
  tcp::OptionWriter options;
  options.sack(ranges);
  return copy(options.octets());
}

std::vector<std::uint8_t> operator+(std::vector<std::uint8_t> left, const std::vector<std::uint8_t>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

void to_syn_sent(Bench& bench) {
  bench.connect();
  bench.sent();
}

void to_syn_received(Bench& bench, const std::vector<std::uint8_t>& options) {
  bench.end.listen();
  bench.arrives({.flags = Syn, .seq = irs, .ack = 0, .options = options});
  bench.sent();
}

void to_established(Bench& bench, const std::vector<std::uint8_t>& options) {
  to_syn_sent(bench);
  bench.arrives({.flags = Syn | Ack, .seq = irs, .options = options});
  bench.sent();
}

void to_fin_wait_1(Bench& bench) {
  to_established(bench);
  bench.close();
  bench.sent();
}

void to_fin_wait_2(Bench& bench) {
  to_fin_wait_1(bench);
  bench.arrives({.ack = iss + 2});
  bench.sent();
}

void to_closing(Bench& bench) {
  to_fin_wait_1(bench);
  bench.arrives({.flags = Fin | Ack});
  bench.sent();
}

void to_close_wait(Bench& bench) {
  to_established(bench);
  bench.arrives({.flags = Fin | Ack});
  bench.sent();
}

void to_last_ack(Bench& bench) {
  to_close_wait(bench);
  bench.close();
  bench.sent();
}

void to_time_wait(Bench& bench) {
  to_fin_wait_2(bench);
  bench.arrives({.flags = Fin | Ack, .ack = iss + 2});
  bench.sent();
}

}  // namespace twinwire::test
