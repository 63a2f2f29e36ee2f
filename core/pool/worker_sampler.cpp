#include "core/pool/worker_sampler.h"

#include "core/base/clock.h"
#include "core/base/cpu_time.h"
#include "core/base/system_calls.h"
#include "core/event/event_log.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {
constexpr std::int64_t kLeastStep = 50'000; // ns; below it the wake-ups of who does nothing would fill the recording
constexpr int kRarer = 20;                  // a round of 2 ms is followed by 40 ms at least
} // namespace

WorkerSampler::WorkerSampler(EventLog& log, WorkerSamplerOptions options)
    : m_log(log), m_options(std::move(options)), m_ownPid(static_cast<std::uint32_t>(::getpid())) {
  if (m_options.startThread) m_thread = makeServiceThread("sampler", [this] { loop(); });
}

WorkerSampler::~WorkerSampler() {
  m_ending = true;
  m_bed.unpark();
  if (!m_thread.joinable()) return;
  m_home.isHere() ? m_thread.join() : m_thread.detach(); // in a forked child nobody is there to be joined
}

void WorkerSampler::loop() {
  while (!m_ending) {
    const std::int64_t used = ownThreadCpuTime();
    sampleNow();
    const std::chrono::nanoseconds rest((ownThreadCpuTime() - used) * kRarer);
    m_bed.park(std::chrono::steady_clock::now() + std::max<std::chrono::nanoseconds>(m_options.interval, rest));
  }
}

// --- Who lives, and runs

WorkerSampler::Worker& WorkerSampler::worker(const Event& event) {
  if (m_latest.second == nullptr || m_latest.first != event.pool)
    m_latest = {event.pool, &m_pools[event.pool]}; // a map's places stay
  Slots& slots = *m_latest.second;
  if (event.slot >= slots.size()) slots.resize(event.slot + 1u);
  return slots[event.slot];
}

void WorkerSampler::learn(const Event& event) {
  if (event.kind == EventKind::PoolClosed) {
    m_pools.erase(event.pool);
    m_latest = {};
    return;
  }
  if (!event.pool || event.slot == kNoSlot) return;
  const auto runs = [&](bool now) {
    Worker& worker = this->worker(event);
    worker.runs = now, worker.changed = true, worker.still = false;
  };
  switch (event.kind) {
  case EventKind::WorkerReady:
    worker(event) = {};
    worker(event).pid = event.a, worker(event).tid = event.b;
    break;
  case EventKind::WorkerExited:
    worker(event) = {};
    break;
  case EventKind::WorkerSampled:
    if (!(event.flag & kSampledOutside)) worker(event).told.cpuNs = event.ab();
    break;
  case EventKind::TaskStarted:
  case EventKind::TaskUnblocked:
    runs(true);
    break;
  case EventKind::TaskBlocked:
  case EventKind::TaskFinished:
    runs(false);
    break;
  default:
    break;
  }
}

// --- What they use

WorkerSampler::Figures WorkerSampler::read(const Worker& worker) {
  const auto cpuTime = [&] { return worker.pid == m_ownPid ? threadCpuTime(worker.tid) : processCpuTime(worker.pid); };
  Figures figures{.cpuNs = cpuTime().value_or(-1)};
  if (figures.cpuNs < 0 || !m_hasDelays) return figures; // it has ended
  const RunDelay delay = runDelay(worker.pid, worker.tid, m_options.proc.c_str());
  if (delay.ns) figures.delayNs = *delay.ns;
  if (delay.missing && cpuTime()) m_hasDelays = false; // it lives, and yet there is no such file
  return figures;
}

void WorkerSampler::tell(PoolId pool, SlotIndex slot, const Worker& worker, const Figures& figures, std::int64_t lag) {
  Event event;
  event.kind = EventKind::WorkerSampled, event.pool = pool, event.slot = slot;
  event.flag = kSampledOutside;
  event.setAb(figures.cpuNs);
  if (figures.delayNs >= 0) event.flag |= kSampledDelay, event.task = static_cast<std::uint64_t>(figures.delayNs);
  if (worker.pid != m_ownPid) event.c = residentKiB(worker.pid); // threads have no memory of their own
  event.d = static_cast<std::uint32_t>(std::min<std::int64_t>(lag, UINT32_MAX));
  m_log.append(event);
}

std::size_t WorkerSampler::look(PoolId pool, SlotIndex slot, Worker& worker) {
  const Figures figures = read(worker);
  if (figures.cpuNs < 0) return 0;
  const std::int64_t now = monotonicNow();
  std::size_t told = 0;
  const bool moved = figures.cpuNs >= worker.told.cpuNs + kLeastStep ||
                     (figures.delayNs >= 0 && figures.delayNs >= worker.told.delayNs + kLeastStep);
  if (moved || (worker.runs && !worker.still)) {
    if (worker.still) tell(pool, slot, worker, worker.told, now - worker.lookedAt), ++told;
    tell(pool, slot, worker, figures, 0), ++told;
    worker.told = figures;
  }
  worker.still = worker.runs && !moved;
  worker.changed = false;
  worker.lookedAt = now;
  return told;
}

std::size_t WorkerSampler::sampleNow() {
  const Recording& recording = m_log.recording();
  for (const std::uint64_t end = recording.size(); m_seq < end;)
    for (const Event& event : recording.from(m_seq)) {
      learn(event);
      ++m_seq;
    }
  std::size_t appended = 0;
  for (auto& [pool, slots] : m_pools)
    for (std::size_t slot = 0; slot < slots.size(); ++slot)
      if (Worker& worker = slots[slot]; worker.pid != 0 && (worker.runs || worker.changed))
        appended += look(pool, static_cast<SlotIndex>(slot), worker);
  return appended;
}

} // namespace poolscope
