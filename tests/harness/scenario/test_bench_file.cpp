// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::scenario;
using namespace twinwire::scenario::test;
using namespace std::chrono_literals;
using twinwire::wire::Family;

namespace {

using List = std::vector<std::string>;

BenchSpec bench(const std::string& name) { return load_bench(folder("good-bench") / (name + ".toml")); }

}  // namespace

TEST_CASE("a bench file of a firewall is read in full", "[scenario][bench]") {
  const BenchSpec spec = bench("firewall");
  CHECK(spec.name == "firewall");
  CHECK(spec.world == World::Namespaces);
  CHECK(spec.profile == Profile::Strict);
  CHECK(spec.ordered);
  CHECK(spec.patience == 200ms);
  REQUIRE(spec.client.address.size() == 2);
  CHECK(to_string(spec.client.address[0]) == "198.18.1.2/24");
  CHECK(spec.client.address[1].address.family == Family::Ipv6);
  CHECK(spec.device.kind == "nftables");
  CHECK(spec.device.layer == 3);
  CHECK(spec.device.rulesets == List{"# accepts everything\n", "# counts everything\n"});
  CHECK(spec.device.sysctl.at("net.netfilter.nf_conntrack_tcp_be_liberal") == "0");
  CHECK(spec.allow.ttl == Allow::Ttl::Decrement);
  CHECK(spec.allow.lower_mss);
  CHECK_FALSE(spec.allow.translate_source);
  CHECK(spec.allow.fields == List{"tos"});
  CHECK(spec.apply.at("count").ruleset == "# counts everything\n");
  CHECK(spec.apply.at("block").ruleset == "table inet block {}\n");
  CHECK(spec.apply.at("block").sysctl.at("net.ipv4.ip_forward") == "1");
  CHECK(spec.apply.at("flush").commands == std::vector<List>{{"conntrack", "-F"}, {"true"}});
  CHECK(spec.apply.at("again").ruleset ==
        "flush ruleset\n" + spec.device.rulesets.at(0) + "\n" + spec.device.rulesets.at(1) + "\ntable inet block {}");
  CHECK(spec.apply.at("flush").ask.empty());
  CHECK(spec.apply.at("commit").ask == "Press the button");
  CHECK(spec.apply.at("commit").changes_something());
  CHECK(spec.apply.contains("inspection"));
  CHECK_FALSE(spec.apply.at("inspection").changes_something());
  CHECK(spec.applied == List{"count"});
}

TEST_CASE("a child bench changes what it names and finds its parent's files", "[scenario][bench]") {
  const BenchSpec spec = bench("children/liberal-firewall");
  CHECK(spec.name == "liberal-firewall");
  CHECK(spec.profile == Profile::Strict);
  CHECK(spec.device.rulesets.size() == 2);
  CHECK(spec.device.sysctl.at("net.netfilter.nf_conntrack_tcp_be_liberal") == "1");
  CHECK(spec.apply.contains("block"));
}

TEST_CASE("a process is started with what it needs", "[scenario][bench]") {
  const BenchSpec spec = bench("process");
  REQUIRE(spec.device.processes.size() == 2);
  CHECK(spec.device.layer == 2);
  CHECK(spec.device.processes[0].command == List{"ovsdb-tool", "create", "{dir}/conf.db"});
  CHECK_FALSE(spec.device.processes[0].stays);
  CHECK(spec.device.processes[1].stays);
  CHECK(spec.device.processes[1].ready_path == "{dir}/db.sock");
  CHECK(spec.device.processes[1].ready_text == "started");
  CHECK(spec.device.needs == List{"ovsdb-tool", "ovsdb-server"});
  CHECK(spec.device.package == "openvswitch-switch");
  CHECK(spec.device.files.at("flows") == "priority=0,actions=normal\n");
  CHECK(spec.device.forget == List{"forget", "{src}", "{dst}"});
}

TEST_CASE("a proxy says where it listens, who it is and how it ends", "[scenario][bench]") {
  const BenchSpec spec = bench("proxy");
  REQUIRE(spec.device.processes.size() == 1);
  const ProcessSpec& squid = spec.device.processes.front();
  CHECK(squid.ready_port == 3128);
  CHECK(squid.user == "proxy");
  CHECK(squid.stop == List{"squid", "-k", "shutdown", "-f", "{dir}/squid.conf"});
  CHECK(spec.path.kind == PathSpec::Kind::Proxy);
  CHECK(spec.path.port == 3128);
}

TEST_CASE("a relay is a path of its own, and without [path] there is none", "[scenario][bench]") {
  const BenchSpec spec = bench("children/relay");
  CHECK(spec.path.kind == PathSpec::Kind::Relay);
  CHECK(spec.path.port == 443);
  CHECK(bench("process").path.kind == PathSpec::Kind::Direct);
}

TEST_CASE("a device that intercepts needs no address of its own, and no port is asked for", "[scenario][bench]") {
  const BenchSpec spec = bench("children/intercept");
  CHECK(spec.path.kind == PathSpec::Kind::Intercept);
  CHECK(spec.path.port == 0);
  CHECK(spec.device.layer == 2);
  CHECK(spec.path.connects_anew());
  CHECK_FALSE(spec.path.asks_device());
  CHECK(bench("children/relay").path.asks_device());
}

TEST_CASE("a model behind the device has the settings that stand beside its name", "[scenario][bench]") {
  const BenchSpec spec = bench("proxy");
  REQUIRE(spec.behind);
  CHECK(spec.behind->model == "accumulating");
  CHECK(spec.behind->settings == std::map<std::string, std::string>{{"packets", "12"}, {"time", "2s"}});
  CHECK(spec.apply.at("more").model.at("packets") == "16");
  CHECK_FALSE(bench("process").behind);
}

TEST_CASE("a model stands in the simulation with its settings", "[scenario][bench]") {
  const BenchSpec spec = bench("model");
  CHECK(spec.world == World::Simulation);
  CHECK(spec.profile == Profile::Nat);
  CHECK(spec.device.model == "stateful");
  CHECK(spec.device.settings.at("idle") == "60s");
  CHECK(spec.device.settings.at("limit") == "12");
  CHECK(spec.apply.at("forgetful").model.at("idle") == "1s");
  CHECK(spec.allow.translate_source);
  CHECK(spec.allow.shift_seq);
  CHECK(spec.patience == 0ms);
}

TEST_CASE("a bench of two NICs names interfaces and next hops", "[scenario][bench]") {
  const BenchSpec spec = bench("nics");
  CHECK(spec.world == World::Nics);
  CHECK(spec.client.interface == "enp3s0");
  CHECK(spec.server.interface == "enp4s0");
  REQUIRE(spec.client.gateway.size() == 2);
  CHECK(to_string(spec.client.gateway[1]) == "2001:2:0:1::1");
  CHECK(spec.server.gateway.size() == 1);
  CHECK(spec.allow.ttl == Allow::Ttl::Any);
}

TEST_CASE("worlds and profiles have the names that files use", "[scenario][bench]") {
  CHECK(name(World::Simulation) == "simulation");
  CHECK(name(World::Nics) == "nics");
  CHECK(name(Profile::Transparent) == "transparent");
  CHECK(name(Profile::Proxy) == "proxy");
}
