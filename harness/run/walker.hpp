// SPDX-License-Identifier: Apache-2.0
// Walks the ladder of one cell: both ends, line by line, recording everything and judging nothing. What it asks of the
// frames that arrive is only whether the next line may begin.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "generator/host/live_end.hpp"
#include "harness/observe/matcher.hpp"
#include "harness/run/alarm.hpp"
#include "harness/run/compose.hpp"
#include "harness/run/markers.hpp"
#include "harness/run/run.hpp"
#include "harness/run/wires.hpp"

namespace twinwire::run {

using host::LiveEnd;

class Walker final : public Listener, public MarkerListener {
 public:
  /// `markers` may be null: absence is then a matter of time.
  Walker(Wires& wires, MarkerFlow* markers, const scenario::Scenario& scenario, std::uint64_t seed, Shared shared);
  ~Walker() override;
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;

  /// From the first line to the end of the tail check.
  boost::asio::awaitable<void> walk();
  /// Ends the walk at the next line.
  void interrupt() {
    if (!interrupted_) alarm_.ring();
    interrupted_ = true;
  }
  /// Whether our own side, or a moment's overload, kept the walk from saying anything: it is worth walking again.
  bool worth_repeating() const { return (refused_ || unsettled_) && !interrupted_; }
  observe::Transcript take_transcript() { return std::move(transcript_); }
  /// The newest session that a client of this cell has been given.
  const std::optional<HeldSession>& newest_session() const { return session_; }

  // In the place of walk(), for a ladder that is written while it is walked (live.hpp).

  template <typename T>
  using Task = boost::asio::awaitable<T>;
  struct Pending {
    int step = 0;
    int packet = 0;
    Party from = Party::Client;
  };
  /// The ladder has grown by a line.
  void added();
  /// Sends the packets of a line, and notes them as pending.
  Task<bool> send_line(int index, std::vector<Pending>& pending);
  Task<bool> walk_act(int index);
  /// Until it is known of each whether it arrives, or will not be.
  Task<void> settle(const std::vector<Pending>& pending);
  /// Until nothing that was under way can come any more.
  Task<void> quiet();
  /// Until something happens, or that instant.
  Task<void> rest(time::Instant deadline);
  /// As long as a device may take for an answer of its own.
  time::Duration patience() const;
  /// The name is that of the client's port in the ladder. No client's port: a fresh one.
  void open_connection(const std::string& name, std::optional<std::uint16_t> client_port, std::uint16_t server_port);
  std::uint16_t client_port(const std::string& name) const { return connections_.at(name)->client_port; }
  /// Whether it is a connection's on the client's wire.
  bool has_port(std::uint16_t client_port) const;
  /// Whether its client knows both initial numbers.
  bool is_synchronised(const std::string& name) const;
  /// No line is about it any more.
  void drop_connection(const std::string& name);
  /// The connection that the packet, which arrived, belongs to; null if to none.
  const std::string* name_of_connection(Party wire, const wire::Packet& packet);
  /// Whether the packet, which arrived, is as a line of the device would have it.
  bool is_as_written(Party wire, const wire::Packet& packet, const scenario::SegmentSpec& spec);
  /// What `resumes tls of LABEL` offers.
  void hold_session(const std::string& label, const HeldSession& session);
  const observe::Transcript& transcript() const { return transcript_; }
  const observe::Matcher& matcher() const { return matcher_; }
  /// What became of all frames so far. They are forgotten then, and so are all lines; what the ends and their
  /// connections have come to stays.
  struct Page {
    observe::Transcript transcript;
    std::vector<observe::Transit> transits;
  };
  Page turn_page();
  /// After interrupt(): walks on.
  void resume() { interrupted_ = refused_ = unsettled_ = false; }

  void on_frame(Party wire, time::Instant at, const wire::Packet& packet, wire::Bytes frame) override;
  void on_departure(Party wire, time::Instant at, const wire::Packet& packet, wire::Bytes frame) override;
  bool expects(const wire::Packet& packet) const override;
  void on_marker(Party wire, time::Instant at, wire::Bytes frame) override;

 private:
  struct Connection {
    std::uint16_t client_port = 0, server_port = 0;
    wire::Address client_address, server_address;  ///< of the two ends themselves
    wire::Address asked_address;                   ///< where the client's segments go: the server, or a proxy
    std::uint16_t asked_port = 0;
    observe::End client, server;
    std::uint32_t client_iss = 0, server_iss = 0;  ///< what the next SYN of each takes
    wire::Address seen_address;                    ///< the client, or the proxy, as the server's wire has it
    std::uint16_t seen_port = 0;
    std::unique_ptr<LiveEnd> client_live, server_live;  ///< null: a program, or an end that has not spoken for itself
    bool live = false;                                  ///< whether the ends answer what they hear
    std::map<Party, std::optional<std::uint16_t>> announced_mss;  ///< to that end, in the last SYN it received
    observe::End& end(Party party) { return party == Party::Client ? client : server; }
    std::unique_ptr<LiveEnd>& live_end(Party party) { return party == Party::Client ? client_live : server_live; }
  };
  /// How far both ends of a connection are.
  struct Progress {
    std::uint16_t seen_port = 0;
    std::optional<LiveEnd::Progress> client, server;
    bool operator==(const Progress&) const = default;
  };

  Task<void> walk_steps();
  Task<bool> walk_packets(std::size_t first, std::size_t behind);
  Task<bool> walk_until_arrived(int index);
  Task<bool> walk_device_line(int index);
  Task<bool> walk_live_act(int index, const scenario::Act& act);
  /// Both ends speak for themselves until `done`, or until nothing more can come of it.
  Task<bool> speak(int index, Connection& connection, const std::function<bool()>& done);
  Task<bool> run_connect(int index, Connection& connection, Party opener);
  /// A full handshake if `resume` is null.
  Task<bool> run_tls(int index, Connection& connection, const scenario::ResumesTls* resume);
  /// Null where the act that it is to come of has brought none.
  const HeldSession* session_for(const scenario::ResumesTls& resume) const;
  /// What the act `index` has brought: a session of its own, or the one that it resumed.
  void keep_session(int index, const HeldSession& session);
  const tls::ClientSettings& client_settings(const scenario::ResumesTls* resume) const;
  /// Who ends TLS on the way may ask the server for a connection when it likes: waits for that as long as the bench's
  /// patience lasts.
  Task<void> wait_to_be_asked(const Connection& connection);
  /// Whether the device, which may make a connection to the server of its own, has not done so yet.
  bool unasked(const Connection& connection) const;
  /// A hello that no TLS library would make; the server's answer to it ends the act.
  Task<bool> run_raw_hello(int index, Connection& connection, LiveEnd& client);
  Task<bool> run_sends(int index, Connection& connection, Party from, const scenario::Sends& act);
  Task<bool> run_closes(int index, Connection& connection, Party from);
  Task<bool> run_resets(int index, Connection& connection, Party from);
  Task<bool> run_program(int index, Party end);
  /// So that a client program which speaks HTTP over what it has opened comes to its end.
  void answer_http();
  Task<void> pause(time::Duration duration);
  Task<void> await_markers(time::Instant deadline, const std::function<bool()>& enough);
  Task<void> tail();

  bool passed_by(const scenario::Step& step) const;
  void transmit(int index, int packet, const scenario::Packet& line);
  craft::Segment addressed(Connection& connection, Party from) const;
  /// Who takes a frame that `from` sends to the other end: the next hop, or the kernel of a program.
  wire::Mac mac_toward_other(Party from) const;
  void emit(int index, int packet, Connection& connection, Party from, const scenario::SegmentSpec& spec);
  void put_on_wire(int index, int packet, Connection& connection, Party from, scenario::Crossing crossing,
                   const craft::Segment& segment);
  bool open(const Pending& pending) const;
  bool mark(Party from);
  /// A server answers to the address and port that it sees, whatever a NAT made of the client's.
  void learn_translation(const observe::Transit& transit, const wire::Packet& arrived);
  enum class Arrival : std::uint8_t { Frame, Marker };
  std::size_t record_arrival(Party wire, time::Instant at, wire::Bytes frame, Arrival arrival);
  void hear_of_mtu(Party wire, const wire::Packet& packet);
  /// Makes that end speak for itself from what it knows of the connection so far.
  LiveEnd& enliven(Connection& connection, Party party);
  void transmit_live(Connection& connection, Party from, const tcp::Segment& segment);
  /// A proxy's own connection has come to the server.
  void accept(Connection& connection, const wire::Packet& syn);
  TlsServer& tls_server();
  void start_server_program();
  std::map<std::string, std::string> program_words() const;
  void serve_live_ends();
  std::optional<time::Instant> next_timer() const;
  static Progress progress(const Connection& connection);
  bool nothing_to_hope_for(const Connection& connection) const;
  void say(int index, const Connection& connection, const std::string& act);
  void take_evidence(int index, const Connection& connection);
  bool is_program(Party party) const;
  wire::Address address_of(Party party) const;
  bool claim_made(Party end, const scenario::SegmentSpec& spec);
  Connection& connection(const scenario::Packet& line);
  wire::FourTuple tuple_of(const Connection& connection) const;
  Connection& connection_of(const scenario::Endpoint& who);
  Connection& make_connection(const std::string& name, std::uint16_t client_port, std::uint16_t server_port);
  Connection* connection_at(Party wire, const wire::Packet& packet);
  /// Which of the connections that no server has yet begins with `first`, seen on the server's wire.
  Connection* unaccepted(const wire::Packet& first);
  observe::LabelledPacket labelled() const;
  /// What is labelled there can be spoken of on the pages behind.
  void keep_labelled(const observe::Transcript& page);
  std::size_t record(observe::Event event);
  void record(observe::Event::Kind kind, int step, std::string text = {});
  void fail(int step, std::string why);

  Wires& wires_;
  MarkerFlow* markers_;
  const scenario::Scenario& scenario_;
  std::mt19937_64 random_;
  std::uint16_t ip_id_;
  Alarm alarm_;
  observe::Transcript transcript_;
  observe::Matcher matcher_;
  /// Some lines need ends that say nothing by themselves; so may lines that are yet to be written.
  bool mute_between_acts_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
  std::map<std::string, int> step_of_label_;
  std::map<std::string, std::vector<std::uint8_t>> labelled_before_;  ///< frames of labels of the pages before
  std::map<std::size_t, bool> claimed_;  ///< index of a Received event that a device's line has claimed
  std::set<std::uint64_t> round_;        ///< identities of the markers that were sent last and have not come yet
  int step_ = -1;
  int live_packets_ = 0;  ///< how many segments live ends have sent during this step
  std::unique_ptr<bench::Running> server_program_;
  Shared shared_;
  std::unique_ptr<TlsServer> tls_server_;  ///< its own
  std::string live_error_;                 ///< what kept a live end's segment off the wire
  bool no_session_ = false;                ///< the act was to resume, and no TLS act before had got a session
  std::optional<int> raw_alert_;           ///< what the server answered to a raw hello, if that was an alert
  std::string refusal_;                    ///< what a proxy answered to CONNECT, if that was not 2xx
  std::optional<Party> altered_at_;        ///< who has received other octets than were sent, in the act under way
  std::optional<HeldSession> session_;     ///< the newest that a client of this cell has been given
  std::map<std::string, HeldSession> session_of_act_;  ///< the newest of each act, by the act's label
  bool interrupted_ = false;
  bool refused_ = false;    ///< our own socket did not take a frame
  bool unsettled_ = false;  ///< a packet was lost while the device was losing others as well
};

}  // namespace twinwire::run
