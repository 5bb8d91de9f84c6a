// SPDX-License-Identifier: Apache-2.0
// The network of the lab: namespaces, veth pairs between them, addresses of the device, and of the kernels at the ends
// where programs run.
#pragma once

#include <functional>
#include <set>

#include "generator/wire/address.hpp"
#include "harness/bench/lab/descriptor.hpp"
#include "harness/bench/lab/protocol.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::bench {

/// Three namespaces. In the ends' the wire is the interface `wire`; in the device's the interfaces are named after the
/// end that they lead to: `client` and `server`.
class Network {
 public:
  /// The namespace that the process is in becomes the device's, and the process is in it again afterwards. All
  /// interfaces are up and carry frames when this returns. Throws std::runtime_error.
  explicit Network(const UpRequest& up);

  /// The packet socket at one place; throws std::runtime_error.
  Descriptor packet_socket(SocketPlace place) const;
  wire::Mac mac_toward(scenario::Party end) const;

  /// A packet socket that hears what the kernel at that end puts on its wire; throws std::runtime_error.
  Descriptor kernel_socket(scenario::Party end) const;
  /// Gives the kernel at that end addresses of its own beside ours. Done once; more calls change nothing.
  void let_kernel_speak(scenario::Party end, const KernelEnd& kernel);
  /// Calls `what` in the namespace of that end; the process is in the device's again afterwards.
  void at_end(scenario::Party end, const std::function<void()>& what) const;
  /// The namespace of that end.
  const Descriptor& space_of(scenario::Party end) const;

 private:
  void make_wire() const;
  void make_device_links(const UpRequest& up) const;
  void wait_until_frames_pass(const UpRequest& up) const;

  Middle middle_;
  Descriptor device_, client_, server_;
  std::set<scenario::Party> speaking_;  ///< ends whose kernel has addresses
};

}  // namespace twinwire::bench
