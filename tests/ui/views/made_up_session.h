#pragma once

#include "core/base/clock.h"
#include "tests/support/event_maker.h"
#include "ui/session/session.h"

#include <string>

namespace poolscope::test {

/// A session over a recording that a test writes by hand. Its events lie in the past by the clock, so that what a
/// person would read as elapsed is known.
/// Threads: owner.
class MadeUpSession {
 private:
  Recording m_recording;

 public:
  MadeUpSession() = default;

  TextId text(const std::string& words) { return m_recording.texts().intern(words); }
  /// Events from here on are that much later than the start of the session, which was 100 s ago.
  EventMaker& at(double seconds) { return log.at(start + static_cast<std::int64_t>(seconds * 1e9)); }
  void foldAll() {
    do
      session.fold();
    while (session.isCatchingUp());
  }

  void opened(std::uint32_t pool, std::uint32_t target, const std::string& prefix, const std::string& label = {}) {
    Event event;
    event.kind = EventKind::PoolOpened, event.pool = PoolId{pool};
    event.a = text(prefix).value(), event.b = target, event.c = label.empty() ? 0 : text(label).value();
    log.add(event);
  }
  void ready(std::uint32_t pool, SlotIndex slot, const std::string& name, std::uint32_t tid = 48210) {
    log.worker(EventKind::WorkerStarting, pool, slot, 0, 1);
    Event event;
    event.kind = EventKind::WorkerReady, event.pool = PoolId{pool}, event.slot = slot;
    event.a = 1000, event.b = tid + slot, event.c = text(name).value(), event.d = event.c;
    log.add(event);
  }
  void submitted(std::uint32_t pool, std::uint64_t task, const std::string& name, TaskKind kind = TaskKind::Call,
                 std::uint32_t client = 0, std::uint32_t caller = 0) {
    Event event;
    event.kind = EventKind::TaskSubmitted, event.pool = PoolId{pool}, event.task = task;
    event.slot = 0, event.flag = static_cast<std::uint8_t>(kind);
    event.a = text(name).value(), event.b = caller, event.d = client;
    log.add(event);
  }
  void client(EventKind kind, std::uint32_t pool, std::uint32_t id, const std::string& words = {},
              std::uint64_t task = 0, SlotIndex slot = kNoSlot) {
    Event event;
    event.kind = kind, event.pool = PoolId{pool}, event.d = id, event.task = task, event.slot = slot;
    if (!words.empty()) event.a = text(words).value();
    log.add(event);
  }
  /// Pool 1 with workers "Pool-0_k", each in task k + 1; those in even slots sleep.
  void busyPool(std::uint32_t workers) {
    opened(1, workers, "Pool-0", "made up");
    for (std::uint32_t i = 0; i < workers; ++i) {
      const auto slot = static_cast<SlotIndex>(i);
      ready(1, slot, "Pool-0_" + std::to_string(i));
      submitted(1, i + 1, "task");
      log.started(1, i + 1, slot);
      if (i % 2 == 0) log.blocked(1, i + 1, slot);
    }
  }

  const std::int64_t start = monotonicNow() - 100'000'000'000;
  EventMaker log = begun();
  ui::Session session{m_recording};

 private:
  /// With its first event, so that the session's time axis begins there.
  EventMaker begun() {
    EventMaker maker(m_recording);
    Event sync;
    sync.kind = EventKind::ClockSync;
    return maker.at(start).add(sync);
  }
};

} // namespace poolscope::test
