// SPDX-License-Identifier: Apache-2.0
// Judging asks one thing of the device itself: whether there is one at all, since a plain wire lets everything cross.
// That is written as a fact of its own, so the device's name can be taken out of the file without changing a verdict.
#include "harness/report/stored_bench.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "harness/report/json_reader.hpp"

namespace twinwire::report {
namespace {

using scenario::Allow;
using scenario::PathSpec;
using scenario::Profile;

constexpr int bench_format = 1;
constexpr std::string_view wire_kind = "wire";
constexpr std::array ttl_words{std::pair{Allow::Ttl::Keep, "keep"}, std::pair{Allow::Ttl::Decrement, "decrement"},
                               std::pair{Allow::Ttl::Any, "any"}};
constexpr std::array profiles{Profile::Transparent, Profile::Strict, Profile::Nat, Profile::Proxy};

const char* ttl_word(Allow::Ttl ttl) {
  for (const auto& [value, word] : ttl_words) {
    if (value == ttl) return word;
  }
  return "keep";
}

Json allow_json(const Allow& allow) {
  Json json;
  json["ttl"] = ttl_word(allow.ttl);
  json["lower_mss"] = allow.lower_mss;
  json["translate_source"] = allow.translate_source;
  json["shift_seq"] = allow.shift_seq;
  json["fields"] = allow.fields;
  return json;
}

constexpr std::array path_words{std::pair{PathSpec::Kind::Direct, "direct"}, std::pair{PathSpec::Kind::Proxy, "proxy"},
                                std::pair{PathSpec::Kind::Relay, "relay"},
                                std::pair{PathSpec::Kind::Intercept, "intercept"}};

void write_path(Json& json, const PathSpec& path) {
  for (const auto& [kind, word] : path_words) {
    if (path.kind == kind) json["path"] = word;
  }
  if (path.kind != PathSpec::Kind::Direct) json["path_port"] = path.port;
}

/// A run that was stored before there were paths knew only the direct one.
PathSpec read_path(const JsonReader& json) {
  constexpr std::int64_t last_port = 65535;
  const std::string written = json.text_or("path", "direct");
  const std::int64_t port = json.integer_or("path_port", 0);
  if (port < 0 || port > last_port) json.wrong("\"path_port\" must be a port");
  for (const auto& [kind, word] : path_words) {
    if (written == word) return {kind, static_cast<std::uint16_t>(port)};
  }
  json.wrong("\"path\" must be direct, proxy, relay or intercept");
}

void write_behind(Json& json, const scenario::BehindSpec& behind) {
  json["behind"] = behind.model;
  json["behind_settings"] = behind.settings;
}

std::optional<scenario::BehindSpec> read_behind(const JsonReader& json) {
  std::string model = json.text_or("behind", "");
  if (model.empty()) return std::nullopt;
  return scenario::BehindSpec{std::move(model), json.text_map("behind_settings")};
}

Allow read_allow(const JsonReader& json) {
  Allow allow;
  const std::string ttl = json.text("ttl");
  bool known = false;
  for (const auto& [value, word] : ttl_words) {
    if (ttl != word) continue;
    allow.ttl = value;
    known = true;
  }
  if (!known) json.wrong("\"ttl\" must be keep, decrement or any");
  allow.lower_mss = json.truth("lower_mss");
  allow.translate_source = json.truth("translate_source");
  allow.shift_seq = json.truth("shift_seq");
  allow.fields = json.texts("fields");
  return allow;
}

}  // namespace

std::string device_name(const scenario::BenchSpec& bench) {
  const bool telling = bench.device.kind != "process" && bench.device.kind != "model" && !bench.device.kind.empty();
  return telling ? bench.device.kind : bench.name;
}

std::string bench_json(const scenario::BenchSpec& bench) {
  Json json;
  json["format"] = bench_format;
  json["name"] = bench.name;
  json["device"] = device_name(bench);
  json["nothing_between"] = bench.device.kind == wire_kind;
  json["world"] = scenario::name(bench.world);
  json["profile"] = scenario::name(bench.profile);
  json["ordered"] = bench.ordered;
  json["patience_ns"] = bench.patience.count();
  write_path(json, bench.path);
  if (bench.behind) write_behind(json, *bench.behind);
  json["allow"] = allow_json(bench.allow);
  return json.dump(2) + "\n";
}

StoredBench read_bench_json(const std::string& text, const std::string& file) {
  const JsonReader json(text, file);
  if (json.integer("format") != bench_format) json.wrong("\"format\" must be 1");
  StoredBench stored;
  stored.spec.name = json.text_or("name", "");
  stored.device = json.text_or("device", "");
  if (json.truth("nothing_between")) stored.spec.device.kind = wire_kind;
  stored.spec.ordered = json.truth("ordered");
  stored.spec.patience = time::Duration(json.integer("patience_ns"));
  const std::string profile = json.text("profile");
  bool known = false;
  for (const Profile candidate : profiles) {
    if (profile != scenario::name(candidate)) continue;
    stored.spec.profile = candidate;
    known = true;
  }
  if (!known) json.wrong("\"profile\" must be transparent, strict, nat or proxy");
  stored.spec.path = read_path(json);
  stored.spec.behind = read_behind(json);
  stored.spec.allow = read_allow(json.object("allow"));
  return stored;
}

}  // namespace twinwire::report
