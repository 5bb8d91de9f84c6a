// SPDX-License-Identifier: Apache-2.0
// A ladder that is written while it is walked: a program adds a line, sees what came of it, and decides on the next.
// The ends are mute between lines and live during acts, as in a file. What is not asked for is forgotten after some
// thousand frames, so that such a ladder can go on for ever.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>  // before Asio: Boost 1.74 uses it without including it
#include <vector>

#include "harness/run/walker.hpp"

namespace twinwire::run {

/// A frame that was sent or received, kept alive by whoever holds it.
using FramePointer = std::shared_ptr<const observe::Event>;

/// What became of one frame, with the frames. The indices in `transit` mean nothing.
struct Passage {
  observe::Transit transit;
  FramePointer sent;                   ///< null: the device made it
  std::vector<FramePointer> received;  ///< in the order of arrival
};

/// How an act came out.
struct ActOutcome {
  bool completes = false;
  std::map<std::string, std::string> client, server;  ///< what each end says of it, as in Event::Kind::Says
  std::optional<HeldSession> session;                 ///< the newest that the client has been given so far
};

class Live {
 public:
  /// Whose arrivals are meant.
  struct Hearer {
    Party wire = Party::Client;
    std::optional<std::string> connection;  ///< unset: of any
  };
  /// The lines so far, as far as they are remembered, with what became of their frames.
  struct Picture {
    std::size_t lines_before = 0;  ///< that are not remembered
    scenario::Scenario ladder;
    observe::Transcript transcript;
    std::vector<observe::Transit> transits;
  };

  /// `wires` and `markers` must outlive it; `markers` may be null.
  Live(Wires& wires, MarkerFlow* markers, scenario::Scenario cell, std::uint64_t seed);
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;
  ~Live() = default;

  /// Asked while something is waited for; once it says true the call that waits returns with what it has.
  void on_interruption(std::function<bool()> interrupted) { interrupted_ = std::move(interrupted); }

  /// A connection on which nothing is sent yet; its name. Throws CannotSend if another one has that client's port.
  std::string open(std::uint16_t server_port, std::optional<std::uint16_t> client_port);
  /// Nobody has a use for that connection any more.
  void release(const std::string& connection);
  std::uint16_t client_port(const std::string& connection) const { return walker_.client_port(connection); }
  /// The one that was opened last, or the ladder's default one.
  const std::string& current() const { return current_; }

  /// `line` is a packet from one end to the other, which is sent and not waited for; the frames as they left. Throws
  /// CannotSend.
  std::vector<FramePointer> send(const scenario::Step& line);
  /// Walks an act to its end. Throws CannotSend, and bench::BenchError for a change that is refused.
  ActOutcome act(const scenario::Step& line);
  /// What `resumes tls of held` offers.
  void hold(const HeldSession& session) { walker_.hold_session("held", session); }

  /// Takes the first arrival that nobody has taken and that is as `wanted` says; waits for it as long as `within`, else
  /// until it is certain that nothing sent so far will bring it.
  std::optional<Passage> expect(const Hearer& at, const scenario::SegmentSpec& wanted,
                                std::optional<time::Duration> within);
  /// The same for the frame `sent`, whatever the device made of it.
  std::optional<Passage> expect(const FramePointer& sent, std::optional<time::Duration> within);
  /// What has arrived and nobody has taken, once all that was under way is there, and `within` is over.
  std::vector<Passage> rest(const Hearer& at, std::optional<time::Duration> within);
  /// What became of a frame that was sent; nothing if that is forgotten.
  std::optional<Passage> passage_of(const FramePointer& sent);
  /// What became of every frame since this was asked last, as far as it is remembered. All arrivals are taken by it.
  std::vector<Passage> passages();

  /// Until it is known of every frame what became of it, as far as markers or patience can tell.
  void settle_all();

  /// What is remembered: the page before the present one, which may be empty, and the present one.
  Picture picture() const;
  const scenario::Scenario& ladder() const { return ladder_; }

 private:
  struct Heard {
    FramePointer frame;
    std::optional<wire::Packet> packet;  ///< views the frame
    std::size_t event = 0;               ///< its index on the present page
    std::string connection;
    std::optional<Passage> passage;  ///< once its page is turned
  };
  /// A page that is turned: its frames are handed out as they are.
  struct Page {
    std::size_t lines_before = 0;
    std::vector<scenario::Step> steps;
    std::vector<FramePointer> events;
    std::vector<observe::Transit> transits;
  };
  using Wanted = std::function<bool(const Heard&)>;

  void complete(boost::asio::awaitable<void> task);
  boost::asio::awaitable<void> send_all(int index);
  boost::asio::awaitable<void> walk_act(int index, bool& reached);
  boost::asio::awaitable<void> wait_for(const Wanted& wanted, std::optional<time::Instant> deadline, bool settles);
  boost::asio::awaitable<void> fall_silent(std::optional<time::Instant> deadline);
  boost::asio::awaitable<void> settle();
  int add(const scenario::Step& line);
  /// The line whose frame that event has brought, an act or a packet; null if none of this page.
  const scenario::Step* line_that_sent(std::size_t received) const;
  void gather();
  std::deque<Heard>::iterator find(const Wanted& wanted);
  bool has_come(const Wanted& wanted);
  std::optional<Passage> take(const Wanted& wanted);
  bool under_way_toward(Party wire) const;
  bool is_of(const Heard& heard, const FramePointer& sent) const;
  Passage passage_of(const Heard& heard) const;
  void turn_page();
  bool direct() const { return wires_.bench().spec().path.kind == scenario::PathSpec::Kind::Direct; }
  std::optional<time::Instant> deadline(std::optional<time::Duration> within) const;

  Wires& wires_;
  scenario::Scenario ladder_;
  Walker walker_;
  bool marked_;  ///< whether there are markers
  std::function<bool()> interrupted_ = [] { return false; };
  std::vector<Walker::Pending> pending_;
  std::deque<Heard> heard_;              ///< what nobody has taken yet
  std::size_t gathered_ = 0;             ///< events of this page that have been looked at
  std::optional<std::string> speaking_;  ///< the connection whose ends spoke for themselves until now
  Page last_page_;
  bool asked_ = true;  ///< for the passages of the last page
  std::string current_;
  std::optional<std::string> released_;  ///< the current one, once it is released
  std::size_t opened_ = 0;
};

}  // namespace twinwire::run
