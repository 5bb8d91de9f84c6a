// SPDX-License-Identifier: Apache-2.0
// Python's Client, End, Connection, Act and Session. Each is a few words that name a part of a bench's live ladder;
// what they say becomes a line of it. An expectation that is not met is an AssertionError that shows the ladder.
#include "bindings/live.hpp"

#include <pybind11/chrono.h>
#include <pybind11/stl.h>

#include <unordered_map>

#include "bindings/areas.hpp"
#include "bindings/bench_object.hpp"
#include "bindings/live_text.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::bindings {
namespace {

using run::Party;

constexpr std::uint16_t https = 443;
constexpr std::uint32_t most_packets = 100'000;
constexpr const char* forgotten = "this frame is not remembered: it was not sent on this ladder, or too long ago";

/// A connection of a live ladder, as long as an object of Python's is about it.
class ConnectionName {
 public:
  ConnectionName(std::shared_ptr<BenchObject> bench, std::uint64_t ladder, std::string name)
      : bench_(std::move(bench)), ladder_(ladder), name_(std::move(name)) {}
  ~ConnectionName() { bench_->release(ladder_, name_); }
  ConnectionName(const ConnectionName&) = delete;
  ConnectionName& operator=(const ConnectionName&) = delete;
  std::uint64_t ladder() const { return ladder_; }
  const std::string& name() const { return name_; }

 private:
  std::shared_ptr<BenchObject> bench_;
  std::uint64_t ladder_;
  std::string name_;
};

struct EndObject {
  std::shared_ptr<BenchObject> bench;
  Party party = Party::Client;
  std::shared_ptr<const ConnectionName> connection;  ///< null: whichever was opened last

  std::uint64_t ladder() const { return connection ? connection->ladder() : 0; }
  std::string name() const { return judge::party(party); }
};

/// The bench's client, which can open connections.
struct ClientObject : EndObject {};

struct ConnectionObject {
  std::shared_ptr<BenchObject> bench;
  std::shared_ptr<const ConnectionName> name;
  std::uint16_t port = 0, source = 0;
};

struct SessionObject {
  run::HeldSession held;
};

struct ActObject {
  run::ActOutcome outcome;
};

[[noreturn]] void fail_assertion(const std::string& text) {
  PyErr_SetString(PyExc_AssertionError, text.c_str());
  throw py::error_already_set();
}

/// The same lines are written again and again in a loop; reading one takes as long as sending it.
const scenario::Step& parsed(const std::string& line, const char* where) {
  constexpr std::size_t most = 1000;
  thread_local std::unordered_map<std::string, scenario::Step> known;
  if (const auto found = known.find(line); found != known.end()) return found->second;
  if (known.size() >= most) known.clear();
  return known.emplace(line, scenario::parse_line(line, where)).first->second;
}

std::string endpoint(const EndObject& end, const run::Live& live) {
  const std::string& connection = end.connection ? end.connection->name() : live.current();
  return end.name() + (connection.empty() ? "" : "." + connection);
}

/// The client's end stands left, and it is the client's port by which a connection is called.
std::string packet_line(const EndObject& end, const run::Live& live, const std::string& segment) {
  const bool from_client = end.party == Party::Client;
  const EndObject client{end.bench, Party::Client, end.connection};
  return endpoint(client, live) + (from_client ? " --? server : " : " ?-- server : ") + segment;
}

/// A clause of the ladder's that says what the calls themselves say; empty if there is none.
std::string clause_of(const scenario::Step& line) {
  const auto& packet = std::get<scenario::Packet>(line.what);
  if (line.guard) return line.guard->arrived ? "if" : "unless";
  if (packet.becomes) return "becomes";
  if (packet.repeat.most != 1) return "x";
  if (packet.limit.within) return "within";
  return "";
}

void refuse_clause(const char* call, const std::string& clause) {
  if (!clause.empty())
    throw cli::UsageError(std::string(call) + ": '" + clause + "' has no meaning behind this segment");
}

/// What is to arrive has no clauses, and no name either.
const scenario::SegmentSpec& wanted_of(const scenario::Step& line) {
  const auto& packet = std::get<scenario::Packet>(line.what);
  refuse_clause("expect", clause_of(line));
  if (packet.limit.after) refuse_clause("expect", "after");
  if (!line.label.empty()) refuse_clause("expect", "@" + line.label);
  return std::get<scenario::SegmentSpec>(packet.segment);
}

constexpr double longest_wait = 1e9;  ///< seconds; nanoseconds of some more do not fit

time::Duration duration_of(const py::object& value) {
  if (py::isinstance<py::int_>(value) || py::isinstance<py::float_>(value)) {
    const auto number = value.cast<double>();
    if (!(number >= 0 && number <= longest_wait))
      throw cli::UsageError("duration: " + py::str(value).cast<std::string>() + " is not in 0 to 1000000000 seconds");
    return std::chrono::duration_cast<time::Duration>(std::chrono::duration<double>(number));
  }
  if (!py::isinstance<py::str>(value)) {
    try {
      return value.cast<time::Duration>();
    } catch (const py::cast_error&) {
      throw py::type_error("expected a duration as a str such as \"200ms\", seconds, or a timedelta, not " +
                           py::repr(py::type::of(value)).cast<std::string>());
    }
  }
  const scenario::Step wait = parsed("wait " + value.cast<std::string>(), "duration");
  return std::get<scenario::Wait>(std::get<scenario::Act>(wait.what).what).duration;
}

std::string duration_words(const py::object& value) {
  const bool seconds = py::isinstance<py::int_>(value) || py::isinstance<py::float_>(value);
  return py::str(value).cast<std::string>() + (seconds ? " s" : "");
}

std::optional<time::Duration> patience_of(const py::object& within) {
  return within.is_none() ? std::nullopt : std::optional(duration_of(within));
}

TransitObject transit_object(run::Passage passage) {
  return {std::make_shared<const observe::Transit>(std::move(passage.transit)), std::move(passage.sent),
          std::move(passage.received)};
}

py::object send(const EndObject& end, const std::string& segment, std::optional<std::uint32_t> count,
                const py::object& every) {
  if (count && (*count < 1 || *count > most_packets))
    throw cli::UsageError("count: " + std::to_string(*count) + " is not in 1 to " + std::to_string(most_packets));
  const time::Duration pause = every.is_none() ? time::Duration{} : duration_of(every);
  std::vector<EventPointer> frames;
  end.bench->with_live(end.ladder(), [&](run::Live& live) {
    const scenario::Step& line = parsed(packet_line(end, live, segment), "send");
    refuse_clause("send", clause_of(line));
    if (!count) {
      frames = live.send(line);
      return;
    }
    scenario::Step repeated = line;
    std::get<scenario::Packet>(repeated.what).repeat = {*count, *count, pause};
    frames = live.send(repeated);
  });
  if (!count) return frame_object(std::move(frames.at(0)));
  py::list list;
  for (EventPointer& frame : frames) list.append(frame_object(std::move(frame)));
  return list;
}

run::Live::Hearer hearer(const EndObject& end) {
  return {end.party, end.connection ? std::optional(end.connection->name()) : std::nullopt};
}

std::string within_words(const py::object& within) {
  return within.is_none() ? "" : " within " + duration_words(within);
}

TransitObject expect_segment(const EndObject& end, const std::string& segment, const py::object& within) {
  const auto patience = patience_of(within);
  const std::string wanted = "the " + end.name() + " to receive " + segment + within_words(within);
  std::optional<run::Passage> found;
  std::string missing;
  end.bench->with_live(end.ladder(), [&](run::Live& live) {
    const std::string line = end.party == Party::Client ? "client <-- device : " : "device --> server : ";
    found = live.expect(hearer(end), wanted_of(parsed(line + segment, "expect")), patience);
    if (!found) missing = missing_text(live, wanted, hearer(end), live.rest(hearer(end), std::nullopt));
  });
  if (!found) fail_assertion(missing);
  return transit_object(*std::move(found));
}

TransitObject expect_frame(const EndObject& end, const EventPointer& sent, const py::object& within) {
  if (sent->kind == observe::Event::Kind::Received)
    throw cli::UsageError("this frame was received; expected one that was sent");
  if (sent->wire == end.party)
    throw cli::UsageError("the " + end.name() + " sent this frame itself; expected one of the other end");
  if (end.bench->spec().path.kind != scenario::PathSpec::Kind::Direct)
    throw cli::UsageError("connections end at this device, so that no frame crosses it; expected a segment as a str");
  const auto patience = patience_of(within);
  std::optional<run::Passage> found;
  std::string missing;
  end.bench->with_live(end.ladder(), [&](run::Live& live) {
    found = live.expect(sent, patience);
    if (!found && !live.passage_of(sent)) throw cli::UsageError(forgotten);
    if (!found) missing = lost_text(live, sent);
  });
  if (!found) fail_assertion(missing);
  return transit_object(*std::move(found));
}

TransitObject expect(const EndObject& end, const py::object& what, const py::object& within) {
  if (const EventPointer sent = event_of(what)) return expect_frame(end, sent, within);
  if (py::isinstance<py::str>(what)) return expect_segment(end, what.cast<std::string>(), within);
  throw py::type_error("expected a segment as a str, or a Frame that was sent, not " +
                       py::repr(py::type::of(what)).cast<std::string>());
}

void expect_nothing(const EndObject& end, const py::object& within) {
  const auto patience = patience_of(within);
  std::string unexpected;
  end.bench->with_live(end.ladder(), [&](run::Live& live) {
    const auto came = live.rest(hearer(end), patience);
    if (!came.empty()) unexpected = unexpected_text(live, end.party, came);
  });
  if (!unexpected.empty()) fail_assertion(unexpected);
}

/// Who does it, then what is done.
ActObject act(const EndObject& end, const std::string& verb, bool check,
              const std::optional<SessionObject>& session = {}) {
  ActObject done;
  std::string failed;
  end.bench->with_live(end.ladder(), [&](run::Live& live) {
    if (session) live.hold(session->held);
    done.outcome = live.act(parsed(endpoint(end, live) + " " + verb, "act"));
    if (check && !done.outcome.completes) failed = failed_text(live, done.outcome);
  });
  if (!failed.empty()) fail_assertion(failed);
  return done;
}

ActObject write(const EndObject& end, const py::object& octets, bool check) {
  if (py::isinstance<py::int_>(octets)) return act(end, "sends " + py::str(octets).cast<std::string>(), check);
  if (!py::isinstance<py::bytes>(octets) || py::len(octets) == 0)
    throw py::type_error("expected bytes, or how many octets, at least one");
  ActObject done;
  std::string failed;
  const std::string text = octets.cast<py::bytes>();
  end.bench->with_live(end.ladder(), [&](run::Live& live) {
    scenario::Step line = parsed(endpoint(end, live) + " sends 1", "write");
    std::get<scenario::Act>(line.what).what = scenario::Sends{static_cast<std::uint32_t>(text.size()), text};
    line.text = endpoint(end, live) + " sends " + std::to_string(text.size());
    done.outcome = live.act(line);
    if (check && !done.outcome.completes) failed = failed_text(live, done.outcome);
  });
  if (!failed.empty()) fail_assertion(failed);
  return done;
}

std::uint16_t port_of(std::int64_t number) {
  constexpr std::int64_t last_port = 65535;
  if (number < 1 || number > last_port) throw cli::UsageError("a port is 1 to 65535, not " + std::to_string(number));
  return static_cast<std::uint16_t>(number);
}

ConnectionObject tcp(const ClientObject& client, std::int64_t port, std::optional<std::int64_t> source) {
  ConnectionObject opened{client.bench, nullptr, port_of(port), 0};
  const auto own = source ? std::optional(port_of(*source)) : std::nullopt;
  std::string name;
  client.bench->with_live(0, [&](run::Live& live) {
    name = live.open(opened.port, own);
    opened.source = live.client_port(name);
  });
  opened.name = std::make_shared<const ConnectionName>(client.bench, client.bench->ladder(), name);
  return opened;
}

EndObject end_of(const ConnectionObject& connection, Party party) { return {connection.bench, party, connection.name}; }

ActObject tls(const ConnectionObject& connection, const std::optional<SessionObject>& resume, bool check) {
  return act(end_of(connection, Party::Client), resume ? "resumes tls of @held" : "starts tls", check, resume);
}

std::map<std::string, std::string> facts(const std::map<std::string, std::string>& said) { return said; }

py::object session_of(const ActObject& act) {
  return act.outcome.session ? py::cast(SessionObject{*act.outcome.session}) : py::none();
}

void add_outcomes(py::module_& module) {
  py::class_<SessionObject>(module, "Session", "A TLS session in the client's hands, to be offered to resume it.")
      .def("__repr__", [](const SessionObject&) { return "<Session>"; });
  py::class_<ActObject>(module, "Act",
                        "How something came out that both ends did by themselves. True if it came to what it is for.")
      .def_property_readonly(
          "completes", [](const ActObject& a) { return a.outcome.completes; }, "Whether it came to what it is for.")
      .def_property_readonly(
          "client", [](const ActObject& a) { return facts(a.outcome.client); },
          "What the client says of it: 'tcp', 'tls', 'version', 'resumed', 'alert-received' and others, as in the "
          "transcript.")
      .def_property_readonly(
          "server", [](const ActObject& a) { return facts(a.outcome.server); }, "What the server says of it.")
      .def_property_readonly("session", session_of,
                             "The newest Session that the client has been given so far; None if there is none.")
      .def("__bool__", [](const ActObject& a) { return a.outcome.completes; })
      .def("__repr__",
           [](const ActObject& a) { return std::string("<Act ") + (a.outcome.completes ? "completes>" : "fails>"); });
}

void add_end(py::module_& module) {
  py::class_<EndObject>(
      module, "End",
      "One end of a bench's live ladder, or of one Connection. It says nothing by itself but during write(), "
      "close() and the acts of a Connection.")
      .def("send", send, py::arg("segment"), py::kw_only(), py::arg("count") = py::none(),
           py::arg("every") = py::none(),
           "Sends a segment in the words of the ladder, 'SYN,ACK seq=snd.nxt len=536 <mss 1460>', and does not wait "
           "for it. What is not "
           "written is computed from what this end knows (docs/ladder.md). Returns the Frame that left, or with "
           "`count` (1 to 100000) a "
           "list of them, `every` so often (\"10ms\", or seconds). Raises LoadError for a mistake in the segment, and "
           "UsageError if this "
           "end does not know a number that it needs.")
      .def("expect", expect, py::arg("what"), py::kw_only(), py::arg("within") = py::none(),
           "Takes what arrives at this end: the first segment that is as `what` says and that nothing took before, or, "
           "if `what` is a Frame that "
           "the other end sent, that very packet, whatever the device made of it. Waits as long as `within` "
           "(\"200ms\", or seconds); without "
           "it until a marker proves that it will not come, or where nothing of ours is under way as long as the bench "
           "is patient. Returns its "
           "Transit. Raises AssertionError, which shows the ladder and names what is missing.")
      .def("expect_nothing", expect_nothing, py::kw_only(), py::arg("within") = py::none(),
           "Raises AssertionError if anything has arrived at this end that nothing took: once all that was under way "
           "is there, and `within` is over.")
      .def("write", write, py::arg("octets"), py::kw_only(), py::arg("check") = true,
           "Application data, over TLS once that is there: bytes, or how many octets of the usual pattern. Over when "
           "the other end has all of "
           "it and has acknowledged. With `check` an act that fails raises AssertionError with the ladder; so in all "
           "acts.")
      .def(
          "close", [](const EndObject& e, bool check) { return act(e, "closes", check); }, py::kw_only(),
          py::arg("check") = true, "CLOSE (RFC 9293 section 3.10.4): over when both ends are closed.")
      .def(
          "reset", [](const EndObject& e, bool check) { return act(e, "resets", check); }, py::kw_only(),
          py::arg("check") = true, "ABORT (RFC 9293 section 3.10.5): over when the other end has heard the RST.")
      .def(
          "forget", [](const EndObject& e) { act(e, "forgets", false); },
          "This end loses the connection without a word.")
      .def("__repr__", [](const EndObject& e) {
        return "<End " + e.name() + (e.connection ? " of " + e.connection->name() : "") + ">";
      });
  py::class_<ClientObject, EndObject>(module, "Client", "The client's end of a bench, which opens connections.")
      .def("tcp", tcp, py::arg("port") = https, py::kw_only(), py::arg("source") = py::none(),
           "A connection to that port of the server, from a port of its own or `source` (1 to 65535); nothing is sent "
           "yet. What `Bench.client` and "
           "`Bench.server` send from now on is of this connection.");
}

void add_connection(py::module_& module) {
  py::class_<ConnectionObject>(module, "Connection",
                               "A TCP connection between the two ends of a bench. It is let go with its last name.")
      .def_property_readonly(
          "client", [](const ConnectionObject& c) { return end_of(c, Party::Client); }, "Its client's End.")
      .def_property_readonly(
          "server", [](const ConnectionObject& c) { return end_of(c, Party::Server); }, "Its server's End.")
      .def_readonly("port", &ConnectionObject::port, "The server's port.")
      .def_readonly("source", &ConnectionObject::source, "The client's port on its own wire.")
      .def(
          "connect",
          [](const ConnectionObject& c, bool check) { return act(end_of(c, Party::Client), "connects", check); },
          py::kw_only(), py::arg("check") = true,
          "The three-way handshake (RFC 9293 section 3.5), retransmissions included.")
      .def("tls", tls, py::kw_only(), py::arg("resume") = py::none(), py::arg("check") = true,
           "A TLS handshake, of which the settings `client.tls` and `server.tls` of Bench.begin say what is special; "
           "with `resume` one that offers that Session.")
      .def(
          "close", [](const ConnectionObject& c, bool check) { return act(end_of(c, Party::Client), "closes", check); },
          py::kw_only(), py::arg("check") = true, "As client.close().")
      .def("__repr__", [](const ConnectionObject& c) {
        return "<Connection " + c.name->name() + " from port " + std::to_string(c.source) + " to " +
               std::to_string(c.port) + ">";
      });
}

}  // namespace

void begin(BenchObject& bench, const std::string& family, const py::kwargs& settings) {
  if (family != "ipv4" && family != "ipv6")
    throw cli::UsageError("family: '" + family + "' is unknown; expected ipv4 or ipv6");
  const py::object dotted = py::module_::import("twinwire._loading").attr("dotted")(settings);
  bench.begin(family == "ipv4" ? wire::Family::Ipv4 : wire::Family::Ipv6, dotted.cast<scenario::Settings>());
}

py::object live_end(const std::shared_ptr<BenchObject>& bench, Party party) {
  if (party == Party::Client) return py::cast(ClientObject{{bench, party, nullptr}});
  return py::cast(EndObject{bench, party, nullptr});
}

void wait(BenchObject& bench, const py::object& duration) {
  const time::Duration time = duration_of(duration);
  const std::string text = "wait " + duration_words(duration);
  bench.with_live(0, [&](run::Live& live) {
    scenario::Step line = parsed("wait 1s", "wait");
    std::get<scenario::Act>(line.what).what = scenario::Wait{time};
    line.text = text;
    live.act(line);
  });
}

py::object crossing(BenchObject& bench, const py::object& frame) {
  const EventPointer sent = event_of(frame);
  if (!sent) throw py::type_error("expected a Frame that was sent");
  std::optional<run::Passage> passage;
  bench.with_live(0, [&](run::Live& live) { passage = live.passage_of(sent); });
  if (!passage) throw cli::UsageError(forgotten);
  return py::cast(transit_object(*std::move(passage)));
}

py::list crossings(BenchObject& bench) {
  std::vector<run::Passage> passages;
  bench.with_live(0, [&](run::Live& live) { passages = live.passages(); });
  py::list list;
  for (run::Passage& passage : passages) list.append(transit_object(std::move(passage)));
  return list;
}

std::string live_ladder(BenchObject& bench) {
  std::string text;
  bench.with_live(0, [&](run::Live& live) { text = ladder_text(live, report::Charset::Utf8); });
  return text;
}

void add_live(py::module_& module) {
  add_outcomes(module);
  add_end(module);
  add_connection(module);
}

}  // namespace twinwire::bindings
