// SPDX-License-Identifier: Apache-2.0
// The picture is drawn by the report's own functions from what the live ladder remembers: two pages at most, of which
// the last rows are shown, since a loop of a thousand packets would hide the one that matters.
#include "bindings/live_text.hpp"

#include <algorithm>

#include "harness/judge/words.hpp"
#include "harness/report/ladder.hpp"
#include "harness/report/rows.hpp"
#include "harness/report/terminal.hpp"

namespace twinwire::bindings {
namespace {

using observe::Transit;
using run::Party;
using run::Passage;

constexpr std::size_t most_rows = 40;
constexpr std::size_t most_named = 5;

std::string absence(const Transit& transit) {
  if (transit.fate == Transit::Fate::Refused) return "our own socket refused it";
  if (transit.fate == Transit::Fate::Unsettled) return "nothing proves whether it is still to come";
  if (transit.fate != Transit::Fate::Dropped) return "it crossed, and was taken before";
  return transit.proof == Transit::Proof::Marker ? "it died in the device: absence proved by a marker"
                                                 : "it died in the device: it had not come when its time was over";
}

std::string line_of(const run::Live::Picture& picture, const Transit& transit) {
  const auto step = static_cast<std::size_t>(transit.step);
  const bool known = transit.step >= 0 && step < picture.ladder.steps.size();
  return known ? "line " + std::to_string(picture.lines_before + step + 1) + ", " + picture.ladder.steps[step].text
               : "a packet of the " + judge::party(transit.from);
}

std::string missing_line(const run::Live::Picture& picture, const Transit& transit) {
  return "  missing: " + line_of(picture, transit) + "; " + absence(transit) + "\n";
}

/// `blamed` counts from the first line that is remembered.
std::string picture_text(const run::Live::Picture& picture, report::Charset charset, const std::vector<int>& blamed) {
  judge::Result judged;
  judged.transits = picture.transits;
  for (const int step : blamed)
    judged.findings.push_back({observe::Layer::Progress, judge::Verdict::Fail, step, "", false});
  std::vector<report::Row> rows = report::rows(picture.ladder, picture.transcript, judged);
  for (report::Row& row : rows) {
    if (row.step > 0) row.step += static_cast<int>(picture.lines_before);
  }
  const std::size_t left_out = rows.size() > most_rows ? rows.size() - most_rows : 0;
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(left_out));
  const std::string text =
      report::print(report::ladder(rows, picture.transcript.connections, charset), {charset, report::Colour::Never});
  return left_out == 0 ? text : "       (" + std::to_string(left_out) + " rows before)\n" + text;
}

bool is_missing(const Transit& transit, Party at) {
  return transit.to == at && (transit.fate == Transit::Fate::Dropped || transit.fate == Transit::Fate::Unsettled ||
                              transit.fate == Transit::Fate::Refused);
}

/// Whether the line that sent it was of that connection; unset: of any.
bool is_of(const run::Live::Picture& picture, const Transit& transit, const std::optional<std::string>& connection) {
  const auto step = static_cast<std::size_t>(transit.step);
  if (!connection || transit.step < 0 || step >= picture.ladder.steps.size()) return true;
  const auto& what = picture.ladder.steps[step].what;
  if (const auto* act = std::get_if<scenario::Act>(&what)) return act->who.port == *connection;
  const auto& packet = std::get<scenario::Packet>(what);
  return (packet.from.party == Party::Client ? packet.from : packet.to).port == *connection;
}

std::string arrival(const Passage& passage) {
  const auto packet = wire::decode(passage.received.front()->frame);
  const std::string what = packet && packet->tcp
                               ? scenario::flags_text(packet->tcp->flags)
                               : "a packet of protocol " + std::to_string(packet ? packet->protocol : 0);
  return what + (passage.sent ? "" : " made by the device");
}

std::string arrivals(const std::vector<Passage>& passages) {
  std::string text;
  for (std::size_t i = 0; i < passages.size() && i < most_named; ++i)
    text += (i == 0 ? "" : ", ") + arrival(passages[i]);
  if (passages.size() > most_named) text += " and " + std::to_string(passages.size() - most_named) + " more";
  return text;
}

}  // namespace

std::string ladder_text(run::Live& live, report::Charset charset) {
  live.settle_all();
  return picture_text(live.picture(), charset, {});
}

std::string missing_text(const run::Live& live, const std::string& wanted, const run::Live::Hearer& at,
                         const std::vector<Passage>& instead) {
  const run::Live::Picture picture = live.picture();
  std::string text = "expected " + wanted + "\n";
  std::vector<int> blamed;
  // The newest first: in a long loop that is the one that is asked for.
  for (auto transit = picture.transits.rbegin(); transit != picture.transits.rend(); ++transit) {
    if (!is_missing(*transit, at.wire) || !is_of(picture, *transit, at.connection)) continue;
    if (blamed.size() < most_named) text += missing_line(picture, *transit);
    blamed.push_back(transit->step);
  }
  if (blamed.size() > most_named) text += "  missing: " + std::to_string(blamed.size() - most_named) + " more before\n";
  if (!instead.empty()) text += "  came instead: " + arrivals(instead) + "\n";
  if (blamed.empty() && instead.empty()) text += "  nothing came, and nothing that was sent is missing\n";
  return text + "\n" + picture_text(picture, report::Charset::Utf8, blamed);
}

std::string lost_text(const run::Live& live, const run::FramePointer& sent) {
  const run::Live::Picture picture = live.picture();
  for (auto transit = picture.transits.rbegin(); transit != picture.transits.rend(); ++transit) {
    if (!transit->sent) continue;
    const observe::Event& event = picture.transcript.events[*transit->sent];
    if (event.at != sent->at || event.wire != sent->wire || event.frame != sent->frame) continue;
    return "expected the " + judge::party(transit->to) + " to receive what the " + judge::party(transit->from) +
           " sent\n" + missing_line(picture, *transit) + "\n" +
           picture_text(picture, report::Charset::Utf8, {transit->step});
  }
  return "this frame was sent so long ago, or on another ladder, that it is not remembered";
}

std::string unexpected_text(run::Live& live, Party at, const std::vector<Passage>& came) {
  return "expected the " + judge::party(at) + " to receive nothing\n  came: " + arrivals(came) + "\n\n" +
         ladder_text(live, report::Charset::Utf8);
}

std::string failed_text(run::Live& live, const run::ActOutcome& outcome) {
  live.settle_all();
  const run::Live::Picture picture = live.picture();
  const int step = static_cast<int>(picture.ladder.steps.size()) - 1;
  const std::string& line = picture.ladder.steps.back().text;
  std::string text = "expected '" + line + "' to complete\n";
  for (const auto& [end, facts] : {std::pair{"client", &outcome.client}, std::pair{"server", &outcome.server}}) {
    text += "  the " + std::string(end) + ":";
    for (const auto& [fact, value] : *facts) text += " " + fact + "=" + value;
    text += "\n";
  }
  return text + "\n" + picture_text(picture, report::Charset::Utf8, {step});
}

}  // namespace twinwire::bindings
