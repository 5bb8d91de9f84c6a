// SPDX-License-Identifier: Apache-2.0
// `bind`: a bench that stands. Whoever holds one has two wires, a timeline, and a device between them, and cannot tell
// in which of the three worlds it is.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "generator/link/link.hpp"
#include "generator/time/timeline.hpp"
#include "generator/tls/peer.hpp"
#include "harness/bench/bench_error.hpp"
#include "harness/bench/operator.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::device {
class Middlebox;
}

namespace twinwire::bench {

/// A real program running at an end; ended when this goes.
class Running {
 public:
  virtual ~Running() = default;
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  /// The exit status once it has ended; minus the signal that ended it.
  virtual std::optional<int> status() = 0;
  /// What it has printed so far on both streams, the last 64 KiB of it.
  virtual std::string output() = 0;

 protected:
  Running() = default;
};

/// By which a server on a bench is known unless a scenario says otherwise.
inline constexpr const char* server_name = "server.example";

class Bench {
 public:
  virtual ~Bench() = default;
  virtual time::Timeline& timeline() = 0;
  virtual link::Link& wire(scenario::Party end) = 0;
  /// Makes a named change of the bench, after the operator has been asked where it says so; throws BenchError if the
  /// device refuses it, or if nobody can be asked, and Interrupted.
  void apply(const std::string& change);
  /// Who is asked from now on; the terminal, if nobody was named.
  void set_operator(std::shared_ptr<Operator> asked) { operator_ = std::move(asked); }
  /// `device forgets`: clears the device's state of one four-tuple.
  virtual void forget(const wire::FourTuple& tuple) = 0;
  /// What the device's own log says of one connection since it was asked last; empty where it cannot be read.
  virtual std::vector<std::string> take_log(const wire::FourTuple&) { return {}; }
  /// The device's own counters; empty where they cannot be read.
  virtual std::map<std::string, std::uint64_t> counters() { return {}; }
  /// What a server on this bench shows: made with the bench, and known to a device that inspects.
  const tls::Credentials& credentials() const { return credentials_; }
  /// Tells the device a secret of a connection, as a key agent on the server would; a line of a key log.
  virtual void tell_secret(const std::string&) {}
  /// Throws BenchError if a part of the device has ended.
  virtual void check_health() = 0;

  // An end can also be a real program on the stack of the kernel there, which for that has an address of its own on the
  // same wire. World::Namespaces only.

  /// Where a program at that end is, whether one runs or not; nothing where none can.
  virtual std::optional<wire::Address> program_address(scenario::Party, wire::Family) const { return std::nullopt; }
  /// Whom frames for that program are sent to by an end of the same network; nothing where no program can be.
  virtual std::optional<wire::Mac> program_mac(scenario::Party) const { return std::nullopt; }
  /// Starts a program. `words` has for "port" what is put in the place of "{port}" in its command and files, and so on;
  /// "{dir}" is its private directory. Returns when a server's program listens on that port; throws BenchError, which
  /// holds what the program printed, if it has ended or five seconds are over before that.
  virtual std::unique_ptr<Running> start(scenario::Party end, const scenario::Program& program,
                                         const std::map<std::string, std::string>& words);
  /// Who hears, from now on, of the frames that the kernel at that end puts on its wire; nobody if the sink is empty.
  /// What comes in at that end is heard at wire(end), whomever it is for.
  virtual void on_program_frame(scenario::Party end, link::Sink sink);
  /// Hands over what the kernels have put on their wires by now, to whoever hears of it.
  virtual void poll_program_frames() {}

  const scenario::BenchSpec& spec() const { return spec_; }

 protected:
  explicit Bench(scenario::BenchSpec spec)
      : spec_(std::move(spec)), credentials_(tls::make_credentials({server_name})) {}
  /// What the bench itself does of a change, of which there is something.
  virtual void make(const std::string& name, const scenario::ApplySpec& change) = 0;

 private:
  std::shared_ptr<Operator> operator_;
  scenario::BenchSpec spec_;
  tls::Credentials credentials_;
};

/// Brings the bench of `spec` up; throws BenchError.
std::unique_ptr<Bench> bind(const scenario::BenchSpec& spec);
/// The same with a device that the caller brings; `spec` comes from with_callers_device().
std::unique_ptr<Bench> bind(const scenario::BenchSpec& spec, std::unique_ptr<device::Middlebox> device);

/// Whether the bench can clear the device's state of one connection.
bool can_forget(const scenario::BenchSpec& spec);

/// Why this machine or bench cannot run the scenario, as a sentence; nothing if it can.
std::optional<std::string> unsuitable(const scenario::BenchSpec& spec, const scenario::Scenario& scenario);

}  // namespace twinwire::bench
