// SPDX-License-Identifier: Apache-2.0
// Cells are walked by coroutines on the bench's one thread, a number of them at once; those that must be alone come
// last, one after the other. A cell's seed depends on the run's seed and its place in the list alone, so that the order
// in which cells happen to finish changes nothing in what they send.
#include "harness/run/run.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>

#include "harness/run/live.hpp"
#include "harness/run/markers.hpp"
#include "harness/run/walker.hpp"
#include "harness/run/wires.hpp"

namespace twinwire::run {
namespace {

constexpr time::Duration marker_patience = std::chrono::milliseconds(500);

constexpr int most_repetitions = 2;

std::uint64_t mix(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15ULL;  // splitmix64
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

bool needs_the_bench_alone(const scenario::Scenario& cell, const scenario::BenchSpec& bench) {
  // Which connection of the device's own belongs to which client can only be told while there is one.
  return cell.exclusive || cell.client.program || cell.server.program || bench.path.connects_anew();
}

}  // namespace

struct Floor::State {
  State(bench::Bench& bench, std::uint64_t run_seed) : wires(bench), seed(run_seed) {}

  /// Finds next hops and opens marker connections for families that have not been walked yet.
  void prepare(const std::vector<const scenario::Scenario*>& cells);

  Wires wires;
  std::uint64_t seed;
  std::uint64_t walked = 0;  ///< cells of walks before this one, so that no two have one seed
  std::set<wire::Family> prepared;
  std::map<wire::Family, std::unique_ptr<MarkerFlow>> markers;
};

void Floor::State::prepare(const std::vector<const scenario::Scenario*>& cells) {
  for (const auto* cell : cells) {
    const wire::Family family = cell->family;
    if (!prepared.insert(family).second) continue;
    if (!wires.has(family))
      throw bench::BenchError("the bench has no " + std::string(name(family)) + " address at both ends");
    wires.resolve(family);
    const scenario::BenchSpec& spec = wires.bench().spec();
    if (!spec.ordered || spec.path.kind != scenario::PathSpec::Kind::Direct) continue;
    auto flow = std::make_unique<MarkerFlow>(wires, family, static_cast<std::uint32_t>(mix(seed, ~0ULL)));
    if (flow->open(marker_patience)) markers[family] = std::move(flow);
  }
}

namespace {

/// One call of Floor::walk.
class Round {
 public:
  Round(Wires& wires, std::uint64_t seed, std::uint64_t first,
        const std::map<wire::Family, std::unique_ptr<MarkerFlow>>& markers,
        const std::vector<const scenario::Scenario*>& cells, const Options& options,
        const std::function<void(Walked)>& done)
      : wires_(wires), seed_(seed), first_(first), markers_(markers), cells_(cells), options_(options), done_(done) {}

  void run() {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      (needs_the_bench_alone(*cells_[i], wires_.bench().spec()) ? alone_ : together_).push_back(i);
    fill();
    wires_.timeline().run([this] { return settle(); });
    if (lost_) std::rethrow_exception(lost_);
  }

 private:
  struct Walk {
    std::unique_ptr<Walker> walker;
    std::size_t cell = 0;
    time::Instant begun;
  };

  /// Begins as many cells as there is room for; exclusive ones only when nothing else is under way.
  void fill() {
    while (!together_.empty() && static_cast<int>(under_way_.size()) < options_.side_by_side && is_time(together_))
      begin(take(together_));
    if (together_.empty() && under_way_.empty() && !alone_.empty() && is_time(alone_)) begin(take(alone_));
  }

  /// Whether the first of the queue may begin; if not, there is a call when it may.
  bool is_time(const std::vector<std::size_t>& queue) {
    if (options_.begins.empty()) return true;
    const time::Instant begins = options_.begins[queue.front()];
    if (begins <= wires_.timeline().now()) return true;
    if (planned_ != begins) wires_.timeline().at(begins, [] {});  // that it is called makes settle() run
    planned_ = begins;
    return false;
  }

  static std::size_t take(std::vector<std::size_t>& queue) {
    const std::size_t first = queue.front();
    queue.erase(queue.begin());
    return first;
  }

  void begin(std::size_t cell) {
    const scenario::Scenario& scenario = *cells_[cell];
    const auto flow = markers_.find(scenario.family);
    auto walker = std::make_unique<Walker>(wires_, flow == markers_.end() ? nullptr : flow->second.get(), scenario,
                                           mix(seed_, first_ + cell), options_.share(cell));
    Walker& walking = *walker;
    under_way_.push_back({std::move(walker), cell, wires_.timeline().now()});
    boost::asio::co_spawn(
        wires_.timeline().context(), walking.walk(),
        [this, &walking](const std::exception_ptr& error) { finished_.emplace_back(&walking, error); });
  }

  /// Hands over what has ended; true when nothing is left to do.
  bool settle() {
    const bool interrupted = options_.interrupted();
    if (interrupted || lost_) {
      together_.clear();
      alone_.clear();
      for (const Walk& walk : under_way_) walk.walker->interrupt();
    }
    while (!finished_.empty()) {
      auto [walker, error] = finished_.front();
      finished_.erase(finished_.begin());
      hand_over(walker, error);
    }
    fill();
    return under_way_.empty() && together_.empty() && alone_.empty();
  }

  void hand_over(const Walker* walker, const std::exception_ptr& error) {
    const auto walk = std::ranges::find_if(under_way_, [&](const Walk& w) { return w.walker.get() == walker; });
    if (!error && walker->worth_repeating() && ++repeated_[walk->cell] <= most_repetitions) {
      alone_.push_back(walk->cell);
      under_way_.erase(walk);
      return;
    }
    Walked walked;
    walked.cell = walk->cell;
    walked.duration = wires_.timeline().now() - walk->begun;
    walked.transcript = walk->walker->take_transcript();
    walked.session = walk->walker->newest_session();
    under_way_.erase(walk);
    try {
      if (error) std::rethrow_exception(error);
    } catch (const bench::BenchError& why) {
      lost_ = error;
      walked.error = why.what();
    } catch (const std::exception& why) {
      walked.error = why.what();
    }
    done_(std::move(walked));
  }

  Wires& wires_;
  std::uint64_t seed_, first_;
  const std::map<wire::Family, std::unique_ptr<MarkerFlow>>& markers_;
  const std::vector<const scenario::Scenario*>& cells_;
  const Options& options_;
  const std::function<void(Walked)>& done_;
  std::vector<std::size_t> together_, alone_;
  std::map<std::size_t, int> repeated_;  ///< how often a cell was walked again because nothing could be said
  std::vector<Walk> under_way_;
  std::vector<std::pair<const Walker*, std::exception_ptr>> finished_;
  std::exception_ptr lost_;
  std::optional<time::Instant> planned_;  ///< for when the last waking was asked
};

}  // namespace

void seed_randomness(std::uint64_t seed) { tls::seed_randomness(mix(seed, 0)); }

Floor::Floor(bench::Bench& bench, std::uint64_t seed) : state_(std::make_unique<State>(bench, seed)) {
  state_->wires.begin_ports_at(static_cast<std::uint16_t>(10000 + mix(seed, 0) % 20000));
}

Floor::~Floor() = default;

void Floor::walk(const std::vector<const scenario::Scenario*>& cells, const Options& options,
                 const std::function<void(Walked)>& done) {
  if (cells.empty()) return;
  state_->prepare(cells);
  Round(state_->wires, state_->seed, state_->walked, state_->markers, cells, options, done).run();
  state_->walked += cells.size();
}

std::unique_ptr<Live> Floor::begin(scenario::Scenario cell) {
  state_->prepare({&cell});
  const auto flow = state_->markers.find(cell.family);
  return std::make_unique<Live>(state_->wires, flow == state_->markers.end() ? nullptr : flow->second.get(),
                                std::move(cell), mix(state_->seed, state_->walked++));
}

}  // namespace twinwire::run
