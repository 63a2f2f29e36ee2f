#pragma once

#include "core/base/ids.h"
#include "core/base/mutex.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <thread>
#include <utility>

namespace poolscope {

class EventLog;
struct Event;

struct WorkerSamplerOptions {
  std::chrono::milliseconds interval{100}; ///< ten samples a second say enough about a second, and cost nothing
  bool startThread = true;                 ///< false: only sampleNow() samples (tests)
};

/// Tells how much processor time each worker has used, as WorkerSampled events: what says that an occupied worker
/// computes. It learns from the recording who lives, so no executor is asked and no lock of a pool is taken.
///
/// Made by a program that wants to know, after its log; the log outlives it. The destructor joins its thread.
/// Order: an event comes at most once an interval and only when the worker's time has moved by 50 µs; a sample may be
/// recorded just after its worker's end, which the fold ignores.
/// Threads: owner; sampleNow() only without the thread.
class WorkerSampler {
 public:
  explicit WorkerSampler(EventLog& log, WorkerSamplerOptions options = {});
  ~WorkerSampler();
  WorkerSampler(const WorkerSampler&) = delete;
  WorkerSampler& operator=(const WorkerSampler&) = delete;

  std::size_t sampleNow(); ///< one round; the number of events it appended

 private:
  struct Worker {
    std::uint32_t pid = 0, tid = 0;
    std::int64_t cpuNs = 0; // as it was told last
  };
  using Place = std::pair<PoolId, SlotIndex>;

  void learn(const Event& event);
  bool sample(const Place& place, Worker& worker);
  void loop();

  EventLog& m_log; // borrowed
  const WorkerSamplerOptions m_options;
  const std::uint32_t m_ownPid;
  std::uint64_t m_seq = 0; // events read so far
  std::map<Place, Worker> m_workers;
  std::atomic<bool> m_ending{false}; // written by the destructor
  Parker m_bed;
  std::thread m_thread;
};

} // namespace poolscope
