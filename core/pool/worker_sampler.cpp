#include "core/pool/worker_sampler.h"

#include "core/base/cpu_time.h"
#include "core/base/system_calls.h"
#include "core/event/event_log.h"

#include <unistd.h>

namespace poolscope {

namespace {
constexpr std::int64_t kLeastStep = 50'000; // ns; below it a blocked worker's wake-ups would fill the recording
}

WorkerSampler::WorkerSampler(EventLog& log, WorkerSamplerOptions options)
    : m_log(log), m_options(options), m_ownPid(static_cast<std::uint32_t>(::getpid())) {
  if (m_options.startThread) m_thread = makeServiceThread("sampler", [this] { loop(); });
}

WorkerSampler::~WorkerSampler() {
  m_ending = true;
  m_bed.unpark();
  if (m_thread.joinable()) m_thread.join();
}

void WorkerSampler::loop() {
  while (!m_ending) {
    sampleNow();
    m_bed.park(std::chrono::steady_clock::now() + m_options.interval);
  }
}

void WorkerSampler::learn(const Event& event) {
  const Place place{event.pool, event.slot};
  if (event.kind == EventKind::WorkerReady)
    m_workers[place] = {.pid = event.a, .tid = event.b};
  else if (event.kind == EventKind::WorkerExited)
    m_workers.erase(place);
  else if (event.kind == EventKind::PoolClosed)
    m_workers.erase(m_workers.lower_bound({event.pool, 0}), m_workers.upper_bound({event.pool, kNoSlot}));
}

bool WorkerSampler::sample(const Place& place, Worker& worker) {
  const bool isThread = worker.pid == m_ownPid;
  const auto cpuNs = isThread ? threadCpuTime(worker.tid) : processCpuTime(worker.pid);
  if (!cpuNs || *cpuNs < worker.cpuNs + kLeastStep) return false;
  worker.cpuNs = *cpuNs;
  Event event;
  event.kind = EventKind::WorkerSampled;
  event.pool = place.first, event.slot = place.second;
  event.setAb(*cpuNs);
  event.c = isThread ? 0 : residentKiB(worker.pid); // threads have no memory of their own
  m_log.append(event);
  return true;
}

std::size_t WorkerSampler::sampleNow() {
  const Recording& recording = m_log.recording();
  for (const std::uint64_t end = recording.size(); m_seq < end;)
    for (const Event& event : recording.from(m_seq)) {
      learn(event);
      ++m_seq;
    }
  std::size_t appended = 0;
  for (auto& [place, worker] : m_workers)
    appended += sample(place, worker);
  return appended;
}

} // namespace poolscope
