// SPDX-License-Identifier: Apache-2.0
// Each struct is a JSON object whose keys are its members' names; a request has its name under "request". Text that is
// no UTF-8 (a program's output) is made so, because a message must never fail for what a device prints.
#include "harness/bench/lab/protocol.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

using nlohmann::json;

namespace twinwire::wire {

static void to_json(json& out, const Prefix& prefix) { out = to_string(prefix); }

static void from_json(const json& in, Prefix& prefix) {
  const auto parsed = parse_prefix(in.get<std::string>());
  if (!parsed) throw std::runtime_error("the lab was sent a prefix that is none: " + in.dump());
  prefix = *parsed;
}

static void to_json(json& out, const Address& address) { out = to_string(address); }

static void from_json(const json& in, Address& address) {
  const auto parsed = parse_address(in.get<std::string>());
  if (!parsed) throw std::runtime_error("the lab was sent an address that is none: " + in.dump());
  address = *parsed;
}

static void to_json(json& out, const Mac& mac) { out = mac.octets; }
static void from_json(const json& in, Mac& mac) { in.get_to(mac.octets); }

}  // namespace twinwire::wire

namespace twinwire::scenario {

static void to_json(json& out, const ProcessSpec& process) {
  out = {{"command", process.command},
         {"stays", process.stays},
         {"ready_path", process.ready_path},
         {"ready_text", process.ready_text},
         {"ready_port", process.ready_port},
         {"user", process.user},
         {"stop", process.stop}};
}

static void from_json(const json& in, ProcessSpec& process) {
  in.at("command").get_to(process.command);
  in.at("stays").get_to(process.stays);
  in.at("ready_path").get_to(process.ready_path);
  in.at("ready_text").get_to(process.ready_text);
  in.at("ready_port").get_to(process.ready_port);
  in.at("user").get_to(process.user);
  in.at("stop").get_to(process.stop);
}

// Only what the helper has a use for: what a model device changes, it changes in the caller.
static void to_json(json& out, const ApplySpec& change) {
  out = {{"ruleset", change.ruleset}, {"sysctl", change.sysctl}, {"commands", change.commands}};
}

static void from_json(const json& in, ApplySpec& change) {
  in.at("ruleset").get_to(change.ruleset);
  in.at("sysctl").get_to(change.sysctl);
  in.at("commands").get_to(change.commands);
}

static void to_json(json& out, const DeviceSpec& device) {
  out = {{"kind", device.kind},   {"rulesets", device.rulesets},   {"sysctl", device.sysctl},
         {"files", device.files}, {"processes", device.processes}, {"forget", device.forget}};
}

static void from_json(const json& in, DeviceSpec& device) {
  in.at("kind").get_to(device.kind);
  in.at("rulesets").get_to(device.rulesets);
  in.at("sysctl").get_to(device.sysctl);
  in.at("files").get_to(device.files);
  in.at("processes").get_to(device.processes);
  in.at("forget").get_to(device.forget);
}

}  // namespace twinwire::scenario

namespace twinwire::bench {

static void to_json(json& out, const Route& route) { out = {{"to", route.to}, {"via", route.via}}; }

static void from_json(const json& in, Route& route) {
  in.at("to").get_to(route.to);
  in.at("via").get_to(route.via);
}

static void to_json(json& out, const KernelEnd& kernel) {
  out = {{"addresses", kernel.addresses}, {"routes", kernel.routes}};
}

static void from_json(const json& in, KernelEnd& kernel) {
  in.at("addresses").get_to(kernel.addresses);
  in.at("routes").get_to(kernel.routes);
}

namespace {

std::string text_of(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace); }

json as_json(const UpRequest& up) {
  return {{"request", "up"},
          {"middle", up.middle},
          {"toward_client", up.toward_client},
          {"toward_server", up.toward_server},
          {"device", up.device},
          {"applied", up.applied}};
}

json as_json(const ApplyRequest& apply) { return {{"request", "apply"}, {"change", apply.change}}; }

json as_json(const ForgetRequest& forget) {
  return {{"request", "forget"},
          {"client", forget.client},
          {"server", forget.server},
          {"client_port", forget.client_port},
          {"server_port", forget.server_port}};
}

json as_json(const HealthRequest&) { return {{"request", "health"}}; }

json as_json(const ProgramRequest& program) {
  return {{"request", "program"},   {"end", program.end},     {"kernel", program.kernel}, {"command", program.command},
          {"files", program.files}, {"words", program.words}, {"port", program.port}};
}

json as_json(const ProgramStatusRequest& status) { return {{"request", "program-status"}, {"number", status.number}}; }

json as_json(const ProgramEndRequest& end) { return {{"request", "program-end"}, {"number", end.number}}; }

json as_json(const KernelSocketRequest& socket) { return {{"request", "kernel-socket"}, {"end", socket.end}}; }

json as_json(const StopRequest&) { return {{"request", "stop"}}; }

UpRequest up_of(const json& in) {
  UpRequest up;
  in.at("middle").get_to(up.middle);
  in.at("toward_client").get_to(up.toward_client);
  in.at("toward_server").get_to(up.toward_server);
  in.at("device").get_to(up.device);
  in.at("applied").get_to(up.applied);
  return up;
}

ProgramRequest program_of(const json& in) {
  ProgramRequest program;
  in.at("end").get_to(program.end);
  in.at("kernel").get_to(program.kernel);
  in.at("command").get_to(program.command);
  in.at("files").get_to(program.files);
  in.at("words").get_to(program.words);
  in.at("port").get_to(program.port);
  return program;
}

ForgetRequest forget_of(const json& in) {
  return {in.at("client").get<wire::Address>(), in.at("server").get<wire::Address>(),
          in.at("client_port").get<std::uint16_t>(), in.at("server_port").get<std::uint16_t>()};
}

std::uint32_t number_of(const json& in) { return in.at("number").get<std::uint32_t>(); }

}  // namespace

std::string encode(const Request& request) {
  return text_of(std::visit([](const auto& one) { return as_json(one); }, request));
}

std::string encode(const Answer& answer) {
  if (answer.error) return text_of({{"error", *answer.error}});
  json out = {{"ok", true},
              {"toward_client", answer.toward_client},
              {"toward_server", answer.toward_server},
              {"program", answer.program}};
  if (answer.program_status) out["program_status"] = *answer.program_status;
  return text_of(out);
}

Request decode_request(const std::string& text) {
  const json in = json::parse(text);
  const auto name = in.at("request").get<std::string>();
  if (name == "up") return up_of(in);
  if (name == "apply") return ApplyRequest{in.at("change").get<scenario::ApplySpec>()};
  if (name == "forget") return forget_of(in);
  if (name == "health") return HealthRequest{};
  if (name == "program") return program_of(in);
  if (name == "program-status") return ProgramStatusRequest{number_of(in)};
  if (name == "program-end") return ProgramEndRequest{number_of(in)};
  if (name == "kernel-socket") return KernelSocketRequest{in.at("end").get<scenario::Party>()};
  if (name == "stop") return StopRequest{};
  throw std::runtime_error("the lab was asked for \"" + name + "\", which it does not know");
}

Answer decode_answer(const std::string& text) {
  const json in = json::parse(text);
  Answer answer;
  if (in.contains("error")) {
    answer.error = in.at("error").get<std::string>();
  } else {
    in.at("toward_client").get_to(answer.toward_client);
    in.at("toward_server").get_to(answer.toward_server);
    in.at("program").get_to(answer.program);
    if (in.contains("program_status")) answer.program_status = in.at("program_status").get<int>();
  }
  return answer;
}

}  // namespace twinwire::bench
