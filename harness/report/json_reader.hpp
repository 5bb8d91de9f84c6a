// SPDX-License-Identifier: Apache-2.0
// Reads our own JSON files and says in one sentence what is wrong with one. Included by sources only, never by a header
// that others see.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/report/stored_bench.hpp"

namespace twinwire::report {

using Json = nlohmann::ordered_json;

class JsonReader {
 public:
  JsonReader(const std::string& text, std::string file)
      : json_(Json::parse(text, nullptr, false)), file_(std::move(file)) {
    if (!json_.is_object()) wrong("expected one JSON object");
  }

  [[noreturn]] void wrong(const std::string& what) const { throw StoredRunError(file_ + ": " + what); }

  std::string text(const char* key) const { return member(key, &Json::is_string, "a string").get<std::string>(); }
  std::string text_or(const char* key, const std::string& otherwise) const {
    return json_.contains(key) ? text(key) : otherwise;
  }
  bool truth(const char* key) const { return member(key, &Json::is_boolean, "true or false").get<bool>(); }
  std::int64_t integer(const char* key) const {
    return member(key, &Json::is_number_integer, "a whole number").get<std::int64_t>();
  }
  std::int64_t integer_or(const char* key, std::int64_t otherwise) const {
    return json_.contains(key) ? integer(key) : otherwise;
  }
  std::uint64_t unsigned_integer(const char* key) const {
    return member(key, &Json::is_number_unsigned, "a whole number, not negative").get<std::uint64_t>();
  }
  JsonReader object(const char* key) const { return {member(key, &Json::is_object, "an object"), file_}; }
  std::vector<JsonReader> objects(const char* key) const {
    std::vector<JsonReader> out;
    for (const Json& element : member(key, &Json::is_array, "an array")) out.push_back(JsonReader(element, file_));
    return out;
  }
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> out;
    for (const Json& element : member(key, &Json::is_array, "an array")) {
      if (!element.is_string()) wrong("\"" + std::string(key) + "\" must hold strings");
      out.push_back(element.get<std::string>());
    }
    return out;
  }
  std::map<std::string, std::string> text_map(const char* key) const {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : member(key, &Json::is_object, "an object").items()) {
      if (!value.is_string()) wrong("\"" + std::string(key) + "\" must hold strings");
      out[name] = value.get<std::string>();
    }
    return out;
  }

 private:
  JsonReader(Json json, std::string file) : json_(std::move(json)), file_(std::move(file)) {
    if (!json_.is_object()) wrong("expected one JSON object");
  }

  const Json& member(const char* key, bool (Json::*fits)() const noexcept, const char* wanted) const {
    const auto found = json_.find(key);
    if (found == json_.end()) wrong("\"" + std::string(key) + "\" is missing");
    if (!((*found).*fits)()) wrong("\"" + std::string(key) + "\" must be " + wanted);
    return *found;
  }

  Json json_;
  std::string file_;
};

}  // namespace twinwire::report
