// SPDX-License-Identifier: Apache-2.0
// A tap is a packet link that is never sent on. It is served by the timeline; what has come before a sink is exchanged
// still goes to the old one.
#include "harness/bench/programs.hpp"

#include "generator/link/packet_socket.hpp"

namespace twinwire::bench {
namespace {

constexpr std::size_t veth_mtu = 1500;

class RunningInLab final : public Running {
 public:
  explicit RunningInLab(std::unique_ptr<LabProgram> program) : program_(std::move(program)) {}

  std::optional<int> status() override {
    try {
      return program_->status();
    } catch (const LabError& error) {
      throw BenchError(error.what());
    }
  }
  std::string output() override { return program_->output(); }

 private:
  std::unique_ptr<LabProgram> program_;
};

}  // namespace

std::unique_ptr<Running> start_program(Lab& lab, scenario::Party end, const scenario::Program& program,
                                       const std::map<std::string, std::string>& words) {
  try {
    return std::make_unique<RunningInLab>(lab.start(end, program, words));
  } catch (const LabError& error) {
    throw BenchError(error.what());
  }
}

void KernelTaps::on_frame(scenario::Party end, link::Sink sink) {
  auto& tap = taps_[end];
  try {
    if (!tap && sink) tap = link::make_packet_link(lab_.kernel_socket(end), timeline_, veth_mtu);
  } catch (const LabError& error) {
    throw BenchError(error.what());
  }
  if (!tap) return;
  tap->poll();
  tap->on_frame(std::move(sink));
}

void KernelTaps::poll() {
  for (const auto& [end, tap] : taps_) {
    if (tap) tap->poll();
  }
}

}  // namespace twinwire::bench
