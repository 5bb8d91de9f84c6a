// SPDX-License-Identifier: Apache-2.0
// One thread does everything: on a veth pair the kernel works inside our calls, and its sockets, which do not block,
// are served between them. The kernel's end lives in the namespace that the process is in, ours is a packet socket of
// another one. Frames are held up or thrown away between the endpoint and the link, in both directions; from the moment
// when the connection needs no more than our last ACK they are not, because a repeated ACK to a socket that is gone is
// answered by a RST, and rightly so.
#include "tests/lab/kernel_bench.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>

#include "generator/link/packet_socket.hpp"
#include "harness/bench/lab/helper/isolate.hpp"
#include "harness/bench/lab/helper/network.hpp"
#include "harness/bench/lab/helper/sysctl.hpp"

namespace twinwire::test {
namespace {

using namespace std::chrono_literals;
using bench::Descriptor;

constexpr wire::Mac our_mac{{0x02, 0x74, 0x77, 0, 0, 0x77}};
constexpr std::uint16_t kernel_port = 7000;
constexpr time::Duration most_time = 20s;

wire::Address address(const char* text) { return *wire::parse_address(text); }
wire::Address our_address(wire::Family family) {
  return address(family == wire::Family::Ipv4 ? "198.18.0.2" : "2001:2::2");
}
wire::Address kernel_address(wire::Family family) {
  return address(family == wire::Family::Ipv4 ? "198.18.0.1" : "2001:2::1");
}

std::unique_ptr<bench::Network> network;
/// Another one each time, or the kernel remembers the connection before in its TIME-WAIT.
std::uint16_t our_port = 40000;

void make_network() {
  bench::leave_namespaces();
  bench::UpRequest up;
  up.middle = bench::Middle::Router;
  up.toward_client = {{kernel_address(wire::Family::Ipv4), 24}, {kernel_address(wire::Family::Ipv6), 64}};
  network = std::make_unique<bench::Network>(up);
  // No transfer is to profit or suffer from what the one before has measured.
  bench::set_sysctl("net.ipv4.tcp_no_metrics_save", "1");
}

std::uint8_t octet(Role sender, std::uint32_t position) {
  const std::uint32_t mixed = (position + (sender == Role::Client ? 1U : 2U)) * 2654435761U;
  return static_cast<std::uint8_t>(mixed >> 24U);
}

std::vector<std::uint8_t> stream(Role sender, std::uint32_t octets) {
  std::vector<std::uint8_t> all(octets);
  for (std::uint32_t i = 0; i < octets; ++i) all[i] = octet(sender, i);
  return all;
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("the kernel's end: " + what + ": " + std::strerror(errno));
}

/// xorshift, so that each run loses the same segments.
class Dice {
 public:
  bool chance(std::uint32_t permille) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_ % 1000 < permille;
  }

 private:
  std::uint64_t state_ = 88172645463325252U;
};

/// The end that runs on the kernel's stack.
class KernelEnd {
 public:
  explicit KernelEnd(const Transfer& transfer)
      : family_(transfer.family), role_(transfer.role == Role::Client ? Role::Server : Role::Client) {
    outgoing_ = stream(role_, transfer.octets);
    expected_ = stream(transfer.role, transfer.octets);
    Descriptor socket(
        ::socket(family_ == wire::Family::Ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) fail("socket");
    const int on = 1;
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (role_ == Role::Server) {
      bind_to(socket, kernel_port);
      if (::listen(socket.get(), 1) != 0) fail("listen");
      listener_ = std::move(socket);
    } else {
      socket_ = std::move(socket);
    }
  }

  void connect() {
    sockaddr_storage to = socket_address(our_address(family_), our_port);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), length(to)) != 0 && errno != EINPROGRESS) {
      fail("connect");
    }
  }

  /// Sends and receives what it can; whether there was anything.
  bool work(Outcome& outcome) {
    if (!socket_ && listener_) socket_ = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK));
    if (!socket_) return false;
    const bool wrote = write();
    return read(outcome) || wrote;
  }

  int descriptor() const { return socket_ ? socket_.get() : listener_.get(); }
  bool wants_to_write() const { return socket_ && sent_ < outgoing_.size(); }

  int error() const {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
  }

 private:
  static socklen_t length(const sockaddr_storage& address) {
    return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  }

  static sockaddr_storage socket_address(const wire::Address& address, std::uint16_t port) {
    sockaddr_storage storage{};
    if (address.family == wire::Family::Ipv4) {
      sockaddr_in ipv4{};
      ipv4.sin_family = AF_INET;
      ipv4.sin_port = htons(port);
      std::memcpy(&ipv4.sin_addr, address.octets.data(), sizeof ipv4.sin_addr);
      std::memcpy(&storage, &ipv4, sizeof ipv4);
    } else {
      sockaddr_in6 ipv6{};
      ipv6.sin6_family = AF_INET6;
      ipv6.sin6_port = htons(port);
      std::memcpy(&ipv6.sin6_addr, address.octets.data(), sizeof ipv6.sin6_addr);
      std::memcpy(&storage, &ipv6, sizeof ipv6);
    }
    return storage;
  }

  void bind_to(const Descriptor& socket, std::uint16_t port) const {
    sockaddr_storage own = socket_address(kernel_address(family_), port);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&own), length(own)) != 0) fail("bind");
  }

  bool write() {
    if (sent_ == outgoing_.size()) {
      if (!shut_) ::shutdown(socket_.get(), SHUT_WR);
      shut_ = true;
      return false;
    }
    const std::size_t most = std::min<std::size_t>(outgoing_.size() - sent_, 65536);
    const ssize_t count = ::send(socket_.get(), outgoing_.data() + sent_, most, MSG_NOSIGNAL);
    if (count > 0) sent_ += static_cast<std::size_t>(count);
    return count > 0;
  }

  bool read(Outcome& outcome) {
    const ssize_t count = ::recv(socket_.get(), into_.data(), into_.size(), 0);
    if (count == 0) outcome.kernel_finished = true;
    if (count <= 0) return false;
    const auto size = static_cast<std::size_t>(count);
    const bool right = outcome.kernel_received + size <= expected_.size() &&
                       std::equal(into_.begin(), into_.begin() + count,
                                  expected_.begin() + static_cast<std::ptrdiff_t>(outcome.kernel_received));
    if (!right) outcome.kernel_exact = false;
    outcome.kernel_received += static_cast<std::uint32_t>(size);
    return true;
  }

  wire::Family family_;
  Role role_;
  Descriptor listener_, socket_;
  std::vector<std::uint8_t> outgoing_, expected_;
  std::array<std::uint8_t, 65536> into_{};
  std::size_t sent_ = 0;
  bool shut_ = false;
};

/// Loses, repeats and holds back frames on their way to `deliver`. A frame that is held back is overtaken by three
/// others, or waits for one millisecond.
class BadChannel {
 public:
  BadChannel(const Impairment& impairment, Dice& dice, Outcome& outcome, std::function<void(wire::Bytes)> deliver)
      : impairment_(impairment), dice_(dice), outcome_(outcome), deliver_(std::move(deliver)) {}

  void pass(wire::Bytes frame, Instant now) {
    if (dice_.chance(impairment_.loss)) {
      ++outcome_.lost;
      return;
    }
    if (dice_.chance(impairment_.reordering)) {
      ++outcome_.reordered;
      held_.push_back({{frame.begin(), frame.end()}, now + 1ms, 3});
      return;
    }
    const bool twice = dice_.chance(impairment_.duplication);
    outcome_.duplicated += twice ? 1 : 0;
    deliver_(frame);
    if (twice) deliver_(frame);
    for (auto& held : held_) --held.overtaking;
    release(now);
  }

  void release(Instant now) {
    while (!held_.empty() && (held_.front().overtaking <= 0 || held_.front().until <= now)) let_first_go();
  }

  void pass_unharmed(wire::Bytes frame) {
    while (!held_.empty()) let_first_go();
    deliver_(frame);
  }

  bool empty() const { return held_.empty(); }

 private:
  struct Held {
    std::vector<std::uint8_t> frame;
    Instant until;
    int overtaking;
  };

  void let_first_go() {
    const Held first = std::move(held_.front());
    held_.pop_front();
    deliver_(first.frame);
  }

  const Impairment& impairment_;
  Dice& dice_;
  Outcome& outcome_;
  std::function<void(wire::Bytes)> deliver_;
  std::deque<Held> held_;
};

/// Our end: endpoint, station, packet socket.
class OurEnd final : public tcp::Output {
 public:
  OurEnd(const Transfer& transfer, Outcome& outcome)
      : transfer_(transfer),
        outcome_(outcome),
        socket_(network->packet_socket(bench::SocketPlace::Client).release()),
        link_(link::make_packet_link(socket_, *timeline_, 1500)),
        station_(*link_, builder_, our_mac, {our_address(wire::Family::Ipv4), our_address(wire::Family::Ipv6)},
                 {{wire::Family::Ipv4, kernel_address(wire::Family::Ipv4)},
                  {wire::Family::Ipv6, kernel_address(wire::Family::Ipv6)}}),
        outward_(transfer.impairment, dice_, outcome, [this](wire::Bytes frame) { link_->send(frame); }),
        inward_(transfer.impairment, dice_, outcome, [this](wire::Bytes frame) { arrives(frame); }),
        endpoint_(transfer.policy, 0xFFFF0000U) {  // the numbers wrap on the way
    outgoing_ = stream(transfer.role, transfer.octets);
    expected_ = stream(transfer.role == Role::Client ? Role::Server : Role::Client, transfer.octets);
    link_->on_frame([this](Instant, wire::Bytes frame) { received(frame); });
    template_.src_mac = our_mac;
    template_.src = our_address(transfer.family);
    template_.dst = kernel_address(transfer.family);
    template_.src_port = our_port;
    template_.dst_port = kernel_port;
  }

  /// The kernel's MAC address must be known before anything is sent; the wire has no delay, so asking is enough.
  void find_kernel() {
    for (int attempt = 0; attempt < 100 && !station_.next_hop_mac(transfer_.family); ++attempt) {
      station_.solicit(transfer_.family);
      wait(10ms, -1);
      link_->poll();
    }
    if (!station_.next_hop_mac(transfer_.family)) throw std::runtime_error("the kernel does not say its MAC address");
    template_.dst_mac = *station_.next_hop_mac(transfer_.family);
  }

  void open() {
    if (transfer_.role == Role::Client) {
      endpoint_.connect(now(), *this);
    } else {
      endpoint_.listen();
    }
  }

  /// Receives frames, serves timers and the application; whether anything happened.
  bool work() {
    const std::uint64_t before = events_;
    link_->poll();
    outward_.release(now());
    inward_.release(now());
    if (const auto deadline = endpoint_.deadline(); deadline && *deadline <= now()) {
      ++events_;
      endpoint_.expires(now(), *this);
    }
    application();
    return events_ != before;
  }

  /// Until a frame comes or the kernel's socket is ready, for a little while at most.
  void wait(time::Duration most, int other, short events = POLLIN) {
    std::array<pollfd, 2> descriptors{{{socket_, POLLIN, 0}, {other, events, 0}}};
    if (const auto deadline = endpoint_.deadline()) most = std::clamp<time::Duration>(*deadline - now(), 0ns, most);
    const bool holding = !outward_.empty() || !inward_.empty();
    if (holding) most = std::min<time::Duration>(most, 500us);
    const timespec timeout{0, most.count()};
    ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
  }

  void transmit(const tcp::Segment& segment) override {
    ++events_;
    if ((segment.flags & wire::tcp_flag::Rst) != 0) ++outcome_.resets_sent;
    template_.seq = segment.seq;
    template_.ack = segment.ack;
    template_.flags = segment.flags;
    template_.window = segment.window;
    template_.options.assign(segment.options.begin(), segment.options.end());
    template_.payload.assign(segment.payload.begin(), segment.payload.end());
    const craft::Frame frame = builder_.tcp(template_);
    note(segment, frame.size() - wire::ethernet_header);
    if (endpoint_.state() == tcp::State::TimeWait) {
      outward_.pass_unharmed(frame);
    } else {
      outward_.pass(frame, now());
    }
  }

  Instant now() const { return timeline_->now(); }
  const tcp::Endpoint& endpoint() const { return endpoint_; }
  bool through() const { return endpoint_.state() == tcp::State::TimeWait || endpoint_.state() == tcp::State::Closed; }

 private:
  void note(const tcp::Segment& segment, std::size_t packet) {
    outcome_.largest_payload = std::max(outcome_.largest_payload, static_cast<std::uint16_t>(segment.payload.size()));
    outcome_.largest_packet = std::max(outcome_.largest_packet, static_cast<std::uint16_t>(packet));
  }

  void received(wire::Bytes frame) {
    const auto packet = wire::decode(frame);
    if (!packet || station_.receive(*packet) || !packet->tcp) return;
    const wire::Tcp& tcp = *packet->tcp;
    if (tcp.dst_port != our_port || packet->dst != our_address(transfer_.family)) return;
    if (!tcp.checksum_ok) throw std::runtime_error("the kernel's checksum is wrong: offloads are on");
    if (tcp.has(wire::tcp_flag::Rst)) ++outcome_.resets_received;
    outcome_.largest_received = std::max(outcome_.largest_received, static_cast<std::uint16_t>(tcp.payload.size()));
    template_.dst_port = tcp.src_port;
    inward_.pass(frame, now());
  }

  void arrives(wire::Bytes frame) {
    ++events_;
    // Who is through is no longer there to be asked. In TIME-WAIT a FIN that our channel repeats is not answered: the
    // first answer has arrived for certain.
    if (through()) return;
    endpoint_.arrives(*wire::decode(frame)->tcp, now(), *this);
  }

  void application() {
    while (const std::size_t count = endpoint_.receive(into_, now(), *this)) {
      ++events_;
      const bool right = outcome_.received + count <= expected_.size() &&
                         std::equal(into_.begin(), into_.begin() + static_cast<std::ptrdiff_t>(count),
                                    expected_.begin() + static_cast<std::ptrdiff_t>(outcome_.received));
      if (!right) outcome_.exact = false;
      outcome_.received += static_cast<std::uint32_t>(count);
    }
    const wire::Bytes rest = wire::Bytes(outgoing_).subspan(sent_);
    if (!rest.empty()) sent_ += endpoint_.send(rest, now(), *this);
    if (sent_ == outgoing_.size() && !closed_ && endpoint_.state() >= tcp::State::Established) {
      closed_ = true;
      endpoint_.close(now(), *this);
    }
  }

  const Transfer& transfer_;
  Outcome& outcome_;
  std::unique_ptr<time::Timeline> timeline_ = time::make_real_timeline();
  craft::Builder builder_;
  int socket_;  // the link's
  std::unique_ptr<link::Link> link_;
  host::Station station_;
  Dice dice_;
  BadChannel outward_, inward_;
  tcp::Endpoint endpoint_;
  craft::Segment template_;
  std::vector<std::uint8_t> outgoing_, expected_;
  std::array<std::uint8_t, 65536> into_{};
  std::size_t sent_ = 0;
  std::uint64_t events_ = 0;
  bool closed_ = false;
};

}  // namespace

std::optional<std::string> namespaces_lacking() {
  if (network) return std::nullopt;
  try {
    make_network();
  } catch (const std::exception& error) {
    return error.what();
  }
  return std::nullopt;
}

Outcome transfer(const Transfer& transfer) {
  Outcome outcome;
  ++our_port;
  KernelEnd kernel(transfer);
  OurEnd ours(transfer, outcome);
  ours.find_kernel();
  const Instant begun = ours.now();
  ours.open();
  if (transfer.role == Role::Server) kernel.connect();
  while (!(ours.through() && outcome.kernel_finished) && ours.now() - begun < most_time) {
    const bool kernel_worked = kernel.work(outcome);
    const bool we_worked = ours.work();
    if (kernel_worked || we_worked) continue;
    ours.wait(10ms, kernel.descriptor(), kernel.wants_to_write() ? POLLIN | POLLOUT : POLLIN);
    if (ours.endpoint().ending() != tcp::Ending::None) break;
  }
  outcome.took = ours.now() - begun;
  // A RST would be here by now: the wire has no delay. Ten milliseconds are for what is still held back.
  for (const Instant end = ours.now() + 10ms; ours.now() < end; ours.wait(1ms, -1)) ours.work();
  outcome.kernel_error = kernel.error();
  outcome.state = ours.endpoint().state();
  outcome.ending = ours.endpoint().ending();
  outcome.peer_finished = ours.endpoint().peer_finished();
  return outcome;
}

}  // namespace twinwire::test
