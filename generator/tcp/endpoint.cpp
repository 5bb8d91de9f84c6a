// SPDX-License-Identifier: Apache-2.0
// The face of the module: the TCB lives in the caller's memory resource, and every call goes to the function of the
// RFC's section.
#include "generator/tcp/endpoint.hpp"

#include <array>
#include <new>

#include "generator/tcp/segment_arrives.hpp"
#include "generator/tcp/segmentation.hpp"
#include "generator/tcp/sending.hpp"
#include "generator/tcp/tcb.hpp"
#include "generator/tcp/user_calls.hpp"

namespace twinwire::tcp {

std::string_view name(State state) {
  static constexpr std::array<std::string_view, 11> names = {"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                                             "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                                             "CLOSING",     "LAST-ACK",   "TIME-WAIT"};
  return names[static_cast<std::size_t>(state)];
}

void Endpoint::Release::operator()(Tcb* tcb) const {
  std::pmr::memory_resource& memory = *tcb->memory;
  std::destroy_at(tcb);
  memory.deallocate(tcb, sizeof(Tcb), alignof(Tcb));
}

Endpoint::Endpoint(const Policy& policy, std::uint32_t iss, std::pmr::memory_resource& memory)
    : tcb_(new (memory.allocate(sizeof(Tcb), alignof(Tcb))) Tcb(policy, iss, memory)) {}
Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;

void Endpoint::connect(Instant now, Output& output) { open_active(*tcb_, now, output); }
void Endpoint::listen() { open_passive(*tcb_); }
std::size_t Endpoint::send(wire::Bytes octets, Instant now, Output& output) {
  return tcp::send(*tcb_, octets, now, output);
}
std::size_t Endpoint::receive(std::span<std::uint8_t> into, Instant now, Output& output) {
  return tcp::receive(*tcb_, into, now, output);
}
void Endpoint::close(Instant now, Output& output) { tcp::close(*tcb_, now, output); }
void Endpoint::abort(Instant now, Output& output) { tcp::abort(*tcb_, now, output); }
void Endpoint::adopt(const Synchronised& variables) { tcp::adopt(*tcb_, variables); }

void Endpoint::arrives(const wire::Tcp& segment, Instant now, Output& output) {
  segment_arrives(*tcb_, segment, now, output);
}
void Endpoint::too_big(std::uint16_t mtu, Instant now, Output& output) { path_mtu_is(*tcb_, mtu, now, output); }
std::optional<Instant> Endpoint::deadline() const { return next_timeout(*tcb_); }
void Endpoint::expires(Instant now, Output& output) { timeouts(*tcb_, now, output); }

State Endpoint::state() const { return tcb_->state; }
Ending Endpoint::ending() const { return tcb_->ending; }
std::size_t Endpoint::readable() const {
  const bool kept_back = tcb_->state == State::SynSent || tcb_->state == State::SynReceived;
  return kept_back ? 0 : tcb_->rcv_queue.size();
}
bool Endpoint::peer_finished() const { return tcb_->fin_taken; }
bool Endpoint::all_acknowledged() const { return tcb_->snd_una == tcb_->snd_nxt && unsent() == 0 && !fin_waits(); }
bool Endpoint::fin_waits() const { return tcb_->closing && !tcb_->fin_sent; }
std::size_t Endpoint::unsent() const { return unsent_octets(*tcb_); }
std::uint32_t Endpoint::snd_una() const { return tcb_->snd_una; }
std::uint32_t Endpoint::snd_nxt() const { return tcb_->snd_nxt; }
std::uint32_t Endpoint::rcv_nxt() const { return tcb_->rcv_nxt; }
std::uint16_t Endpoint::send_mss() const { return effective_send_mss(*tcb_); }

}  // namespace twinwire::tcp
