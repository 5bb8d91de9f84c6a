// SPDX-License-Identifier: Apache-2.0
// The one way in which a walk waits: until something happened or a deadline has come, whichever is first.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "generator/time/timeline.hpp"

namespace twinwire::run {

class Alarm {
 public:
  explicit Alarm(time::Timeline& timeline) : timeline_(timeline), never_(timeline.context()) {
    never_.expires_at(boost::asio::steady_timer::time_point::max());
  }

  /// Something happened: whoever waits goes on, and if nobody does, the next wait ends at once.
  void ring() {
    rung_ = true;
    never_.cancel();
  }

  boost::asio::awaitable<void> until(time::Instant deadline) {
    if (!rung_ && timeline_.now() < deadline) {
      const time::TimerId timer = timeline_.at(deadline, [this] { never_.cancel(); });
      boost::system::error_code cancelled;
      co_await never_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
      timeline_.cancel(timer);
    }
    rung_ = false;
  }

 private:
  time::Timeline& timeline_;
  boost::asio::steady_timer never_;  // used as a condition: it never expires, it is only cancelled
  bool rung_ = false;
};

}  // namespace twinwire::run
