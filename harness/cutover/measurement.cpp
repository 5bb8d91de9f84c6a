// SPDX-License-Identifier: Apache-2.0
// Counts, and the sentences that say them. A sentence is put together from whom it is about, which follows from the
// kind and the situation, and what happened to them, which follows from the ending.
#include "harness/cutover/measurement.hpp"

#include <numeric>

namespace twinwire::cutover {
namespace {

using scenario::ClientKind;

constexpr std::array<std::string_view, situations> situation_names{"primed",   "control", "old",
                                                                   "declined", "full",    "new"};
constexpr std::array<std::string_view, outcomes> outcome_names{"resumed", "full", "wrong-certificate", "alert", "reset",
                                                               "closed",  "hangs"};
constexpr std::array<std::string_view, scenario::client_kinds> kind_words{
    "TLS 1.2 session-ID", "TLS 1.2 ticket", "TLS 1.3 PSK", "TLS 1.3 early-data", "sessionless"};

std::uint32_t sum(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0U,
                         [](std::uint32_t all, const auto& entry) { return all + entry.second; });
}

std::uint32_t sum_of_broken(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0U, [](std::uint32_t all, const auto& entry) {
    return all + (is_broken(entry.first.outcome) ? entry.second : 0U);
  });
}

std::string by(Author author) {
  switch (author) {
    case Author::Device:
      return " by the device";
    case Author::End:
      return " by an end";
    case Author::Unknown:
      break;
  }
  return "";
}

std::string subject(ClientKind kind, Situation situation) {
  const std::string who(words(kind));
  switch (situation) {
    case Situation::Primed:
      return "full handshakes of " + who + " clients before the change";
    case Situation::Control:
      return who + " sessions offered before the change";
    case Situation::Old:
      return who + " sessions from before the change";
    case Situation::Declined:
      return who + " sessions offered after the change to a server that no longer takes them";
    case Situation::Full:
      return "full handshakes of " + who + " clients after the change";
    case Situation::New:
      break;
  }
  return who + " sessions from after the change";
}

std::string predicate(Situation situation, const Ending& ending) {
  const bool full = situation == Situation::Primed || situation == Situation::Full;
  switch (ending.outcome) {
    case Outcome::Resumed:
      return "were resumed";
    case Outcome::Full:
      return full ? "were completed" : "came to a full handshake";
    case Outcome::WrongCertificate:
      return "got a certificate that is not the server's";
    case Outcome::Alert:
      return "were ended with " + words(ending);
    case Outcome::Reset:
    case Outcome::Closed:
      return "were " + words(ending);
    case Outcome::Hangs:
      break;
  }
  return "hung";
}

std::string sentence(ClientKind kind, Situation situation, const Counts& counts) {
  const std::string all = std::to_string(sum(counts));
  std::string text;
  for (const auto& [ending, count] : counts) {
    text += text.empty() ? std::to_string(count) + " of " + all + " " + subject(kind, situation) + " "
                         : ", " + std::to_string(count) + " ";
    text += predicate(situation, ending);
  }
  return text;
}

}  // namespace

std::string_view name(Situation situation) { return situation_names.at(static_cast<std::size_t>(situation)); }
std::string_view name(Outcome outcome) { return outcome_names.at(static_cast<std::size_t>(outcome)); }
std::string_view words(ClientKind kind) { return kind_words.at(static_cast<std::size_t>(kind)); }

std::string words(const Ending& ending) {
  switch (ending.outcome) {
    case Outcome::Resumed:
    case Outcome::Full:
    case Outcome::Hangs:
      return std::string(name(ending.outcome));
    case Outcome::WrongCertificate:
      return "wrong certificate";
    case Outcome::Alert:
      return (ending.alert ? "alert " + std::to_string(*ending.alert) : "an alert") + by(ending.author);
    case Outcome::Reset:
    case Outcome::Closed:
      break;
  }
  return std::string(name(ending.outcome)) + by(ending.author);
}

void Measurement::add(ClientKind kind, Situation situation, const Ending& ending, std::uint32_t times) {
  if (times > 0) counts_.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(situation))[ending] += times;
}

const Counts& Measurement::counts(ClientKind kind, Situation situation) const {
  return counts_.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(situation));
}

std::uint32_t Measurement::total(ClientKind kind, Situation situation) const { return sum(counts(kind, situation)); }

std::uint32_t Measurement::broken(ClientKind kind, Situation situation) const {
  return sum_of_broken(counts(kind, situation));
}

std::uint32_t Measurement::total(Situation situation) const {
  std::uint32_t all = 0;
  for (const ClientKind kind : scenario::all_client_kinds) all += total(kind, situation);
  return all;
}

std::uint32_t Measurement::broken(Situation situation) const {
  std::uint32_t all = 0;
  for (const ClientKind kind : scenario::all_client_kinds) all += broken(kind, situation);
  return all;
}

std::vector<std::string> summary(const Measurement& measurement) {
  std::vector<std::string> sentences;
  for (std::size_t at = 0; at < situations; ++at) {
    for (const ClientKind kind : scenario::all_client_kinds) {
      const auto situation = static_cast<Situation>(at);
      const Counts& counts = measurement.counts(kind, situation);
      if (!counts.empty()) sentences.push_back(sentence(kind, situation, counts));
    }
  }
  return sentences;
}

std::vector<std::string> digest(const Measurement& measurement) {
  std::vector<std::string> sentences;
  std::string rest;
  for (std::size_t at = 0; at < situations; ++at) {
    const auto situation = static_cast<Situation>(at);
    std::uint32_t whole = 0;
    for (const ClientKind kind : scenario::all_client_kinds) {
      const Counts& counts = measurement.counts(kind, situation);
      const bool told = situation == Situation::Old || sum_of_broken(counts) > 0;
      if (told && !counts.empty()) sentences.push_back(sentence(kind, situation, counts));
      if (!told) whole += sum(counts);
    }
    if (whole > 0) rest += (rest.empty() ? "" : ", ") + std::to_string(whole) + " " + std::string(name(situation));
  }
  if (!rest.empty()) sentences.push_back("without breakage besides: " + rest);
  return sentences;
}

}  // namespace twinwire::cutover
