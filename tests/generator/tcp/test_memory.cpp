// SPDX-License-Identifier: Apache-2.0
// What an endpoint costs: octets while it is idle, allocations while it works. An executable of its own, because it
// counts every operator new of the process.
#include <array>
#include <cstdlib>
#include <memory_resource>
#include <new>
#include <vector>

#include "generator/tcp/endpoint.hpp"
#include "tests/support/catch.hpp"

namespace {

std::size_t allocations = 0;
/// What they took, with glibc's header of eight octets, in its units of sixteen.
std::size_t heap_octets = 0;

void count(std::size_t size) {
  ++allocations;
  heap_octets += (size + 8 + 15) / 16 * 16;
}

}  // namespace

// All that the process uses, because the sanitizers bring their own for those that are not replaced.
void* operator new(std::size_t size) {
  count(size);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  count(size);
  const auto unit = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  count(size);
  return std::malloc(size);
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace twinwire;
using namespace std::chrono_literals;

/// Counts what is alive.
class Meter final : public std::pmr::memory_resource {
 public:
  std::size_t octets = 0;

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    octets += size;
    return std::pmr::new_delete_resource()->allocate(size, alignment);
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    octets -= size;
    std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

struct Slot {
  tcp::Segment header;
  std::array<std::uint8_t, 40> options{};
  std::array<std::uint8_t, 1500> payload{};
};

/// One direction: a ring of segments, made once.
class Ring final : public tcp::Output {
 public:
  explicit Ring(std::size_t slots) : slots_(slots) {}

  void transmit(const tcp::Segment& segment) override {
    Slot& slot = slots_.at(written_++ % slots_.size());
    slot.header = segment;
    std::copy(segment.options.begin(), segment.options.end(), slot.options.begin());
    std::copy(segment.payload.begin(), segment.payload.end(), slot.payload.begin());
  }

  bool deliver(tcp::Endpoint& to, time::Instant now, tcp::Output& answer) {
    if (read_ == written_) return false;
    const Slot& slot = slots_[read_++ % slots_.size()];
    wire::Tcp segment;
    segment.seq = slot.header.seq;
    segment.ack = slot.header.ack;
    segment.flags = slot.header.flags;
    segment.window = slot.header.window;
    segment.options = {slot.options.data(), slot.header.options.size()};
    segment.payload = {slot.payload.data(), slot.header.payload.size()};
    to.arrives(segment, now, answer);
    return true;
  }

  std::size_t segments() const { return written_; }

 private:
  std::vector<Slot> slots_;
  std::size_t written_ = 0, read_ = 0;
};

/// Two ends that are each other's peer.
struct Pair {
  Pair(const tcp::Policy& policy, std::pmr::memory_resource& memory)
      : client(policy, 1, memory), server(policy, 2, memory) {
    server.listen();
    client.connect(now, to_server);
    settle();
  }

  void settle() {
    for (bool any = true; any;) {
      now += 10us;
      any = to_server.deliver(server, now, to_client);
      any = to_client.deliver(client, now, to_server) || any;
      octets_read += read(server, to_client) + read(client, to_server);
    }
  }

  std::size_t read(tcp::Endpoint& end, tcp::Output& output) {
    std::size_t sum = 0;
    while (const std::size_t count = end.receive(into, now, output)) sum += count;
    return sum;
  }

  void exchange(std::size_t octets) {
    const std::array<std::uint8_t, 4096> text{};
    for (std::size_t sent = 0; sent < octets; sent += text.size()) {
      client.send(text, now, to_server);
      server.send(text, now, to_client);
      settle();
    }
  }

  time::Instant now{};
  Ring to_server{256}, to_client{256};
  std::array<std::uint8_t, 4096> into{};
  std::size_t octets_read = 0;
  tcp::Endpoint client, server;
};

}  // namespace

TEST_CASE("an idle established end takes at most 256 octets, its timers included", "[tcp][memory]") {
  for (const bool timestamps : {false, true}) {
    const tcp::Policy policy{.timestamps = timestamps, .keep_alive = 60s};
    Meter meter;
    Pair pair(policy, meter);
    pair.exchange(100'000);
    REQUIRE(pair.octets_read >= 200'000);
    REQUIRE(pair.client.state() == tcp::State::Established);
    REQUIRE(pair.server.state() == tcp::State::Established);
    const std::size_t each = meter.octets / 2 + sizeof(tcp::Endpoint);
    INFO(each << " octets, " << sizeof(tcp::Endpoint) << " of them the handle");
    CHECK(each <= 256);
  }
}

TEST_CASE("the heap's own overhead included, an idle end takes at most 256 octets", "[tcp][memory]") {
  const tcp::Policy policy;
  const std::size_t before = heap_octets;
  const tcp::Endpoint end(policy, 1);
  const std::size_t each = heap_octets - before + sizeof end;
  INFO(each << " octets");
  CHECK(each <= 256);
}

TEST_CASE("in steady state no segment costs an allocation", "[tcp][memory]") {
  const tcp::Policy policy{.timestamps = true};
  std::pmr::unsynchronized_pool_resource pool({0, 1U << 20U});
  Pair pair(policy, pool);
  pair.exchange(200'000);
  const std::size_t segments = pair.to_server.segments() + pair.to_client.segments();
  const std::size_t before = allocations;
  pair.exchange(10'000'000);
  const std::size_t made = allocations - before;
  const std::size_t carried = pair.to_server.segments() + pair.to_client.segments() - segments;
  INFO(made << " allocations for " << carried << " segments");
  CHECK(carried > 10'000);
  CHECK(made == 0);
}

TEST_CASE("connections that come and go reuse the pool", "[tcp][memory]") {
  const tcp::Policy policy;
  std::pmr::unsynchronized_pool_resource pool;
  Ring to_server(16), to_client(16);
  const auto connect_once = [&] {
    tcp::Endpoint client(policy, 1, pool), server(policy, 2, pool);
    server.listen();
    client.connect({}, to_server);
    for (bool any = true; any;) {
      any = to_server.deliver(server, {}, to_client);
      any = to_client.deliver(client, {}, to_server) || any;
    }
    return client.state() == tcp::State::Established && server.state() == tcp::State::Established;
  };
  REQUIRE(connect_once());
  const std::size_t before = allocations;
  bool all = true;
  for (int i = 0; i < 1000; ++i) all = connect_once() && all;
  const std::size_t made = allocations - before;
  CHECK(all);
  CHECK(made == 0);
}
