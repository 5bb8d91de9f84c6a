// SPDX-License-Identifier: Apache-2.0
#include "tests/harness/device/stage.hpp"

#include <stdexcept>

namespace twinwire::test {

namespace flag = wire::tcp_flag;

Stage::Stage(const std::string& model, const device::Settings& settings, wire::Family family)
    : model_(device::make_model(model, settings)) {
  const bool four = family == wire::Family::Ipv4;
  tuple_ = {*wire::parse_address(four ? "198.18.1.2" : "2001:2:0:1::2"),
            *wire::parse_address(four ? "198.18.2.2" : "2001:2:0:2::2"), 40001, 443};
}

void Stage::shake_hands(std::uint32_t first) {
  iss = first;
  const bool all = passed(client({flag::Syn, iss})) &&
                   passed(server({flag::Syn | flag::Ack, server_iss, iss + 1}), Party::Server) &&
                   passed(client({flag::Ack, iss + 1, server_iss + 1}));
  if (!all) throw std::runtime_error("the handshake did not pass");
}

std::vector<Came> Stage::hello(std::size_t offset, const Octets& octets) {
  return client({flag::Psh | flag::Ack, iss + 1 + static_cast<std::uint32_t>(offset), server_iss + 1, octets});
}

std::size_t Stage::hello(const std::vector<Octets>& pieces) {
  std::size_t offset = 0;
  for (std::size_t sent = 0; sent < pieces.size(); ++sent) {
    auto came = hello(offset, pieces[sent]);
    if (!passed(came)) {
      broke_ = std::move(came);
      return sent;
    }
    offset += pieces[sent].size();
  }
  return pieces.size();
}

std::vector<Came> Stage::time_comes(time::Instant at) {
  now = at;
  out_.clear();
  model_->on_time(now, collect());
  return std::move(out_);
}

std::vector<Came> Stage::send(Party from, const Sent& sent) {
  out_.clear();
  model_->on_frame(from, now, write_segment(*builder_, tuple_, from, sent, options_), collect());
  return std::move(out_);
}

device::Emit Stage::collect() {
  return [this](Party toward, wire::Bytes frame) { out_.push_back({toward, {frame.begin(), frame.end()}}); };
}

Octets write_segment(craft::Builder& builder, const wire::FourTuple& tuple, Party from, const Sent& sent,
                     const Octets& options) {
  craft::Segment segment;
  segment.src_mac = client_mac;
  segment.dst_mac = server_mac;
  segment.src = tuple.client;
  segment.dst = tuple.server;
  segment.src_port = tuple.client_port;
  segment.dst_port = tuple.server_port;
  if (from == Party::Server) {
    std::swap(segment.src_mac, segment.dst_mac);
    std::swap(segment.src, segment.dst);
    std::swap(segment.src_port, segment.dst_port);
  }
  segment.flags = sent.flags;
  segment.seq = sent.seq;
  segment.ack = sent.ack;
  segment.window = 65535;
  segment.options = options;
  segment.payload = sent.payload;
  segment.checksum = sent.checksum;
  return builder.tcp(segment);
}

bool passed(const std::vector<Came>& came, Party from) {
  if (came.size() != 1) return false;
  // A RST of the model's own goes toward both ends or back.
  return came.front().toward != from && !(came.front().tcp().has(flag::Rst) && came.front().tcp().payload.empty());
}

}  // namespace twinwire::test
