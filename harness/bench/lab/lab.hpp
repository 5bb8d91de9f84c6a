// SPDX-License-Identifier: Apache-2.0
// The namespace world: two wires and a device of this machine's own making. All of it belongs to the helper process
// `twinwire-lab`, which ends when the Lab does or when the caller dies, in whatever way, and takes everything with it.
// The caller's own namespaces are never touched, so it may have threads and be a Python interpreter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "generator/wire/address.hpp"
#include "harness/bench/lab/program.hpp"
#include "harness/scenario/bench_spec.hpp"

namespace twinwire::bench {

/// The lab could not be had or a change was refused: a full sentence that says what was wanted, what came, what to do.
class LabError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Lab {
 public:
  /// One end of a connection as the device sees it.
  struct Endpoint {
    wire::Address address;
    std::uint16_t port = 0;
  };

  /// Brings everything up and waits until it is ready; throws LabError. `helper` is where the helper program is if it
  /// is neither named by the environment variable TWINWIRE_LAB nor installed with the running program.
  explicit Lab(const scenario::BenchSpec& spec, const std::filesystem::path& helper = {});
  /// Ends the helper and everything it made, and waits for it.
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  /// The raw packet socket on the wire of the client or the server: non-blocking, deaf to what it sends itself, with
  /// receive timestamps (SO_TIMESTAMPNS). There is one of each; the caller that takes it must close it.
  int packet_socket(scenario::Party end);
  /// For a model run live: the same on the device's interface toward that end. Throws LabError for other kinds of
  /// device.
  int device_socket(scenario::Party toward);
  /// MAC address of the device's interface toward that end; without a device, of the other end's interface.
  wire::Mac device_mac(scenario::Party toward) const;

  /// Makes a change of the device; throws LabError if the device refuses it.
  void apply(const scenario::ApplySpec& change);
  /// Clears the device's state of one four-tuple, whichever end began the connection.
  void forget(const Endpoint& client, const Endpoint& server);
  /// Throws LabError if a process of the device has ended.
  void check_health();

  /// Where a program at that end is to be reached; nothing if there is no address of that family to be had.
  std::optional<wire::Address> program_address(scenario::Party end, wire::Family family) const;
  /// Starts a program at that end, in a private directory of its own. In its command and files "{word}" becomes the
  /// value that `words` has for it, and "{dir}" the directory. If it is the server's, it is waited for until it listens
  /// on the port that the word "port" names. Throws LabError, which holds what the program printed.
  std::unique_ptr<LabProgram> start(scenario::Party end, const scenario::Program& program,
                                    const std::map<std::string, std::string>& words);
  /// A packet socket as packet_socket() gives, but what it hears is what the kernel at that end puts on the wire and
  /// nothing else. The caller must close it.
  int kernel_socket(scenario::Party end);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Why this machine cannot have the bench, as one sentence; nothing if nothing speaks against it. Cheap: starts no
/// process.
std::optional<std::string> lacking(const scenario::BenchSpec& spec, const std::filesystem::path& helper = {});

}  // namespace twinwire::bench
