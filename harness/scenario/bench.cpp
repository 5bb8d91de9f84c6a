// SPDX-License-Identifier: Apache-2.0
// A bench file from text to value. The tables below say which keys there are; a table of kinds says in which worlds a
// device can stand and which of its keys mean something there.
#include <algorithm>
#include <array>
#include <charconv>

#include "harness/scenario/bench_checks.hpp"
#include "harness/scenario/inherit.hpp"
#include "harness/scenario/load.hpp"
#include "harness/scenario/numbers.hpp"

namespace twinwire::scenario {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view world_words[] = {"simulation", "namespaces", "nics"};
constexpr std::string_view profile_words[] = {"transparent", "strict", "nat", "proxy"};
constexpr std::string_view kind_words[] = {"wire", "nftables", "process", "model", "external"};
constexpr std::string_view until_words[] = {"exits", "runs"};
constexpr std::string_view ttl_words[] = {"keep", "decrement", "any"};
constexpr std::string_view mss_words[] = {"keep", "lowered"};
constexpr std::string_view source_words[] = {"keep", "translated"};
constexpr std::string_view seq_words[] = {"keep", "shifted"};

constexpr KeySpec end_keys[] = {
    {"address", Type::StringOrStrings, "an address with its prefix length, one of each family at most"},
    {"interface", Type::String, "the network interface, in the world nics"},
    {"gateway", Type::StringOrStrings, "addresses of the next hop"}};
constexpr KeySpec scalar_keys[] = {{"value", Type::IntegerOrString, "a number or a text"}};
constexpr KeySpec text_keys[] = {{"text", Type::String, "the text of the file"}};
constexpr KeySpec process_keys[] = {
    {"command", Type::Strings, "a program and its arguments", 0, 0, {}, {}, Need::Required},
    {"until", Type::Word, "whether it ends by itself or stays", 0, 0, until_words},
    {"ready_path", Type::String, "a file or socket that tells that it is ready"},
    {"ready_text", Type::String, "a text that it prints when it is ready"},
    {"ready_port", Type::Integer, "a TCP port that it listens on when it is ready", 1, 65535},
    {"user", Type::String, "the user to run as, where that can be changed"},
    {"stop", Type::Strings, "a command that ends it"}};
constexpr KeySpec device_keys[] = {
    {"kind", Type::Word, "what stands between the wires", 0, 0, kind_words, {}, Need::Required},
    {"layer", Type::Integer, "2 for a bridge, 3 for a router", 2, 3},
    {"ruleset", Type::StringOrStrings, "files with nft rules, beside the bench file"},
    {"sysctl", Type::TableOf, "kernel settings of the device", 0, 0, {}, scalar_keys},
    {"needs", Type::Strings, "programs that must be installed"},
    {"package", Type::String, "the package that brings them"},
    {"files", Type::TableOf, "texts written into the device's folder", 0, 0, {}, text_keys},
    {"process", Type::Tables, "programs to start", 0, 0, {}, process_keys},
    {"forget", Type::Strings, "a command that clears one four-tuple"},
    {"model", Type::String, "the name of a model"},
    {"settings", Type::TableOf, "settings of the model", 0, 0, {}, scalar_keys}};
constexpr KeySpec path_keys[] = {{"proxy", Type::String, "the port where the device is asked with HTTP CONNECT"},
                                 {"relay", Type::String, "the port from which the device goes on to the server"},
                                 {"intercept", Type::Boolean, "whether the device may take connections for itself"}};
constexpr KeySpec allow_keys[] = {
    {"ttl", Type::Word, "what may become of the TTL", 0, 0, ttl_words},
    {"mss", Type::Word, "what may become of the MSS option", 0, 0, mss_words},
    {"source", Type::Word, "what may become of the client's address and port", 0, 0, source_words},
    {"seq", Type::Word, "what may become of sequence numbers", 0, 0, seq_words},
    {"fields", Type::Strings, "further fields that may change"}};
constexpr KeySpec apply_keys[] = {
    {"ask", Type::String, "what a person at the terminal is asked to do"},
    {"nothing", Type::Boolean, "true: there is nothing here that would have to be changed"},
    {"commit", Type::Boolean, "true: all rules go, and the device's own rulesets are loaded anew"},
    {"ruleset", Type::String, "a file with nft rules, beside the bench file"},
    {"rules", Type::String, "nft rules"},
    {"sysctl", Type::TableOf, "kernel settings of the device", 0, 0, {}, scalar_keys},
    {"commands", Type::Anything, "an array of commands, each an array of strings"},
    {"model", Type::TableOf, "settings of the model", 0, 0, {}, scalar_keys}};
constexpr KeySpec apply_entry[] = {{"change", Type::Table, "a named change", 0, 0, {}, apply_keys}};
constexpr KeySpec bench_keys[] = {
    {"format", Type::Anything, "1"},
    {"extends", Type::String, "a parent file"},
    {"world", Type::Word, "where the two wires are", 0, 0, world_words, {}, Need::Required},
    {"profile", Type::Word, "what kind of device it is", 0, 0, profile_words},
    {"ordered", Type::Boolean, "the device keeps the order between flows"},
    {"patience", Type::String, "how long an arrival may take, such as \"200ms\""},
    {"applied", Type::Strings, "changes made when the bench comes up"},
    {"client", Type::Table, "the client's end", 0, 0, {}, end_keys, Need::Required},
    {"server", Type::Table, "the server's end", 0, 0, {}, end_keys, Need::Required},
    {"device", Type::Table, "what stands between", 0, 0, {}, device_keys, Need::Required},
    {"path", Type::Table, "how the client reaches the server", 0, 0, {}, path_keys},
    {"behind", Type::TableOf, "a model between the device and the server, with its settings", 0, 0, {}, scalar_keys},
    {"allow", Type::Table, "what the device may rightly change", 0, 0, {}, allow_keys},
    {"apply", Type::TableOf, "named changes", 0, 0, {}, apply_entry}};
constexpr std::string_view place = "a bench";

/// Which of the words stands at `key`; the first if the key is not there.
template <typename Enum>
Enum word_at(const Node& table, std::string_view key, std::span<const std::string_view> words) {
  const std::string text = string_of(table, key);
  const auto found = std::find(words.begin(), words.end(), text);
  return found == words.end() ? Enum{} : static_cast<Enum>(found - words.begin());
}

/// A file named in the bench stands beside the file that names it, which may be a parent.
std::string read_beside(const Node& name) {
  const fs::path file = fs::path(name.where.file->name()).parent_path() / name.text;
  if (!fs::is_regular_file(file)) {
    fail(phrase_of(name).where, "there is no file '" + file.lexically_normal().string() + "'" +
                                    "; expected a path that counts from this file's folder");
  }
  return read_source(file)->text();
}

std::vector<const Node*> one_or_many(const Node* node) {
  if (node == nullptr) return {};
  if (node->is(Node::Kind::String)) return {node};
  std::vector<const Node*> nodes;
  for (const Node& item : node->items) nodes.push_back(&item);
  return nodes;
}

std::map<std::string, std::string> texts_of_members(const Node& table) {
  std::map<std::string, std::string> texts;
  for (const Member& member : table.members) texts[member.key] = scalar_text(member.value);
  return texts;
}

std::map<std::string, std::string> texts_of(const Node& table, std::string_view key) {
  const Node* node = table.find(key);
  return node == nullptr ? std::map<std::string, std::string>{} : texts_of_members(*node);
}

EndSpec read_end(const Node& table) {
  EndSpec end;
  for (const Node* node : one_or_many(table.find("address"))) {
    const auto prefix = wire::parse_prefix(node->text);
    if (!prefix)
      fail(phrase_of(*node).where,
           in_quotes(node->text) + " is no address with a prefix length; expected such as \"198.18.1.2/24\"");
    const bool second = std::any_of(end.address.begin(), end.address.end(), [&](const wire::Prefix& other) {
      return other.address.family == prefix->address.family;
    });
    if (second)
      fail(phrase_of(*node).where,
           in_quotes(node->text) + " is a second address of its family; expected one of each at most");
    end.address.push_back(*prefix);
  }
  for (const Node* node : one_or_many(table.find("gateway"))) {
    const auto address = wire::parse_address(node->text);
    if (!address)
      fail(phrase_of(*node).where, in_quotes(node->text) + " is no address; expected such as \"198.18.1.1\"");
    end.gateway.push_back(*address);
  }
  end.interface = string_of(table, "interface");
  return end;
}

ProcessSpec read_process(const Node& table) {
  ProcessSpec process;
  process.command = strings_of(table, "command");
  if (process.command.empty())
    fail(table.find("command")->where, "an empty command starts nothing; expected a program and its arguments");
  process.stays = string_of(table, "until") == "runs";
  process.ready_path = string_of(table, "ready_path");
  process.ready_text = string_of(table, "ready_text");
  if (const Node* port = table.find("ready_port")) process.ready_port = static_cast<std::uint16_t>(port->integer);
  process.user = string_of(table, "user");
  process.stop = strings_of(table, "stop");
  if (const Node* stop = table.find("stop"); stop != nullptr && process.stop.empty())
    fail(stop->where, "an empty command stops nothing; expected a program and its arguments");
  for (const std::string_view key : {"ready_path", "ready_text", "ready_port", "stop"}) {
    const Node* node = table.find(key);
    if (node != nullptr && !process.stays)
      fail(node->where, "'" + std::string(key) + "' is for a program that stays; expected until = \"runs\" beside it");
  }
  return process;
}

DeviceSpec read_device(const Node& table) {
  DeviceSpec device;
  device.kind = string_of(table, "kind");
  if (const Node* layer = table.find("layer")) device.layer = static_cast<int>(layer->integer);
  for (const Node* name : one_or_many(table.find("ruleset"))) device.rulesets.push_back(read_beside(*name));
  device.sysctl = texts_of(table, "sysctl");
  device.needs = strings_of(table, "needs");
  device.package = string_of(table, "package");
  device.files = texts_of(table, "files");
  if (const Node* processes = table.find("process")) {
    for (const Node& process : processes->items) device.processes.push_back(read_process(process));
  }
  device.forget = strings_of(table, "forget");
  device.model = string_of(table, "model");
  device.settings = texts_of(table, "settings");
  return device;
}

std::uint16_t read_port_of_device(const Node& node) {
  constexpr std::string_view device = "device:";
  const std::string_view text = node.text;
  std::uint16_t port = 0;
  if (text.starts_with(device)) {
    const auto [stop, error] = std::from_chars(text.data() + device.size(), text.data() + text.size(), port);
    if (error != std::errc{} || stop != text.data() + text.size()) port = 0;
  }
  if (port == 0) {
    fail(phrase_of(node).where, in_quotes(node.text) + " is no port of the device; expected such as \"device:3128\"");
  }
  return port;
}

PathSpec read_path(const Node& table) {
  const Node* proxy = table.find("proxy");
  const Node* relay = table.find("relay");
  const Node* intercept = table.find("intercept");
  if (proxy != nullptr && relay != nullptr)
    fail(relay->where, "'proxy' and 'relay' both say how the client reaches the server; expected one of them");
  if (intercept != nullptr && (proxy != nullptr || relay != nullptr))
    fail(intercept->where,
         "'intercept' leaves the server's address to the client, but 'proxy' and 'relay' give it the "
         "device's; expected one of them");
  if (proxy != nullptr) return {PathSpec::Kind::Proxy, read_port_of_device(*proxy)};
  if (relay != nullptr) return {PathSpec::Kind::Relay, read_port_of_device(*relay)};
  if (intercept != nullptr && !boolean_of(table, "intercept"))
    fail(intercept->where, "'intercept = false' is what every bench has without [path]; expected true, or no [path]");
  if (intercept != nullptr) return {PathSpec::Kind::Intercept, 0};
  fail(table.where,
       "an empty [path] leads nowhere; expected proxy = \"device:3128\", relay = \"device:443\" or intercept = true");
}

BehindSpec read_behind(const Node& table) {
  const Node* model = table.find("model");
  if (model == nullptr) fail(table.where, "missing 'model' in [behind]; expected such as model = \"accumulating\"");
  if (!model->is(Node::Kind::String))
    fail(model->where, "'model' is " + in_quotes(scalar_text(*model)) + "; expected the name of a model");
  BehindSpec behind{model->text, texts_of_members(table)};
  behind.settings.erase("model");
  return behind;
}

Allow read_allow(const Node& table) {
  static const Words known{"tos", "ipid", "df", "options", "win", "urg", "reserved", "segmentation"};
  Allow allow;
  allow.ttl = word_at<Allow::Ttl>(table, "ttl", ttl_words);
  allow.lower_mss = string_of(table, "mss") == "lowered";
  allow.translate_source = string_of(table, "source") == "translated";
  allow.shift_seq = string_of(table, "seq") == "shifted";
  for (const Node* field : one_or_many(table.find("fields"))) {
    if (std::find(known.begin(), known.end(), field->text) == known.end()) {
      fail(phrase_of(*field).where, "unknown field " + in_quotes(field->text) + "; expected one of " + spaced(known) +
                                        did_you_mean(field->text, known));
    }
    allow.fields.push_back(field->text);
  }
  return allow;
}

std::vector<std::vector<std::string>> read_commands(const Node& node) {
  std::vector<std::vector<std::string>> commands;
  const auto is_command = [](const Node& command) {
    return command.is(Node::Kind::Array) && !command.items.empty() &&
           std::all_of(command.items.begin(), command.items.end(),
                       [](const Node& word) { return word.is(Node::Kind::String); });
  };
  if (!node.is(Node::Kind::Array))
    fail(node.where, "'commands' is " + std::string(name(node.kind)) + "; expected such as [[\"conntrack\", \"-F\"]]");
  for (const Node& command : node.items) {
    if (!is_command(command))
      fail(command.where,
           "a command is an array of strings, the program first; expected such as [[\"conntrack\", \"-F\"]]");
    auto& words = commands.emplace_back();
    for (const Node& word : command.items) words.push_back(word.text);
  }
  return commands;
}

std::string read_question(const Node& node) {
  const bool blank = node.text.find_first_not_of(" \t\n") == std::string::npos;
  if (blank || node.text.find('\n') != std::string::npos)
    fail(phrase_of(node).where,
         "a question is one line of text; expected such as \"Commit the policy with inspection on\"");
  return node.text;
}

/// `nothing = true` is said of a device that the change does not concern, so that scenarios may make it there too.
void check_nothing(const Node& table) {
  const Node* nothing = table.find("nothing");
  if (nothing == nullptr) return;
  if (nothing->integer == 0)
    fail(nothing->where, "'nothing' is said where it is true; expected nothing = true, or no 'nothing'");
  if (table.members.size() > 1)
    fail(nothing->where, "'nothing' contradicts what stands beside it; expected one of them");
}

/// All that the device came up with, as one transaction that takes the place of everything there is.
std::string read_commit(const Node& node, const DeviceSpec& device) {
  if (node.integer == 0) fail(node.where, "'commit' is said where it is true; expected commit = true, or no 'commit'");
  if (device.rulesets.empty())
    fail(node.where,
         "the device has no ruleset that could be loaded anew; expected 'ruleset' in [device], or no 'commit'");
  std::string text = "flush ruleset\n";
  for (const std::string& ruleset : device.rulesets) text += ruleset + "\n";
  return text;
}

ApplySpec read_apply(const Member& entry, const DeviceSpec& device) {
  const Node& table = entry.value;
  ApplySpec apply;
  const Node* file = table.find("ruleset");
  const Node* rules = table.find("rules");
  if (file != nullptr && rules != nullptr)
    fail(rules->where, "'ruleset' and 'rules' both say what is loaded; expected one of them");
  if (const Node* commit = table.find("commit")) apply.ruleset = read_commit(*commit, device);
  if (file != nullptr) apply.ruleset += read_beside(*file);
  if (rules != nullptr) apply.ruleset += rules->text;
  if (const Node* ask = table.find("ask")) apply.ask = read_question(*ask);
  apply.sysctl = texts_of(table, "sysctl");
  apply.model = texts_of(table, "model");
  if (const Node* commands = table.find("commands")) apply.commands = read_commands(*commands);
  if (table.members.empty())
    fail(entry.key_where, "the change " + in_quotes(entry.key) +
                              " changes nothing; expected ask, commit, ruleset, rules, sysctl, commands or model, or "
                              "nothing = true");
  check_nothing(table);
  return apply;
}

void read_changes(const Node& document, BenchSpec& bench) {
  Words known;
  if (const Node* apply = document.find("apply")) {
    for (const Member& entry : apply->members) {
      bench.apply[entry.key] = read_apply(entry, bench.device);
      known.push_back(entry.key);
    }
  }
  for (const Node* name : one_or_many(document.find("applied"))) {
    if (!bench.apply.contains(name->text)) {
      const std::string expected =
          known.empty() ? "; there is no [apply.NAME] here" : "; expected one of " + spaced(known);
      fail(phrase_of(*name).where,
           "unknown change " + in_quotes(name->text) + expected + did_you_mean(name->text, known));
    }
    bench.applied.push_back(name->text);
  }
}

}  // namespace

BenchSpec load_bench(const fs::path& file, const fs::path& builtin) {
  const Node document = read_with_parents(file, bench_keys, std::string(place), builtin);
  check_required(document, bench_keys, std::string(place));
  check_kind(document);
  BenchSpec bench;
  bench.name = file.stem().string();
  bench.file = file.string();
  bench.world = word_at<World>(document, "world", world_words);
  bench.profile = word_at<Profile>(document, "profile", profile_words);
  bench.ordered = boolean_of(document, "ordered");
  if (const Node* patience = document.find("patience")) bench.patience = read_plain_duration(phrase_of(*patience));
  bench.client = read_end(*document.find("client"));
  bench.server = read_end(*document.find("server"));
  bench.device = read_device(*document.find("device"));
  if (const Node* path = document.find("path")) bench.path = read_path(*path);
  if (const Node* behind = document.find("behind")) bench.behind = read_behind(*behind);
  if (const Node* allow = document.find("allow")) bench.allow = read_allow(*allow);
  read_changes(document, bench);
  check_bench(document, bench);
  return bench;
}

}  // namespace twinwire::scenario
