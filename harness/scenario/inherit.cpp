// SPDX-License-Identifier: Apache-2.0
// Follows `extends` upwards and merges downwards: the eldest first, each child over it. The files that are open are
// kept, so that a file which extends itself over any number of others is found.
#include "harness/scenario/inherit.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace twinwire::scenario {
namespace {

namespace fs = std::filesystem;

class Reader {
 public:
  Reader(Keys keys, const std::string& place, const fs::path& fallback)
      : keys_(keys), place_(place), fallback_(fallback) {}

  Node read(const fs::path& file) {
    open_.push_back(fs::weakly_canonical(file));
    Node document = read_document(read_source(file));
    check_document(document, keys_, place_);
    const auto extends = std::find_if(document.members.begin(), document.members.end(),
                                      [](const Member& member) { return member.key == "extends"; });
    if (extends == document.members.end()) return document;
    const Node parent_name = extends->value;
    document.members.erase(extends);
    Node merged = read(find_parent(file, parent_name));
    merge(merged, document);
    merged.where = document.where;
    return merged;
  }

 private:
  fs::path find_parent(const fs::path& child, const Node& name) const {
    const fs::path written = (child.parent_path() / name.text).lexically_normal();
    std::vector<fs::path> places{written, written.string() + ".toml"};
    if (!fallback_.empty()) places.insert(places.end(), {fallback_ / name.text, fallback_ / (name.text + ".toml")});
    const auto parent =
        std::find_if(places.begin(), places.end(), [](const fs::path& p) { return fs::is_regular_file(p); });
    const Span where = phrase_of(name).where;
    if (parent == places.end()) {
      fail(where, "there is no file '" + written.string() + "'" +
                      "; expected a path that counts from this file's folder" +
                      (fallback_.empty() ? "" : ", or the name of a built-in bench"));
    }
    if (std::find(open_.begin(), open_.end(), fs::weakly_canonical(*parent)) != open_.end()) {
      fail(where, in_quotes(name.text) + " leads back to a file that extends it; expected a parent that does not");
    }
    return *parent;
  }

  Keys keys_;
  const std::string& place_;
  const fs::path& fallback_;
  std::vector<fs::path> open_;
};

void check_format(const Node& document) {
  const Node* format = document.find("format");
  if (format == nullptr) fail(document.where, "missing 'format'; expected 'format = 1' at the top of the file");
  if (!format->is(Node::Kind::Integer) || format->integer != 1) {
    const std::string found =
        format->is(Node::Kind::Integer) ? std::to_string(format->integer) : std::string(name(format->kind));
    fail(format->where, "unknown format: " + found + "; expected 'format = 1'");
  }
}

}  // namespace

SourcePtr read_source(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (fs::is_directory(file) || !stream || !(text << stream.rdbuf() || stream.peek() == EOF)) {
    throw std::runtime_error("The file " + file.string() + " cannot be read.");
  }
  return std::make_shared<SourceFile>(file.string(), std::move(text).str());
}

void check_document(const Node& document, Keys keys, const std::string& place) {
  check_format(document);
  check_keys(document, keys, place);
}

Node read_with_parents(const fs::path& file, Keys keys, const std::string& place, const fs::path& fallback) {
  return Reader(keys, place, fallback).read(file);
}

}  // namespace twinwire::scenario
