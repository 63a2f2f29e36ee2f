// What recording costs: `bench_events CASE N` prints nanoseconds an event, or (burst) the events lost and the events in
// all. events.py makes rounds and ratios.
#include "core/base/clock.h"
#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "tests/bench/measure.h"

#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

using namespace poolscope;

namespace {

constexpr std::size_t kBurst = 512; // fits in a ring: what is timed is stamp and ring, not the merge

template <class Step> double timed(std::size_t count, Step step, auto between) {
  double ns = 0;
  for (std::size_t done = 0; done < count; done += kBurst) {
    const auto start = bench::Clock::now();
    for (std::size_t i = 0; i < kBurst; ++i)
      step();
    ns += bench::nsSince(start);
    between();
  }
  return ns / static_cast<double>((count + kBurst - 1) / kBurst * kBurst);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "bench_events: needs CASE N\n");
    return 2;
  }
  const std::string what = argv[1];
  const std::size_t count = std::strtoull(argv[2], nullptr, 10);
  Event event;
  event.kind = EventKind::WorkerIdle, event.pool = PoolId{1};
  EventLog log({.startDrainer = false});
  log.append(event);
  log.drainNow();

  if (what == "stamp") { // the bare time stamp
    std::int64_t sum = 0;
    const double ns = timed(
        count, [&] { sum += TickClock::now(); }, [] {});
    std::printf("%.2f\n", sum == 1 ? 0 : ns);
  } else if (what == "event") { // stamp and ring
    std::printf("%.2f\n", timed(
                              count, [&] { EventBatch(&log).add(event); }, [&] { log.drainNow(); }));
  } else if (what == "drained") { // all of it: stamp, ring, merge, recording, in one thread
    const auto start = bench::Clock::now();
    for (std::size_t i = 0; i < count; ++i)
      EventBatch(&log).add(event);
    log.drainNow();
    std::printf("%.2f\n", bench::nsSince(start) / static_cast<double>(count));
  } else if (what == "mutex") { // what everybody writes first
    std::mutex mutex;
    std::vector<Event> events;
    std::printf("%.2f\n", timed(
                              count,
                              [&] {
                                const std::lock_guard lock(mutex);
                                event.t = monotonicNow();
                                events.push_back(event);
                              },
                              [] {}));
  } else if (what == "burst") { // 3 events a task and more, from two workers and a producer
    EventLog drained;
    ThreadPoolOptions options;
    options.maxWorkers = 2, options.log = &drained;
    ThreadPoolExecutor pool(std::move(options));
    for (std::size_t i = 0; i < count; ++i)
      pool.submit([] {});
    pool.shutdown();
    const std::uint64_t events = drained.drainNow();
    std::printf("%llu %llu\n", static_cast<unsigned long long>(drained.recording().dropped()),
                static_cast<unsigned long long>(events));
  } else {
    return 2;
  }
  return 0;
}
