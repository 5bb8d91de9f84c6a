// SPDX-License-Identifier: Apache-2.0
// Segments go through the model one after the other, without delay. When none is under way the clock goes on to what
// the ends or the model wait for, up to some seconds: long enough for retransmissions, too short for TIME-WAIT.
#include "tests/harness/device/tls_path.hpp"

#include <algorithm>

namespace twinwire::test {

namespace {

constexpr time::Duration patience = std::chrono::seconds(3);
constexpr std::size_t question = 100;  // octets

}  // namespace

class TlsPath::Connection {
 public:
  Connection(TlsPath& path, std::unique_ptr<tls::Peer> client, std::unique_ptr<tls::Peer> server)
      : path_(path),
        tuple_{address(path, Party::Client), address(path, Party::Server), path.next_port_++, 443},
        client_(path.route.client, path.route.client_bends, 1000, transmit(Party::Client)),
        server_(path.route.server, path.route.server_bends, 9000, transmit(Party::Server)) {
    client_.start_tls(std::move(client));
    server_.start_tls(std::move(server));
    server_.follow_close();
    server_.listen();
  }

  Course run() {
    path_.came_out.clear();
    client_.connect(path_.now_);
    settle();
    if (path_.route.agent == KeyAgent::Late) tell_secrets();
    ask();
    Course course = course_so_far();
    if (path_.route.farewell == Farewell::Close) {
      client_.close(path_.now_);
      settle();
    }
    finish(course);
    return course;
  }

 private:
  static wire::Address address(const TlsPath& path, Party end) {
    const bool four = path.route.family == wire::Family::Ipv4;
    if (end == Party::Client) return *wire::parse_address(four ? "198.18.1.2" : "2001:2:0:1::2");
    return *wire::parse_address(four ? "198.18.2.2" : "2001:2:0:2::2");
  }

  host::LiveEnd::Transmit transmit(Party from) {
    return [this, from](const tcp::Segment& segment) { sent_.push_back({from, frame_of(from, segment)}); };
  }

  craft::Frame frame_of(Party from, const tcp::Segment& out) {
    craft::Segment segment;
    segment.src_mac = {{2, 0, 0, 0, 0, 0xC1}};
    segment.dst_mac = {{2, 0, 0, 0, 0, 0x5E}};
    segment.src = tuple_.client;
    segment.dst = tuple_.server;
    segment.src_port = tuple_.client_port;
    segment.dst_port = tuple_.server_port;
    if (from == Party::Server) {
      std::swap(segment.src_mac, segment.dst_mac);
      std::swap(segment.src, segment.dst);
      std::swap(segment.src_port, segment.dst_port);
    }
    segment.seq = out.seq;
    segment.ack = out.ack;
    segment.flags = out.flags;
    segment.window = out.window;
    segment.options.assign(out.options.begin(), out.options.end());
    segment.payload.assign(out.payload.begin(), out.payload.end());
    return path_.builder_->tcp(segment);
  }

  /// Until nothing more happens.
  void settle() {
    const time::Instant end = path_.now_ + patience;
    do {
      carry();
    } while (wait(end));
  }

  void carry() {
    const auto deliver = [this](Party toward, wire::Bytes frame) {
      path_.came_out.emplace_back(toward, craft::Frame(frame.begin(), frame.end()));
      host::LiveEnd& end = toward == Party::Client ? client_ : server_;
      const auto packet = wire::decode(frame);
      end.arrives(*packet->tcp, path_.now_);
      end.pump(path_.now_);
    };
    while (!sent_.empty()) {
      const Sent next = std::move(sent_.front());
      sent_.pop_front();
      if (path_.route.agent == KeyAgent::Prompt) tell_secrets();
      if (++frames_ == path_.route.interlude_before) path_.route.interlude();
      path_.model->on_frame(next.from, path_.now_, next.frame, deliver);
    }
  }

  void tell_secrets() {
    for (const auto& line : server_.peer()->take_key_log()) path_.model->learn_secret(line);
  }

  bool wait(time::Instant end) {
    std::optional<time::Instant> next;
    for (const auto& due : {client_.deadline(), server_.deadline()}) {
      if (due && (!next || *due < *next)) next = due;
    }
    if (!next || *next > end) return false;
    path_.now_ = std::max(path_.now_, *next);
    for (host::LiveEnd* side : {&client_, &server_}) {
      side->expires(path_.now_);
      side->pump(path_.now_);
    }
    return true;
  }

  /// Application data there, and as much back.
  void ask() {
    const std::vector<std::uint8_t> octets(question, 'q');
    const bool open = client_.endpoint().state() == tcp::State::Established &&
                      server_.endpoint().state() == tcp::State::Established &&
                      client_.peer()->facts().progress == tls::Progress::Complete &&
                      server_.peer()->facts().progress == tls::Progress::Complete;
    if (!open) return;
    server_.received().clear();  // of early data
    client_.send(octets, path_.now_);
    settle();
    if (server_.received().size() == question) server_.send(server_.received(), path_.now_);
    settle();
  }

  Course course_so_far() {
    Course course;
    course.client = client_.peer()->facts();
    course.server = server_.peer()->facts();
    course.answered = client_.received().size();
    course.sessions = client_.peer()->take_sessions();
    course.tuple = tuple_;
    return course;
  }

  void finish(Course& course) {
    course.client_ending = client_.endpoint().ending();
    course.server_ending = server_.endpoint().ending();
    course.client_state = client_.endpoint().state();
    course.server_state = server_.endpoint().state();
    course.client_saw_fin = client_.endpoint().peer_finished();
    course.log = path_.model->take_log(tuple_);
  }

  TlsPath& path_;
  wire::FourTuple tuple_;
  std::deque<Sent> sent_;
  std::size_t frames_ = 0;
  host::LiveEnd client_, server_;
};

Course TlsPath::connect(tls::Client& client, tls::Server& server, const tls::Session* resume) {
  Connection connection(*this, client.connect(resume), server.accept());
  return connection.run();
}

}  // namespace twinwire::test
