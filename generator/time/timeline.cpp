// SPDX-License-Identifier: Apache-2.0
// Both timelines keep one queue of planned calls, ordered by instant and then by the order of planning. They differ
// only in how they get to the next one: the simulated one sets its clock to it, once the io_context has nothing ready;
// the real one lets the io_context serve descriptors until the clock is there.
#include "generator/time/timeline.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <utility>

namespace twinwire::time {
namespace {

class TimerQueue {
 public:
  TimerId plan(Instant when, std::function<void()> wake) {
    calls_.emplace(std::pair{when, ++last_}, std::move(wake));
    due_of_.emplace(last_, when);
    return last_;
  }
  void cancel(TimerId timer) {
    const auto due = due_of_.find(timer);
    if (due == due_of_.end()) return;
    calls_.erase({due->second, timer});
    due_of_.erase(due);
  }
  bool empty() const { return calls_.empty(); }
  Instant next() const { return calls_.begin()->first.first; }
  void fire_next() {
    auto first = calls_.extract(calls_.begin());
    due_of_.erase(first.key().second);
    first.mapped()();
  }

 private:
  std::map<std::pair<Instant, TimerId>, std::function<void()>> calls_;
  std::map<TimerId, Instant> due_of_;
  TimerId last_ = 0;
};

class SimulatedTimeline final : public Timeline {
 public:
  Instant now() const override { return now_; }
  bool simulated() const override { return true; }
  TimerId at(Instant when, std::function<void()> wake) override {
    return queue_.plan(std::max(when, now_), std::move(wake));
  }
  void cancel(TimerId timer) override { queue_.cancel(timer); }
  boost::asio::io_context& context() override { return context_; }
  void run(const std::function<bool()>& finished) override {
    while (!finished()) {
      context_.restart();
      if (context_.poll() > 0) continue;
      if (queue_.empty()) return;
      now_ = queue_.next();
      queue_.fire_next();
    }
  }

 private:
  boost::asio::io_context context_{1};
  TimerQueue queue_;
  Instant now_{};
};

class RealTimeline final : public Timeline {
 public:
  bool simulated() const override { return false; }
  Instant now() const override {
    return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start_));
  }
  TimerId at(Instant when, std::function<void()> wake) override { return queue_.plan(when, std::move(wake)); }
  void cancel(TimerId timer) override { queue_.cancel(timer); }
  boost::asio::io_context& context() override { return context_; }
  void run(const std::function<bool()>& finished) override {
    while (!finished()) {
      context_.restart();
      if (!queue_.empty() && queue_.next() <= now()) {
        queue_.fire_next();
        context_.poll();
      } else {
        // Woken at least ten times a second, so that `finished` (an interrupt, for one) is asked in time.
        const Duration longest = std::chrono::milliseconds(100);
        context_.run_one_for(queue_.empty() ? longest : std::min(longest, queue_.next() - now()));
      }
    }
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_{context_.get_executor()};
  TimerQueue queue_;
};

}  // namespace

Duration into_second() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Duration>(now - std::chrono::floor<std::chrono::seconds>(now));
}

std::unique_ptr<Timeline> make_simulated_timeline() { return std::make_unique<SimulatedTimeline>(); }
std::unique_ptr<Timeline> make_real_timeline() { return std::make_unique<RealTimeline>(); }

}  // namespace twinwire::time
