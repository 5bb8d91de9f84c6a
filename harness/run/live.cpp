// SPDX-License-Identifier: Apache-2.0
// Each call adds a line to the ladder and has the walker walk it, on the caller's thread, until the line is over.
// Frames that arrive during an act are the act's; all others wait, in the order of arrival, until somebody takes them.
// A page is turned when it is long enough: all that is under way is settled first, so that a new one begins with
// nothing open.
#include "harness/run/live.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace twinwire::run {
namespace {

using observe::Event;

constexpr std::size_t events_of_page = 8192;
constexpr std::size_t most_heard = 8192;

/// Whether both ends speak for themselves in it.
bool is_of_ends(const scenario::Act& act) {
  return !std::holds_alternative<scenario::Wait>(act.what) && !std::holds_alternative<scenario::Silence>(act.what) &&
         !std::holds_alternative<scenario::Applies>(act.what) && !std::holds_alternative<scenario::Forgets>(act.what) &&
         !std::holds_alternative<scenario::ForgetsSessions>(act.what);
}

/// Whether what such a line sends is sent by an end that speaks for itself.
bool is_spoken(const scenario::Step* line) {
  return line != nullptr && std::holds_alternative<scenario::Act>(line->what);
}

FramePointer keep(const Event& event) { return std::make_shared<const Event>(event); }

scenario::Scenario without_lines(scenario::Scenario cell) {
  cell.steps.clear();
  return cell;
}

bool same(const Event& one, const Event& other) {
  return one.at == other.at && one.wire == other.wire && one.step == other.step && one.packet == other.packet &&
         one.frame == other.frame;
}

/// `frame` gives the frame of an event.
template <typename Frame>
Passage with_frames(const observe::Transit& transit, const Frame& frame) {
  Passage passage{transit, nullptr, {}};
  if (transit.sent) passage.sent = frame(*transit.sent);
  for (const std::size_t event : transit.received) passage.received.push_back(frame(event));
  return passage;
}

/// The transit of the frame `sent`; null if it is not among them. The newest are looked at first.
template <typename SentFrame>
const observe::Transit* find_transit(const std::vector<observe::Transit>& transits, const SentFrame& is_it) {
  const auto found = std::find_if(transits.rbegin(), transits.rend(), [&](const observe::Transit& transit) {
    return transit.sent && is_it(*transit.sent);
  });
  return found == transits.rend() ? nullptr : &*found;
}

}  // namespace

Live::Live(Wires& wires, MarkerFlow* markers, scenario::Scenario cell, std::uint64_t seed)
    : wires_(wires),
      ladder_(without_lines(std::move(cell))),
      walker_(wires, markers, ladder_, seed, {}),
      marked_(markers != nullptr) {}

void Live::complete(boost::asio::awaitable<void> task) {
  bool over = false;
  std::exception_ptr error;
  walker_.resume();
  boost::asio::co_spawn(wires_.timeline().context(), std::move(task), [&](const std::exception_ptr& why) {
    error = why;
    over = true;
  });
  wires_.timeline().run([&] {
    if (!over && interrupted_()) walker_.interrupt();
    return over;
  });
  if (error) std::rethrow_exception(error);
}

int Live::add(const scenario::Step& line) {
  if (walker_.transcript().events.size() >= events_of_page) turn_page();
  gather();
  ladder_.steps.push_back(line);
  walker_.added();
  return static_cast<int>(ladder_.steps.size()) - 1;
}

std::string Live::open(std::uint16_t server_port, std::optional<std::uint16_t> client_port) {
  if (released_) {
    walker_.drop_connection(*released_);
    current_.clear();
  }
  released_.reset();
  if (client_port && walker_.has_port(*client_port))
    throw CannotSend("source: port " + std::to_string(*client_port) + " is the one of another connection");
  std::string name = "c" + std::to_string(++opened_);
  walker_.open_connection(name, client_port, server_port);
  return current_ = name;
}

void Live::release(const std::string& connection) {
  if (connection == current_)
    released_ = connection;
  else
    walker_.drop_connection(connection);
}

boost::asio::awaitable<void> Live::send_all(int index) { co_await walker_.send_line(index, pending_); }

std::vector<FramePointer> Live::send(const scenario::Step& line) {
  const int index = add(line);
  const std::size_t first = walker_.transcript().events.size();
  complete(send_all(index));
  wires_.poll();
  std::vector<FramePointer> frames;
  const auto& events = walker_.transcript().events;
  for (std::size_t i = first; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind == Event::Kind::Failed && event.step == index) throw CannotSend(event.text);
    const bool left = event.kind == Event::Kind::Sent || event.kind == Event::Kind::Refused;
    if (left && !event.marker && event.step == index) frames.push_back(keep(event));
  }
  return frames;
}

boost::asio::awaitable<void> Live::walk_act(int index, bool& reached) { reached = co_await walker_.walk_act(index); }

ActOutcome Live::act(const scenario::Step& line) {
  const auto& written = std::get<scenario::Act>(line.what);
  if (std::holds_alternative<scenario::Connects>(written.what) && walker_.is_synchronised(written.who.port))
    throw CannotSend("this client has had its connection; expected another one, or forget() before it connects again");
  const int index = add(line);
  const std::size_t first = walker_.transcript().events.size();
  ActOutcome outcome;
  complete(walk_act(index, outcome.completes));
  if (is_of_ends(written)) speaking_ = written.who.port;
  gather();
  speaking_.reset();
  const auto& events = walker_.transcript().events;
  for (std::size_t i = first; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.kind == Event::Kind::Failed && std::holds_alternative<scenario::Applies>(written.what))
      throw bench::BenchError(event.text);
    if (event.kind == Event::Kind::Failed) throw CannotSend(event.text);
    if (event.kind == Event::Kind::Says) (event.wire == Party::Client ? outcome.client : outcome.server) = event.facts;
  }
  outcome.session = walker_.newest_session();
  return outcome;
}

const scenario::Step* Live::line_that_sent(std::size_t received) const {
  const observe::Transit* transit = direct() ? walker_.matcher().of_received(received) : nullptr;
  if (transit == nullptr || !transit->sent || transit->step < 0) return nullptr;
  const auto step = static_cast<std::size_t>(transit->step);
  return step < ladder_.steps.size() ? &ladder_.steps[step] : nullptr;
}

void Live::gather() {
  const auto& events = walker_.transcript().events;
  for (; gathered_ < events.size(); ++gathered_) {
    const Event& event = events[gathered_];
    if (event.kind != Event::Kind::Received || event.marker || is_spoken(line_that_sent(gathered_))) continue;
    Heard heard{keep(event), std::nullopt, gathered_, "", std::nullopt};
    heard.packet = wire::decode(heard.frame->frame);
    if (const std::string* name = walker_.name_of_connection(event.wire, *heard.packet)) heard.connection = *name;
    if (line_that_sent(gathered_) == nullptr && speaking_ == heard.connection) continue;
    heard_.push_back(std::move(heard));
  }
  while (heard_.size() > most_heard) heard_.pop_front();
}

std::deque<Live::Heard>::iterator Live::find(const Wanted& wanted) {
  wires_.poll();
  gather();
  return std::ranges::find_if(heard_, wanted);
}

bool Live::has_come(const Wanted& wanted) {
  const auto found = find(wanted);  // which may move the end
  return found != heard_.end();
}

std::optional<Passage> Live::take(const Wanted& wanted) {
  const auto found = find(wanted);
  if (found == heard_.end()) return std::nullopt;
  Passage passage = passage_of(*found);
  heard_.erase(found);
  return passage;
}

bool Live::under_way_toward(Party wire) const {
  const observe::Matcher& matcher = walker_.matcher();
  return std::ranges::any_of(pending_, [&](const Walker::Pending& packet) {
    return packet.from == other(wire) && !matcher.arrived(packet.step, packet.packet) &&
           !matcher.absent(packet.step, packet.packet);
  });
}

boost::asio::awaitable<void> Live::settle() {
  co_await walker_.settle(pending_);
  pending_.clear();
}

boost::asio::awaitable<void> Live::wait_for(const Wanted& wanted, std::optional<time::Instant> deadline, bool settles) {
  if (settles) co_await settle();
  while (deadline && !has_come(wanted) && wires_.timeline().now() < *deadline && !interrupted_())
    co_await walker_.rest(*deadline);
}

std::optional<time::Instant> Live::deadline(std::optional<time::Duration> within) const {
  return within ? std::optional(wires_.timeline().now() + *within) : std::nullopt;
}

std::optional<Passage> Live::expect(const Hearer& at, const scenario::SegmentSpec& wanted,
                                    std::optional<time::Duration> within) {
  const Wanted is_wanted = [&](const Heard& heard) {
    const bool meant = heard.frame->wire == at.wire && (!at.connection || *at.connection == heard.connection);
    return meant && heard.packet->tcp && walker_.is_as_written(at.wire, *heard.packet, wanted);
  };
  if (auto passage = take(is_wanted)) return passage;
  // What can only be of the device's own making has no marker behind it.
  const bool settles = !within && under_way_toward(at.wire);
  complete(wait_for(is_wanted, settles ? std::nullopt : deadline(within.value_or(walker_.patience())), settles));
  return take(is_wanted);
}

bool Live::is_of(const Heard& heard, const FramePointer& sent) const {
  if (heard.passage) return heard.passage->sent && same(*heard.passage->sent, *sent);
  const observe::Transit* transit = walker_.matcher().of_received(heard.event);
  return transit != nullptr && transit->sent && same(walker_.transcript().events[*transit->sent], *sent);
}

std::optional<Passage> Live::expect(const FramePointer& sent, std::optional<time::Duration> within) {
  const Wanted is_it = [&](const Heard& heard) { return is_of(heard, sent); };
  if (auto passage = take(is_it)) return passage;
  complete(wait_for(is_it, deadline(within), !within));
  return take(is_it);
}

boost::asio::awaitable<void> Live::fall_silent(std::optional<time::Instant> deadline) {
  co_await settle();
  co_await walker_.quiet();
  while (deadline && wires_.timeline().now() < *deadline && !interrupted_()) co_await walker_.rest(*deadline);
}

void Live::settle_all() { complete(fall_silent(marked_ ? std::nullopt : deadline(walker_.patience()))); }

std::vector<Passage> Live::rest(const Hearer& at, std::optional<time::Duration> within) {
  // Without markers nothing tells that the wires are quiet but time.
  if (!within && !marked_) within = walker_.patience();
  complete(fall_silent(deadline(within)));
  gather();
  std::vector<Passage> passages;
  for (const Heard& heard : heard_) {
    if (heard.frame->wire == at.wire && (!at.connection || *at.connection == heard.connection))
      passages.push_back(passage_of(heard));
  }
  return passages;
}

Passage Live::passage_of(const Heard& heard) const {
  if (heard.passage) return *heard.passage;
  const auto& events = walker_.transcript().events;
  const observe::Transit* transit = direct() ? walker_.matcher().of_received(heard.event) : nullptr;
  if (transit != nullptr) {
    observe::Transit timed = *transit;
    observe::set_delay(timed, walker_.transcript());
    return with_frames(timed,
                       [&](std::size_t event) { return event == heard.event ? heard.frame : keep(events[event]); });
  }
  observe::Transit made;
  made.fate = observe::Transit::Fate::Made;
  made.step = heard.frame->step;
  made.from = Party::Device;
  made.to = heard.frame->wire;
  return {made, nullptr, {heard.frame}};
}

std::optional<Passage> Live::passage_of(const FramePointer& sent) {
  complete(settle());
  const auto& events = walker_.transcript().events;
  const auto is_it = [&](std::size_t event) { return same(events[event], *sent); };
  const auto kept = [&](std::size_t event) { return keep(events[event]); };
  const std::vector<observe::Transit> ended_there =
      direct() ? std::vector<observe::Transit>{} : observe::apart(walker_.transcript());
  if (const auto* found = find_transit(direct() ? walker_.matcher().transits() : ended_there, is_it)) {
    observe::Transit timed = *found;
    observe::set_delay(timed, walker_.transcript());
    return with_frames(timed, kept);
  }
  const auto before = [&](std::size_t event) { return last_page_.events[event]; };
  const auto was_it = [&](std::size_t event) { return same(*before(event), *sent); };
  if (const auto* found = find_transit(last_page_.transits, was_it)) return with_frames(*found, before);
  return std::nullopt;
}

void Live::turn_page() {
  complete(settle());
  gather();
  for (Heard& heard : heard_) {
    if (!heard.passage) heard.passage = passage_of(heard);
  }
  last_page_.lines_before += last_page_.steps.size();
  last_page_.steps = std::exchange(ladder_.steps, {});
  Walker::Page page = walker_.turn_page();
  last_page_.transits = std::move(page.transits);
  last_page_.events.clear();
  for (Event& event : page.transcript.events)
    last_page_.events.push_back(std::make_shared<const Event>(std::move(event)));
  asked_ = false;
  gathered_ = 0;
}

std::vector<Passage> Live::passages() {
  std::vector<Passage> all;
  const auto add_page = [&] {
    const auto frame = [&](std::size_t event) { return last_page_.events[event]; };
    for (const observe::Transit& transit : last_page_.transits) all.push_back(with_frames(transit, frame));
    asked_ = true;
  };
  if (!asked_) add_page();
  complete(settle());
  heard_.clear();
  gathered_ = walker_.transcript().events.size();
  if (gathered_ == 0) return all;
  turn_page();
  add_page();
  return all;
}

Live::Picture Live::picture() const {
  Picture picture{last_page_.lines_before, ladder_, walker_.transcript(), last_page_.transits};
  const std::size_t events = last_page_.events.size();
  const int lines = static_cast<int>(last_page_.steps.size());
  picture.ladder.steps = last_page_.steps;
  picture.ladder.steps.insert(picture.ladder.steps.end(), ladder_.steps.begin(), ladder_.steps.end());
  picture.transcript.events.clear();
  for (const FramePointer& event : last_page_.events) picture.transcript.events.push_back(*event);
  for (Event event : walker_.transcript().events) {
    if (event.step >= 0) event.step += lines;
    picture.transcript.events.push_back(std::move(event));
  }
  for (observe::Transit transit : observe::transits(walker_.transcript(), wires_.bench().spec())) {
    if (transit.step >= 0) transit.step += lines;
    if (transit.sent) *transit.sent += events;
    for (std::size_t& received : transit.received) received += events;
    picture.transits.push_back(std::move(transit));
  }
  return picture;
}

}  // namespace twinwire::run
