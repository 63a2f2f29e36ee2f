#pragma once

#include "core/event/pool_state.h"
#include "core/event/recording.h"

#include <string>

namespace poolscope::test {

/// Events in the fewest words, for logs that tests write by hand. Times are nanoseconds; each event comes 10 later than
/// the one before unless at() says when. Threads: owner.
class EventMaker {
 public:
  explicit EventMaker(Recording& recording) : m_recording(recording) {}

  EventMaker& at(std::int64_t t);
  EventMaker& add(Event event);

  EventMaker& opened(std::uint32_t pool, std::uint32_t target, WorkerKind kind = WorkerKind::Thread);
  EventMaker& resized(std::uint32_t pool, std::uint32_t from, std::uint32_t to);
  EventMaker& shutdownBegun(std::uint32_t pool, bool wait = true, bool cancel = false, std::uint32_t caller = 0);
  EventMaker& submitted(std::uint32_t pool, std::uint64_t task, std::int16_t priority = 0);
  EventMaker& moved(std::uint32_t pool, std::uint64_t task, std::int64_t key);
  EventMaker& started(std::uint32_t pool, std::uint64_t task, SlotIndex slot);
  EventMaker& blocked(std::uint32_t pool, std::uint64_t task, SlotIndex slot, BlockReason reason = BlockReason::Sleep);
  EventMaker& finished(std::uint32_t pool, std::uint64_t task, SlotIndex slot, Outcome outcome = Outcome::Ok);
  EventMaker& ready(std::uint32_t pool, SlotIndex slot, std::uint32_t generation = 1); ///< starting and ready
  EventMaker& task(EventKind kind, std::uint32_t pool, std::uint64_t task, SlotIndex slot = kNoSlot,
                   std::uint8_t flag = 0);
  EventMaker& worker(EventKind kind, std::uint32_t pool, SlotIndex slot, std::uint8_t flag = 0, std::uint32_t a = 0);
  EventMaker& pool(EventKind kind, std::uint32_t pool);
  /// A reading of the worker's processor time and, unless negative, of its run delay; by a sampler unless `flag` is 0.
  EventMaker& sampled(std::uint32_t pool, SlotIndex slot, std::int64_t cpuNs, std::int64_t delayNs = -1,
                      std::uint8_t flag = kSampledOutside);

 private:
  Recording& m_recording;
  std::int64_t m_next = 10;
  std::uint64_t m_order = 0;
};

/// A state as text, every field that a person could see, so that two states are compared and a difference is read.
std::string describe(const PoolState& state, const TaskHistory& history);
/// One pool in one line: "4 slots: 0 running#1, 1 idle, 2 vacant …; queue 3 5 4; s5 q3 r1 …"
std::string describe(const PoolState& state, const TaskHistory& history, PoolId pool);

} // namespace poolscope::test
