// SPDX-License-Identifier: Apache-2.0
// Each plug knows the sink of the other through shared state, so that a frame under way when a plug goes is simply
// lost.
#include "generator/link/cable.hpp"

#include <array>
#include <vector>

namespace twinwire::link {
namespace {

struct Sinks {
  std::array<Sink, 2> of_plug;
};

class Plug final : public Link {
 public:
  Plug(time::Timeline& timeline, time::Duration delay, std::size_t mtu, std::shared_ptr<Sinks> sinks, std::size_t own)
      : timeline_(timeline), delay_(delay), mtu_(mtu), sinks_(std::move(sinks)), own_(own) {}
  Plug(const Plug&) = delete;
  Plug& operator=(const Plug&) = delete;
  ~Plug() override { sinks_->of_plug[own_] = nullptr; }

  Sent send(std::span<const std::uint8_t> frame) override {
    const time::Instant arrival = timeline_.now() + delay_;
    timeline_.at(arrival, [sinks = sinks_, other = 1 - own_, arrival, copy = std::vector(frame.begin(), frame.end())] {
      if (sinks->of_plug[other]) sinks->of_plug[other](arrival, copy);
    });
    return Sent::Yes;
  }
  void on_frame(Sink sink) override { sinks_->of_plug[own_] = std::move(sink); }
  void poll() override {}  // nothing arrives before its time
  std::size_t mtu() const override { return mtu_; }

 private:
  time::Timeline& timeline_;
  time::Duration delay_;
  std::size_t mtu_;
  std::shared_ptr<Sinks> sinks_;
  std::size_t own_;
};

}  // namespace

std::pair<std::unique_ptr<Link>, std::unique_ptr<Link>> make_cable(time::Timeline& timeline, time::Duration delay,
                                                                   std::size_t mtu) {
  auto sinks = std::make_shared<Sinks>();
  return {std::make_unique<Plug>(timeline, delay, mtu, sinks, 0),
          std::make_unique<Plug>(timeline, delay, mtu, sinks, 1)};
}

}  // namespace twinwire::link
