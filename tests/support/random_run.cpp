#include "tests/support/random_run.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <sstream>

namespace poolscope::test {

namespace {

struct FakeTask {
  std::uint64_t id;
  std::int16_t priority;
  std::int64_t key;
  bool wasRequeued = false;
};

struct FakeWorker {
  const char* phase = "vacant";
  std::optional<FakeTask> task;
  std::uint32_t generation = 0;
  bool retiring = false;
};

struct FakePool {
  std::uint32_t id = 0, target = 0;
  bool process = false, open = true, shuttingDown = false;
  std::uint64_t order = 0;
  std::vector<FakeTask> queue; // sorted: head first
  std::vector<std::pair<FakeTask, SlotIndex>> dispatched;
  std::map<SlotIndex, FakeWorker> slots;
  std::uint64_t submitted = 0, done = 0, failed = 0, cancelled = 0;
};

class Session {
 public:
  Session(std::uint64_t seed, Recording& into) : m_random(seed), m_into(into) {}

  void step();
  std::vector<std::string> truth() const;

 private:
  std::uint64_t upTo(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n)(m_random); }
  bool chance(int percent) { return upTo(99) < static_cast<std::uint64_t>(percent); }
  TextId word() {
    static const char* const words[] = {"",          "task", "子进程",      "a \"quoted\" one",
                                        "tab\there", "\x01", "line\nbreak", "é"};
    return m_into.texts().intern(words[upTo(std::size(words) - 1)]);
  }

  void emit(Event event) {
    if (!chance(10)) m_now += static_cast<std::int64_t>(1 + upTo(2'000'000)); // some share their time
    event.t = m_now;
    m_into.append(event);
    m_into.publish();
  }
  void emit(FakePool& pool, Event event) {
    event.pool = PoolId{pool.id};
    event.order = pool.order;
    emit(event);
  }
  Event event(EventKind kind, std::uint64_t task = 0, SlotIndex slot = kNoSlot, std::uint8_t flag = 0) {
    Event made;
    made.kind = kind, made.task = task, made.slot = slot, made.flag = flag;
    return made;
  }

  void openPool();
  void fill(FakePool& pool);
  void submit(FakePool& pool);
  void insert(FakePool& pool, FakeTask task);
  void moveToFront(FakePool& pool);
  void cancelOne(FakePool& pool);
  void resize(FakePool& pool);
  void shutdown(FakePool& pool);
  void startWorker(FakePool& pool);
  void workerActs(FakePool& pool, SlotIndex slot);
  void take(FakePool& pool, SlotIndex slot);
  void endTask(FakePool& pool, FakeWorker& worker, SlotIndex slot);
  void exitWorker(FakePool& pool, SlotIndex slot);
  void killProcess(FakePool& pool, SlotIndex slot);
  void closeIfEnded(FakePool& pool);
  void clientActs();
  void callerActs();

  std::mt19937_64 m_random;
  Recording& m_into;
  std::int64_t m_now = 1'000'000'000'123;
  std::uint64_t m_tasks = 0;
  std::vector<FakePool> m_pools;
  std::vector<std::uint32_t> m_clients;
  std::uint32_t m_clientCount = 0;
};

void Session::openPool() {
  FakePool pool;
  pool.id = static_cast<std::uint32_t>(m_pools.size() + 1);
  pool.target = static_cast<std::uint32_t>(1 + upTo(7));
  pool.process = chance(40);
  Event made = event(EventKind::PoolOpened, 0, kNoSlot, pool.process ? 1 : 0);
  made.a = word().value(), made.b = pool.target, made.c = word().value();
  fill(pool);
  m_pools.push_back(std::move(pool));
  emit(m_pools.back(), made);
}

void Session::fill(FakePool& pool) {
  const bool may = pool.open && !pool.shuttingDown;
  std::erase_if(pool.slots, [&](const auto& entry) {
    return entry.second.phase == std::string_view("vacant") && (!may || entry.first >= pool.target);
  });
  for (SlotIndex i = 0; may && i < pool.target; ++i)
    pool.slots.try_emplace(i);
}

void Session::insert(FakePool& pool, FakeTask task) {
  const auto after = std::find_if(pool.queue.begin(), pool.queue.end(), [&](const FakeTask& other) {
    return other.priority < task.priority || (other.priority == task.priority && other.key > task.key);
  });
  pool.queue.insert(after, task);
}

void Session::submit(FakePool& pool) {
  if (pool.shuttingDown) return;
  ++pool.order, ++pool.submitted;
  FakeTask task{++m_tasks, static_cast<std::int16_t>(chance(15) ? static_cast<int>(upTo(4)) - 2 : 0),
                static_cast<std::int64_t>(pool.order)};
  insert(pool, task);
  Event made = event(EventKind::TaskSubmitted, task.id, static_cast<SlotIndex>(task.priority),
                     static_cast<std::uint8_t>(upTo(3)));
  made.a = word().value(), made.b = 100, made.c = static_cast<std::uint32_t>(upTo(1) * upTo(task.id));
  emit(pool, made);
}

void Session::moveToFront(FakePool& pool) {
  if (pool.queue.empty()) return;
  ++pool.order;
  const auto at = pool.queue.begin() + static_cast<std::ptrdiff_t>(upTo(pool.queue.size() - 1));
  FakeTask task = *at;
  pool.queue.erase(at);
  const auto first = std::find_if(pool.queue.begin(), pool.queue.end(),
                                  [&](const auto& other) { return other.priority == task.priority; });
  if (first != pool.queue.end()) task.key = std::min(task.key, first->key - 1);
  insert(pool, task);
  Event made = event(EventKind::TaskMoved, task.id);
  made.setAb(task.key);
  emit(pool, made);
}

void Session::cancelOne(FakePool& pool) {
  if (pool.queue.empty()) return;
  ++pool.order, ++pool.cancelled;
  const auto at = pool.queue.begin() + static_cast<std::ptrdiff_t>(upTo(pool.queue.size() - 1));
  const FakeTask task = *at;
  pool.queue.erase(at);
  Event made = event(EventKind::TaskCancelled, task.id, kNoSlot, static_cast<std::uint8_t>(upTo(2)));
  made.b = 100;
  emit(pool, made);
  closeIfEnded(pool);
}

void Session::resize(FakePool& pool) {
  ++pool.order;
  Event made = event(EventKind::PoolResized, 0, kNoSlot, static_cast<std::uint8_t>(upTo(1)));
  made.a = pool.target;
  pool.target = static_cast<std::uint32_t>(1 + upTo(9));
  made.b = pool.target;
  fill(pool);
  emit(pool, made);
  for (auto& [slot, worker] : pool.slots) {
    const bool there = worker.phase != std::string_view("vacant");
    const bool mustGo = slot >= pool.target;
    if (!there || worker.retiring == mustGo) continue;
    worker.retiring = mustGo;
    emit(pool, event(EventKind::WorkerRetiring, 0, slot,
                     static_cast<std::uint8_t>(mustGo ? RetireReason::Resize : RetireReason::Stays)));
  }
}

void Session::shutdown(FakePool& pool) {
  ++pool.order;
  pool.shuttingDown = true;
  fill(pool);
  emit(pool, event(EventKind::PoolShutdownBegun, 0, kNoSlot, static_cast<std::uint8_t>(upTo(3))));
  closeIfEnded(pool);
}

void Session::startWorker(FakePool& pool) {
  if (pool.queue.empty()) return;
  SlotIndex slot = 0;
  while (slot < pool.target && pool.slots.contains(slot) && pool.slots[slot].phase != std::string_view("vacant"))
    ++slot;
  if (slot >= pool.target) return;
  ++pool.order;
  FakeWorker& worker = pool.slots[slot];
  ++worker.generation;
  worker.phase = "starting";
  Event made = event(EventKind::WorkerStarting, 0, slot);
  made.a = worker.generation;
  emit(pool, made);
  if (!chance(10)) return;
  worker = {.phase = "vacant", .task = {}, .generation = worker.generation};
  made = event(EventKind::PoolSpawnFailed, 0, slot);
  made.a = 11;
  made.setCd(m_now + 1'000'000);
  fill(pool);
  emit(pool, made);
  closeIfEnded(pool);
}

void Session::take(FakePool& pool, SlotIndex slot) {
  FakeWorker& worker = pool.slots[slot];
  if (pool.queue.empty() || worker.retiring) return;
  ++pool.order;
  const FakeTask task = pool.queue.front();
  pool.queue.erase(pool.queue.begin());
  if (pool.process) {
    pool.dispatched.emplace_back(task, slot);
    emit(pool, event(EventKind::TaskDispatched, task.id, slot));
    return;
  }
  worker.task = task, worker.phase = "running";
  emit(pool, event(EventKind::TaskStarted, task.id, slot));
}

void Session::endTask(FakePool& pool, FakeWorker& worker, SlotIndex slot) {
  ++pool.order;
  const bool ok = chance(80);
  ++(ok ? pool.done : pool.failed);
  Event made = event(EventKind::TaskFinished, worker.task->id, slot,
                     static_cast<std::uint8_t>(ok ? Outcome::Ok : Outcome::Error));
  if (!ok) made.a = word().value();
  if (pool.process) made.setCd(static_cast<std::int64_t>(upTo(5000)));
  worker.task.reset();
  worker.phase = "idle";
  emit(pool, made);
  if (chance(30)) emit(pool, event(EventKind::TaskCallbacksEnded, made.task, slot));
}

void Session::exitWorker(FakePool& pool, SlotIndex slot) {
  ++pool.order;
  const std::uint32_t generation = pool.slots[slot].generation;
  pool.slots[slot] = {.phase = "vacant", .task = {}, .generation = generation};
  fill(pool);
  emit(pool, event(EventKind::WorkerExited, 0, slot));
  closeIfEnded(pool);
}

/// Its running task fails; what was handed to it goes back to the head once, and fails the second time.
void Session::killProcess(FakePool& pool, SlotIndex slot) {
  FakeWorker& worker = pool.slots[slot];
  ++pool.order;
  if (worker.task) {
    ++pool.failed;
    emit(pool, event(EventKind::TaskFinished, worker.task->id, slot, static_cast<std::uint8_t>(Outcome::WorkerDied)));
    worker.task.reset();
    worker.phase = "idle";
  }
  for (std::size_t i = pool.dispatched.size(); i-- > 0;) {
    if (pool.dispatched[i].second != slot) continue;
    FakeTask task = pool.dispatched[i].first;
    pool.dispatched.erase(pool.dispatched.begin() + static_cast<std::ptrdiff_t>(i));
    if (task.wasRequeued) {
      ++pool.failed;
      emit(pool, event(EventKind::TaskFinished, task.id, slot, static_cast<std::uint8_t>(Outcome::WorkerDied)));
      continue;
    }
    task.wasRequeued = true;
    const auto first = std::find_if(pool.queue.begin(), pool.queue.end(),
                                    [&](const auto& other) { return other.priority == task.priority; });
    ++pool.order;
    task.key = first != pool.queue.end() ? first->key - 1 : static_cast<std::int64_t>(pool.order);
    insert(pool, task);
    emit(pool, event(EventKind::TaskRequeued, task.id, slot));
  }
  exitWorker(pool, slot);
}

void Session::closeIfEnded(FakePool& pool) {
  if (!pool.open || !pool.shuttingDown || !pool.slots.empty() || !pool.queue.empty()) return;
  pool.open = false;
  emit(pool, event(EventKind::PoolClosed));
}

void Session::workerActs(FakePool& pool, SlotIndex slot) {
  FakeWorker& worker = pool.slots[slot];
  const std::string_view phase = worker.phase;
  const auto mine = std::find_if(pool.dispatched.begin(), pool.dispatched.end(),
                                 [&](const auto& entry) { return entry.second == slot; });
  if (phase == "starting") {
    ++pool.order;
    worker.phase = "idle";
    Event made = event(EventKind::WorkerReady, 0, slot);
    made.a = 4000, made.b = 4000u + slot, made.c = word().value(), made.d = word().value();
    emit(pool, made);
  } else if (phase == "running" || phase == "blocked") {
    if (pool.process && chance(5)) return killProcess(pool, slot);
    if (chance(50)) return endTask(pool, worker, slot);
    const bool blocks = phase == "running";
    Event made = event(blocks ? EventKind::TaskBlocked : EventKind::TaskUnblocked, worker.task->id, slot,
                       blocks ? static_cast<std::uint8_t>(upTo(5)) : std::uint8_t{0});
    if (blocks) made.a = word().value();
    worker.phase = blocks ? "blocked" : "running";
    made.pool = PoolId{pool.id};
    emit(made); // no lock is held
  } else if (phase == "idle" && pool.process && mine != pool.dispatched.end()) {
    if (chance(10)) return killProcess(pool, slot);
    ++pool.order;
    const FakeTask task = mine->first;
    pool.dispatched.erase(mine);
    worker.task = task, worker.phase = "running";
    Event made = event(EventKind::TaskStarted, task.id, slot);
    made.setCd(static_cast<std::int64_t>(upTo(9000)));
    emit(pool, made);
  } else if (phase == "idle") {
    if (worker.retiring || (pool.shuttingDown && pool.queue.empty())) return exitWorker(pool, slot);
    if (pool.queue.empty()) return emit(pool, event(EventKind::WorkerIdle, 0, slot));
    take(pool, slot);
  }
}

void Session::clientActs() {
  if (m_clients.empty() || chance(20)) {
    m_clients.push_back(++m_clientCount);
    Event made = event(EventKind::ClientConnected);
    made.a = word().value(), made.d = m_clientCount;
    return emit(made);
  }
  const auto at = upTo(m_clients.size() - 1);
  Event made = event(chance(50) ? EventKind::ClientReceived : EventKind::ClientSent);
  made.d = m_clients[at];
  made.setAb(static_cast<std::int64_t>(upTo(1ull << 40)));
  if (chance(15)) {
    made = event(EventKind::ClientDisconnected, 0, kNoSlot, static_cast<std::uint8_t>(upTo(7)));
    made.d = m_clients[at];
    m_clients.erase(m_clients.begin() + static_cast<std::ptrdiff_t>(at));
  }
  emit(made);
}

void Session::callerActs() {
  Event made = event(chance(50) ? EventKind::CallerBlocked : EventKind::CallerResumed, 0, kNoSlot,
                     static_cast<std::uint8_t>(upTo(4)));
  made.b = 100 + static_cast<std::uint32_t>(upTo(2));
  made.pool = PoolId{1};
  emit(made);
}

void Session::step() {
  if (m_pools.empty() || (m_pools.size() < 5 && chance(1))) return openPool();
  FakePool& pool = m_pools[upTo(m_pools.size() - 1)];
  const auto what = upTo(99);
  if (what < 8) return clientActs();
  if (what < 12) return callerActs();
  if (!pool.open) return;
  if (what < 36) return submit(pool);
  if (what < 40) return moveToFront(pool);
  if (what < 44) return cancelOne(pool);
  if (what < 46) return resize(pool);
  if (what < 47 && chance(20)) return shutdown(pool);
  if (what < 55) return startWorker(pool);
  if (pool.slots.empty()) return;
  auto at = pool.slots.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(upTo(pool.slots.size() - 1)));
  workerActs(pool, at->first);
}

std::vector<std::string> Session::truth() const {
  std::vector<std::string> lines;
  for (const FakePool& pool : m_pools) {
    std::ostringstream text;
    text << "target " << pool.target << (pool.open ? "" : " closed") << (pool.shuttingDown ? " shutting down" : "")
         << ": ";
    std::size_t running = 0, blocked = 0;
    for (const auto& [slot, worker] : pool.slots) {
      text << slot << ' ' << worker.phase;
      if (worker.task) text << " #" << worker.task->id, ++running;
      if (worker.retiring) text << " retiring";
      if (worker.phase == std::string_view("blocked")) ++blocked;
      text << ", ";
    }
    text << "queue";
    for (const FakeTask& task : pool.queue)
      text << ' ' << task.id;
    text << "; submitted " << pool.submitted << " queued " << pool.queue.size() << " dispatched "
         << pool.dispatched.size() << " running " << running << " blocked " << blocked << " done " << pool.done
         << " failed " << pool.failed << " cancelled " << pool.cancelled;
    lines.push_back(text.str());
  }
  return lines;
}

} // namespace

RandomRun::RandomRun(std::uint64_t seed, int steps, Recording& into, int every) {
  Session session(seed, into);
  for (int i = 0; i < steps; ++i) {
    session.step();
    if (i % every == 0) truths.push_back({into.size(), session.truth()});
  }
}

} // namespace poolscope::test
