// SPDX-License-Identifier: Apache-2.0
// Two interfaces of this machine that the bench file names, with anything between them. Nothing of the machine is
// changed but the interfaces' offloads, which are put back. A model behind the device stands in the server's link. A
// change of the device is a matter of its operator, who is asked, or of a program of the user's that tells it.
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>

#include "generator/link/packet_socket.hpp"
#include "harness/bench/hook.hpp"
#include "harness/bench/model_links.hpp"
#include "harness/bench/offloads.hpp"
#include "harness/bench/worlds.hpp"

namespace twinwire::bench {
namespace {

using scenario::Party;

std::size_t mtu_of(const std::string& interface) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  const int result = ioctl(socket, SIOCGIFMTU, &request);
  close(socket);
  if (result != 0) throw BenchError("there is no interface '" + interface + "' on this machine");
  return static_cast<std::size_t>(request.ifr_mtu);
}

class Nics final : public Bench {
 public:
  explicit Nics(const scenario::BenchSpec& spec)
      : Bench(spec),
        behind_model_(make_model_behind(spec)),
        timeline_(time::make_real_timeline()),
        client_mtu_(mtu_of(spec.client.interface)),
        server_mtu_(mtu_of(spec.server.interface)),
        client_offloads_(spec.client.interface),
        server_offloads_(spec.server.interface),
        client_(link::make_packet_link(link::open_packet_socket(spec.client.interface), *timeline_, client_mtu_)),
        server_(link::make_packet_link(link::open_packet_socket(spec.server.interface), *timeline_, server_mtu_)) {
    if (!behind_model_) return;
    auto behind = std::make_unique<ModelBehind>(*timeline_, std::move(behind_model_), std::move(server_));
    behind_ = &behind->service();
    server_ = std::move(behind);
    models().trust(credentials());
  }

  time::Timeline& timeline() override { return *timeline_; }
  link::Link& wire(Party end) override { return end == Party::Client ? *client_ : *server_; }
  void check_health() override {}
  void forget(const wire::FourTuple&) override { throw BenchError("this bench cannot clear state in the device"); }
  std::vector<std::string> take_log(const wire::FourTuple& tuple) override { return models().take_log(tuple); }
  std::map<std::string, std::uint64_t> counters() override { return models().counters(); }
  void tell_secret(const std::string& line) override { models().learn_secret(line); }

 private:
  void make(const std::string& name, const scenario::ApplySpec& change) override {
    if (!change.model.empty()) models().configure(name, change.model);
    for (const auto& command : change.commands) run_hook(command);
    if (!change.ruleset.empty() || !change.sysctl.empty()) {
      throw BenchError("change '" + name +
                       "' cannot be made: a device between two interfaces is changed by its operator or by commands");
    }
  }

  Models models() const { return {nullptr, behind_}; }

  std::unique_ptr<device::Middlebox> behind_model_;  // until it is put in its place
  std::unique_ptr<time::Timeline> timeline_;
  std::size_t client_mtu_, server_mtu_;
  OffloadsOff client_offloads_, server_offloads_;
  std::unique_ptr<link::Link> client_, server_;
  ModelService* behind_ = nullptr;  // inside server_
};

}  // namespace

std::unique_ptr<Bench> bind_nics(const scenario::BenchSpec& spec) {
  try {
    return std::make_unique<Nics>(spec);
  } catch (const std::system_error& error) {
    throw BenchError(std::string(error.what()) + (error.code().value() == EPERM || error.code().value() == EACCES
                                                      ? "; run as root, or give the program CAP_NET_RAW"
                                                      : ""));
  }
}

}  // namespace twinwire::bench
