#pragma once

#include "core/base/fork.h"

#include "core/base/ids.h"
#include "core/base/mutex.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace poolscope {

class EventLog;
struct Event;

struct WorkerSamplerOptions {
  std::chrono::milliseconds interval{50}; ///< at most twenty a second: four of them say whether a worker computes now
  bool startThread = true;                ///< false: only sampleNow() samples (tests)
  std::string proc = "/proc";             ///< where the kernel tells who waited for a processor (tests)
};

/// Looks at the workers that run on and tells, as WorkerSampled events, how much processor time each has used, and how
/// long it was ready without a processor. Workers read their own clock when a task ends or is blocked; what lies
/// between only somebody else can say. It learns from the recording who lives and runs, so no executor is asked and no
/// lock of a pool is taken.
///
/// Made by a program that wants to know, after its log; the log outlives it. The destructor joins its thread.
/// Order: a worker that runs is told of at the first look, and then while its figures move by 50 µs and once when they
/// stand still; silence after that means that nothing moves. When they move again, what was seen at the look before is
/// told first. Who is blocked or idle is looked at only after a change. A round may take a twentieth of the time at
/// most: with many workers the looks are rarer.
/// Threads: owner; sampleNow() only without the thread.
class WorkerSampler {
 public:
  explicit WorkerSampler(EventLog& log, WorkerSamplerOptions options = {});
  ~WorkerSampler();
  WorkerSampler(const WorkerSampler&) = delete;
  WorkerSampler& operator=(const WorkerSampler&) = delete;

  std::size_t sampleNow(); ///< one round; the number of events it appended

 private:
  struct Figures {
    std::int64_t cpuNs = 0, delayNs = -1; // negative: not known
  };
  struct Worker {
    std::uint32_t pid = 0, tid = 0; // 0: nobody
    bool runs = false;              // has a task that is not blocked
    bool changed = false;           // began, ended or was blocked since the last look
    bool still = false;             // at the last look, in this stretch of running, nothing had moved
    Figures told;                   // last
    std::int64_t lookedAt = 0;      // monotonic ns
  };
  using Slots = std::vector<Worker>;

  void learn(const Event& event);
  Worker& worker(const Event& event);
  Figures read(const Worker& worker);
  std::size_t look(PoolId pool, SlotIndex slot, Worker& worker);
  void tell(PoolId pool, SlotIndex slot, const Worker& worker, const Figures& figures, std::int64_t lag);
  void loop();

  EventLog& m_log; // borrowed
  const WorkerSamplerOptions m_options;
  const HomeProcess m_home;
  const std::uint32_t m_ownPid;
  std::uint64_t m_seq = 0; // events read so far
  bool m_hasDelays = true; // until the kernel turns out to keep none
  std::unordered_map<PoolId, Slots> m_pools;
  std::pair<PoolId, Slots*> m_latest; // the pool that was looked up last: most events are of the same
  std::atomic<bool> m_ending{false};  // written by the destructor
  Parker m_bed;
  std::thread m_thread;
};

} // namespace poolscope
