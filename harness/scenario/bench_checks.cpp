// SPDX-License-Identifier: Apache-2.0
// One table says for each kind of device the worlds it can stand in, the keys it has a use for and the key it needs.
// Addresses are then held against the layer: a bridge has one network on both sides, a router two.
#include "harness/scenario/bench_checks.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "harness/scenario/mistake.hpp"

namespace twinwire::scenario {
namespace {

struct Kind {
  std::string_view name;
  std::vector<World> worlds;
  Words keys;               ///< besides kind, layer
  std::string_view needed;  ///< of these keys
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"wire", {World::Simulation, World::Namespaces, World::Nics}, {}, ""},
      {"nftables", {World::Namespaces}, {"ruleset", "sysctl", "needs", "package", "files", "process", "forget"}, ""},
      {"process",
       {World::Namespaces},
       {"ruleset", "sysctl", "needs", "package", "files", "process", "forget"},
       "process"},
      {"model", {World::Simulation, World::Namespaces}, {"model", "settings"}, "model"},
      {"external", {World::Nics}, {"needs", "package", "forget"}, ""}};
  return all;
}

const Kind& kind_of(const std::string& name) {
  return *std::find_if(kinds().begin(), kinds().end(), [&](const Kind& kind) { return kind.name == name; });
}

Words world_names(const std::vector<World>& worlds) {
  Words names;
  for (const World world : worlds) names.push_back(name(world));
  return names;
}

void check_keys_of_kind(const Node& device, const Kind& kind, const std::string& what) {
  for (const Member& member : device.members) {
    if (member.key == "kind" || member.key == "layer") continue;
    if (std::find(kind.keys.begin(), kind.keys.end(), member.key) != kind.keys.end()) continue;
    const std::string expected = kind.keys.empty() ? "no settings" : alternatives(kind.keys);
    fail(member.key_where, what + " has no use for '" + member.key + "'; expected " + expected);
  }
  if (!kind.needed.empty() && device.find(kind.needed) == nullptr) {
    fail(device.where, what + " needs '" + std::string(kind.needed) + "'; expected it in [device]");
  }
}

void check_changes(const Node& document, const BenchSpec& bench) {
  const Node* apply = document.find("apply");
  if (apply == nullptr) return;
  const bool model = bench.device.kind == "model";
  const bool of_operator = bench.world == World::Nics;
  const std::string usable = model         ? "ask or model"
                             : of_operator ? "ask or commands"
                                           : "ask, commit, ruleset, rules, sysctl or commands";
  const auto has_use = [&](const std::string& key) {
    if (key == "ask" || key == "nothing") return true;
    if (key == "model") return model || bench.behind.has_value();
    return !model && (!of_operator || key == "commands");
  };
  for (const Member& change : apply->members) {
    for (const Member& member : change.value.members) {
      if (has_use(member.key)) continue;
      fail(member.key_where,
           "a device of kind '" + bench.device.kind + "' has no use for '" + member.key + "'; expected " + usable);
    }
  }
}

/// Who is to be connected to needs an address, which among our devices routers have. Who takes connections that are on
/// their way to somebody else needs none.
void check_path_address(const Node& path, const BenchSpec& bench) {
  const std::string& kind = bench.device.kind;
  if (kind == "wire" || kind == "model") {
    fail(path.where, "[path] needs a device that can be connected to, which one of kind '" + kind +
                         "' cannot; expected kind = \"process\", \"nftables\" or \"external\"");
  }
  if (bench.device.layer == 2) {
    fail(path.where,
         "[path] needs a device with an address, and layer = 2 is a bridge, which has none; expected layer = 3");
  }
}

void check_path(const Node& document, const BenchSpec& bench) {
  const Node* path = document.find("path");
  if (path == nullptr) return;
  if (bench.path.kind != PathSpec::Kind::Intercept) check_path_address(*path, bench);
  if (bench.path.kind == PathSpec::Kind::Intercept && bench.device.kind == "wire" && !bench.behind)
    fail(path->where, "a device of kind 'wire' intercepts nothing; expected another kind, or no [path]");
  if (bench.profile != Profile::Proxy) {
    fail(path->where,
         "[path] makes two connections of one, so no segment crosses the device; expected profile = \"proxy\"");
  }
}

void check_interface(const Node& end, const std::string& place, World world) {
  const Node* interface = end.find("interface");
  if (world == World::Nics && interface == nullptr)
    fail(end.where, "missing 'interface' in " + place + "; the world nics needs the name of a network interface");
  if (world != World::Nics && interface != nullptr)
    fail(interface->where,
         "the world '" + std::string(name(world)) + "' makes its own interfaces; expected no 'interface'");
}

const wire::Prefix* of_family(const EndSpec& end, wire::Family family) {
  const auto found = std::find_if(end.address.begin(), end.address.end(),
                                  [&](const wire::Prefix& p) { return p.address.family == family; });
  return found == end.address.end() ? nullptr : &*found;
}

/// One end's address and the place to point at.
struct Placed {
  const wire::Prefix& prefix;
  const Span& where;
};

void check_pair(const Placed& client, const Placed& server, const DeviceSpec& device) {
  const bool one_network =
      client.prefix.contains(server.prefix.address) && server.prefix.contains(client.prefix.address);
  const std::string both = "'" + to_string(client.prefix) + "' and '" + to_string(server.prefix) + "'";
  if (client.prefix.address == server.prefix.address) {
    fail(server.where, "client and server have the same address; expected two");
  }
  if (device.layer == 2 && !one_network) {
    fail(server.where, both + " are in two networks, but layer = 2 is a bridge; expected addresses of one network");
  }
  const bool router = device.layer == 3 && (device.kind == "nftables" || device.kind == "process");
  if (!router) return;
  if (one_network) {
    fail(server.where, both + " are in one network, but layer = 3 is a router; expected two networks, or layer = 2");
  }
  for (const Placed& end : {client, server}) {
    if (end.prefix.address != wire::first_host(end.prefix)) continue;
    fail(end.where, "'" + to_string(end.prefix) +
                        "' is the first address of its network, which the router takes; expected another");
  }
}

void check_addresses(const Node& document, const BenchSpec& bench) {
  const Node& client = *document.find("client");
  const Node& server = *document.find("server");
  if (bench.client.address.empty())
    fail(client.where, "missing 'address' in [client]; expected such as address = \"198.18.1.2/24\"");
  if (bench.server.address.empty())
    fail(server.where, "missing 'address' in [server]; expected such as address = \"198.18.2.2/24\"");
  const Span client_where = client.find("address")->where;
  const Span server_where = server.find("address")->where;
  for (const wire::Family family : {wire::Family::Ipv4, wire::Family::Ipv6}) {
    const wire::Prefix* of_client = of_family(bench.client, family);
    const wire::Prefix* of_server = of_family(bench.server, family);
    if ((of_client == nullptr) != (of_server == nullptr)) {
      fail(server_where, "only one end has an " + std::string(family == wire::Family::Ipv4 ? "IPv4" : "IPv6") +
                             " address; expected both or neither");
    }
    if (of_client != nullptr) check_pair({*of_client, client_where}, {*of_server, server_where}, bench.device);
  }
}

}  // namespace

void check_kind(const Node& document) {
  const Node& device = *document.find("device");
  const Node& world = *document.find("world");
  const Kind& kind = kind_of(device.find("kind")->text);
  const std::string what = "a device of kind '" + std::string(kind.name) + "'";
  const Words worlds = world_names(kind.worlds);
  if (std::find(worlds.begin(), worlds.end(), world.text) == worlds.end()) {
    fail(phrase_of(world).where,
         what + " cannot stand in the world '" + world.text + "'; expected " + alternatives(worlds));
  }
  check_keys_of_kind(device, kind, what);
}

void check_bench(const Node& document, const BenchSpec& bench) {
  check_changes(document, bench);
  check_interface(*document.find("client"), "[client]", bench.world);
  check_interface(*document.find("server"), "[server]", bench.world);
  check_addresses(document, bench);
  check_path(document, bench);
}

}  // namespace twinwire::scenario
