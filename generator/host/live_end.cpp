// SPDX-License-Identifier: Apache-2.0
// Octets flow in two directions through pump(): what TCP has in order goes up to TLS, or to the reader where there is
// no TLS; what TLS wants to say goes down, one write after the other, as TCP has room.
#include "generator/host/live_end.hpp"

#include <algorithm>
#include <array>

namespace twinwire::host {
namespace {

std::string tcp_word(const tcp::Endpoint& endpoint) {
  switch (endpoint.ending()) {
    case tcp::Ending::Reset:
    case tcp::Ending::Refused:
      return "reset";
    case tcp::Ending::TimedOut:
      return "timed-out";
    case tcp::Ending::Aborted:
      return "aborted";
    case tcp::Ending::None:
      break;
  }
  switch (endpoint.state()) {
    case tcp::State::Listen:
      return "nothing";  // no SYN has come
    case tcp::State::SynSent:
    case tcp::State::SynReceived:
      return "waiting";
    case tcp::State::Established:
      return "established";
    case tcp::State::Closed:
    case tcp::State::TimeWait:
      return "finished";
    default:
      return endpoint.peer_finished() ? "closed" : "closing";
  }
}

std::string_view tls_word(tls::Progress progress) {
  switch (progress) {
    case tls::Progress::Handshaking:
      return "waiting";
    case tls::Progress::Complete:
      return "complete";
    case tls::Progress::Failed:
      return "failed";
    case tls::Progress::Closed:
      break;
  }
  return "closed";
}

}  // namespace

class LiveEnd::Wire final : public tcp::Output {
 public:
  explicit Wire(Transmit transmit) : transmit_(std::move(transmit)) {}
  void transmit(const tcp::Segment& segment) override { transmit_(segment); }

 private:
  Transmit transmit_;
};

LiveEnd::LiveEnd(const tcp::Policy& policy, const tcp::Deviations& deviations, std::uint32_t iss, Transmit transmit)
    : policy_(policy),
      wire_(std::make_unique<Wire>(std::move(transmit))),
      shaper_(deviations.any() ? std::make_unique<tcp::Shaper>(deviations, *wire_) : nullptr),
      endpoint_(policy_, iss) {}

LiveEnd::~LiveEnd() = default;

tcp::Output& LiveEnd::output(time::Instant now) {
  if (!shaper_) return *wire_;
  shaper_->at(now);
  return *shaper_;
}

void LiveEnd::connect(time::Instant now) { endpoint_.connect(now, output(now)); }

void LiveEnd::close(time::Instant now) {
  close_tls();
  finish(now);
}

void LiveEnd::finish(time::Instant now) {
  closing_ = true;
  pump(now);
}

void LiveEnd::close_tls() {
  if (peer_ && peer_->facts().progress == tls::Progress::Complete) peer_->close();
}

void LiveEnd::abort(time::Instant now) { endpoint_.abort(now, output(now)); }

void LiveEnd::send(wire::Bytes octets, time::Instant now) {
  if (peer_) {
    peer_->write(octets);
  } else {
    outgoing_.emplace_back(octets.begin(), octets.end());
  }
  pump(now);
}

void LiveEnd::start_tls(std::unique_ptr<tls::Peer> peer) {
  peer_ = std::move(peer);
  first_flight_ = 0;
}

void LiveEnd::arrives(const wire::Tcp& segment, time::Instant now) { endpoint_.arrives(segment, now, output(now)); }

void LiveEnd::too_big(std::uint16_t mtu, time::Instant now) { endpoint_.too_big(mtu, now, output(now)); }

void LiveEnd::pump(time::Instant now) {
  if (endpoint_.readable() > 0) read_from_tcp(now);
  if (peer_) gather_from_tls();
  if (follows_close_ && endpoint_.peer_finished()) {
    follows_close_ = false;
    close_tls();
    if (peer_) gather_from_tls();
    closing_ = true;
  }
  write_to_tcp(now);
  // Who has failed has said so in an alert, and has nothing more to say (RFC 8446 section 6.2).
  if (peer_ && peer_->facts().progress == tls::Progress::Failed && !finished_) closing_ = true;
  if (closing_ && outgoing_.empty()) {
    closing_ = false;
    finished_ = true;
    endpoint_.close(now, output(now));
  }
}

void LiveEnd::read_from_tcp(time::Instant now) {
  std::array<std::uint8_t, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (endpoint_.readable() > 0) {
    const std::size_t count = endpoint_.receive(buffer, now, output(now));
    if (count == 0) return;
    const wire::Bytes octets(buffer.data(), count);
    if (peer_) {
      peer_->receive(octets);
    } else {
      received_.insert(received_.end(), octets.begin(), octets.end());
      received_octets_ += count;
    }
  }
}

void LiveEnd::gather_from_tls() {
  const tls::Octets read = peer_->read();
  received_.insert(received_.end(), read.begin(), read.end());
  received_octets_ += read.size();
  if (hears_secrets_) {
    for (const std::string& line : peer_->take_key_log()) hears_secrets_(line);
  }
  const bool first = first_flight_ == 0;
  for (auto& write : peer_->take()) {
    if (first) first_flight_ += write.size();
    outgoing_.push_back(std::move(write));
  }
}

void LiveEnd::write_to_tcp(time::Instant now) {
  while (!outgoing_.empty()) {
    auto& write = outgoing_.front();
    const std::size_t taken = endpoint_.send(write, now, output(now));
    if (taken < write.size()) {
      write.erase(write.begin(), write.begin() + static_cast<std::ptrdiff_t>(taken));
      return;
    }
    outgoing_.pop_front();
  }
}

std::optional<time::Instant> LiveEnd::deadline() const {
  const auto own = endpoint_.deadline();
  const auto shaped = shaper_ ? shaper_->deadline() : std::nullopt;
  if (own && shaped) return std::min(*own, *shaped);
  return own ? own : shaped;
}

void LiveEnd::expires(time::Instant now) {
  if (shaper_ && shaper_->deadline() && *shaper_->deadline() <= now) shaper_->expires(now);
  if (endpoint_.deadline() && *endpoint_.deadline() <= now) endpoint_.expires(now, output(now));
}

bool LiveEnd::gone() const {
  return endpoint_.ending() != tcp::Ending::None || endpoint_.state() == tcp::State::Closed ||
         endpoint_.state() == tcp::State::TimeWait;
}

LiveEnd::Progress LiveEnd::progress() const {
  return {endpoint_.snd_una(),
          endpoint_.snd_nxt(),
          endpoint_.rcv_nxt(),
          endpoint_.state(),
          endpoint_.ending(),
          received_octets_,
          peer_ ? peer_->facts().progress : tls::Progress{}};
}

std::map<std::string, std::string> LiveEnd::facts() const {
  std::map<std::string, std::string> facts{{"tcp", tcp_word(endpoint_)},
                                           {"state", std::string(tcp::name(endpoint_.state()))},
                                           {"octets", std::to_string(received_octets_)}};
  if (endpoint_.peer_finished()) facts["fin"] = "received";
  if (!peer_) return facts;
  const tls::Facts& known = peer_->facts();
  facts["first-flight"] = std::to_string(first_flight_);
  facts["tls"] = tls_word(known.progress);
  if (known.version) facts["version"] = tls::name(*known.version);
  if (known.progress == tls::Progress::Complete || known.progress == tls::Progress::Closed)
    facts["resumed"] = known.resumed ? "yes" : "no";
  if (known.hello_retry) facts["hello-retry"] = "yes";
  if (known.early_data_accepted) facts["early-data"] = "accepted";
  if (known.alert_received) facts["alert-received"] = std::to_string(*known.alert_received);
  if (known.alert_sent) facts["alert-sent"] = std::to_string(*known.alert_sent);
  if (!known.server_name.empty()) facts["server-name"] = known.server_name;
  if (!known.alpn.empty()) facts["alpn"] = known.alpn;
  if (!known.certificate.empty()) facts["certificate"] = known.certificate;
  if (known.ticket_bytes > 0) facts["ticket"] = std::to_string(known.ticket_bytes);
  if (!known.error.empty()) facts["error"] = known.error;
  return facts;
}

}  // namespace twinwire::host
