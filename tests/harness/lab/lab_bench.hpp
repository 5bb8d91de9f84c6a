// SPDX-License-Identifier: Apache-2.0
// Benches for the tests of the lab, and a lab with a raw end on each wire.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "harness/bench/lab/lab.hpp"
#include "tests/harness/lab/raw_end.hpp"

namespace twinwire::test {

/// The helper program of this build.
std::string helper_program();
/// A built-in bench by its name.
scenario::BenchSpec builtin(const std::string& name);
/// Where the benches with a faulty ruleset are.
std::filesystem::path mutants_folder();
/// A bench of kind "process" with nothing in it yet.
scenario::BenchSpec process_bench();

/// Runs `body` in another process, which has no privilege. Returns the text of what `body` threw, or nothing.
std::string as_ordinary_user(const std::function<void()>& body);

/// What a constructor or call threw, or nothing.
std::string error_of(const std::function<void()>& call);

struct LabWithEnds {
  explicit LabWithEnds(const scenario::BenchSpec& spec);

  bench::Lab lab;
  RawEnd client, server;
  Endpoint at_client(wire::Family family, std::uint16_t port) const { return {client.address(family), port}; }
  Endpoint at_server(wire::Family family, std::uint16_t port) const { return {server.address(family), port}; }
};

/// SYN, SYN-ACK, ACK between two endpoints, initial numbers 1000 and 5000; throws if one of them does not cross.
void shake_hands(LabWithEnds& bench, const Endpoint& client, const Endpoint& server);
/// Whether a segment crosses. A SYN on another port, which every bench lets pass, follows it and proves the absence.
bool client_reaches_server(LabWithEnds& bench, const Endpoint& client, const Endpoint& server, const Segment& segment);

}  // namespace twinwire::test
