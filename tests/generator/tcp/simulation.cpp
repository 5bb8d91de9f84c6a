// SPDX-License-Identifier: Apache-2.0
// One event after the other: the next delivery or the next deadline of an end, whichever is earlier. After each the
// application of that end sends, reads and closes as far as it can.
#include "tests/generator/tcp/simulation.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace twinwire::test {
namespace {

constexpr std::uint32_t most_events = 400'000;

struct Delivery {
  Instant when;
  std::uint64_t order = 0;  // of sending, among those of one instant
  std::size_t to = 0;
  tcp::Segment header;
  std::vector<std::uint8_t> options, payload;
  bool operator>(const Delivery& other) const { return when != other.when ? when > other.when : order > other.order; }
};

class Simulation;

class Wire final : public tcp::Output {
 public:
  Wire(Simulation& simulation, std::size_t from) : simulation_(simulation), from_(from) {}
  void transmit(const tcp::Segment& segment) override;

 private:
  Simulation& simulation_;
  std::size_t from_;
};

struct End {
  End(const Application& application, Simulation& simulation, std::size_t index, std::uint64_t seed)
      : app(&application),
        endpoint(application.policy, application.iss),
        wire(simulation, index),
        stream(application.octets) {
    for (std::uint32_t i = 0; i < stream.size(); ++i) stream[i] = stream_octet(seed, static_cast<int>(index), i);
  }
  const Application* app;
  tcp::Endpoint endpoint;
  Wire wire;
  std::vector<std::uint8_t> stream;
  std::uint32_t sent = 0;
  Instant next_read{};
  bool closed = false;
  EndResult result;
};

class Simulation {
 public:
  explicit Simulation(const Experiment& experiment)
      : experiment_(experiment),
        random_(experiment.seed),
        ends_{End(experiment.ends[0], *this, 0, experiment.seed), End(experiment.ends[1], *this, 1, experiment.seed)} {}

  Result run() {
    open();
    for (std::uint32_t events = 0; events < most_events && step(); ++events) {
    }
    for (std::size_t i = 0; i < 2; ++i) {
      result_.ends[i] = ends_[i].result;
      result_.ends[i].state = ends_[i].endpoint.state();
      result_.ends[i].ending = ends_[i].endpoint.ending();
      result_.ends[i].peer_finished = ends_[i].endpoint.peer_finished();
    }
    result_.ended = now_;
    return result_;
  }

  void sent(std::size_t from, const tcp::Segment& segment) {
    record(from, segment);
    const Channel& channel = experiment_.channel;
    const std::uint32_t copies = random_.chance(channel.loss) ? 0 : random_.chance(channel.duplication) ? 2 : 1;
    for (std::uint32_t i = 0; i < copies; ++i) {
      Duration delay = channel.delay;
      if (random_.chance(channel.reordering)) delay += channel.delay * (1 + random_.below(3)) / 2;
      deliveries_.push({now_ + delay,
                        ++order_,
                        1 - from,
                        segment,
                        {segment.options.begin(), segment.options.end()},
                        {segment.payload.begin(), segment.payload.end()}});
    }
  }

 private:
  void open() {
    if (experiment_.opening == Opening::Simultaneous) {
      ends_[1].endpoint.connect(now_, ends_[1].wire);
    } else {
      ends_[1].endpoint.listen();
    }
    ends_[0].endpoint.connect(now_, ends_[0].wire);
    for (std::size_t i = 0; i < 2; ++i) work(i);
  }

  /// When the application of an end wants to run by itself.
  std::optional<Instant> next_read(const End& end) const {
    if (end.app->between_reads == Duration::zero() || end.endpoint.readable() == 0) return std::nullopt;
    return std::max(end.next_read, now_);
  }

  bool step() {
    Instant when = Instant::max();
    if (!deliveries_.empty()) when = deliveries_.top().when;
    for (const auto& end : ends_) {
      when =
          std::min({when, end.endpoint.deadline().value_or(Instant::max()), next_read(end).value_or(Instant::max())});
    }
    if (when == Instant::max()) return false;
    now_ = std::max(now_, when);
    for (std::size_t i = 0; i < 2; ++i) {
      End& end = ends_[i];
      if (end.endpoint.deadline().value_or(Instant::max()) <= now_) end.endpoint.expires(now_, end.wire);
      work(i);
    }
    if (!deliveries_.empty() && deliveries_.top().when <= now_) deliver();
    return true;
  }

  void deliver() {
    const Delivery delivery = deliveries_.top();
    deliveries_.pop();
    End& end = ends_[delivery.to];
    // Who is through with a connection is no longer there to be asked about it.
    if (end.endpoint.state() == tcp::State::Closed) return;
    wire::Tcp segment;
    segment.seq = delivery.header.seq;
    segment.ack = delivery.header.ack;
    segment.flags = delivery.header.flags;
    segment.window = delivery.header.window;
    segment.options = delivery.options;
    segment.payload = delivery.payload;
    end.endpoint.arrives(segment, now_, end.wire);
    work(delivery.to);
  }

  void work(std::size_t index) {
    End& end = ends_[index];
    read(index, end);
    write(end);
    const bool may_close = experiment_.closing == Closing::AfterSending || index == 0 || end.endpoint.peer_finished();
    const bool open = end.endpoint.state() != tcp::State::Listen && end.endpoint.state() != tcp::State::SynSent;
    if (!end.closed && open && may_close && end.sent == end.app->octets) {
      end.closed = true;
      end.endpoint.close(now_, end.wire);
    }
  }

  void read(std::size_t index, End& end) {
    if (end.endpoint.readable() == 0 || now_ < end.next_read) return;
    std::array<std::uint8_t, 4096> octets{};
    const std::size_t wanted = std::min<std::size_t>(octets.size(), end.app->read_at_most);
    do {
      const std::size_t count = end.endpoint.receive({octets.data(), wanted}, now_, end.wire);
      for (std::size_t i = 0; i < count; ++i) {
        const auto position = end.result.received++;
        if (octets[i] != stream_octet(experiment_.seed, 1 - static_cast<int>(index), position))
          end.result.exact = false;
      }
    } while (end.app->between_reads == Duration::zero() && end.endpoint.readable() > 0);
    end.next_read = now_ + end.app->between_reads;
  }

  void write(End& end) {
    const wire::Bytes rest = wire::Bytes(end.stream).subspan(end.sent);
    if (!rest.empty()) end.sent += static_cast<std::uint32_t>(end.endpoint.send(rest, now_, end.wire));
  }

  void mix(std::uint64_t value) {
    result_.trace = (result_.trace ^ value) * 0x100000001B3U;
    result_.trace ^= result_.trace >> 29U;
  }

  void record(std::size_t from, const tcp::Segment& segment) {
    ++result_.segments;
    if (segment.window == 0 && (segment.flags & wire::tcp_flag::Rst) == 0) ++result_.zero_windows;
    if ((segment.flags & wire::tcp_flag::Rst) != 0) ++result_.resets;
    mix(from);
    mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    mix((std::uint64_t{segment.seq} << 32U) | segment.ack);
    mix((std::uint64_t{segment.flags} << 16U) | segment.window);
    for (const auto octet : segment.options) mix(octet);
    mix(segment.payload.size());
    for (const auto octet : segment.payload) mix(octet);
  }

  const Experiment& experiment_;
  Random random_;
  Instant now_{};
  std::uint64_t order_ = 0;
  std::priority_queue<Delivery, std::vector<Delivery>, std::greater<>> deliveries_;
  std::array<End, 2> ends_;
  Result result_;
};

void Wire::transmit(const tcp::Segment& segment) { simulation_.sent(from_, segment); }

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::uint8_t stream_octet(std::uint64_t seed, int end, std::uint32_t position) {
  const std::uint64_t mixed = (seed + static_cast<std::uint64_t>(end) * 77 + position) * 0x9E3779B97F4A7C15U;
  return static_cast<std::uint8_t>(mixed >> 56U);
}

Result simulate(const Experiment& experiment) { return Simulation(experiment).run(); }

}  // namespace twinwire::test
