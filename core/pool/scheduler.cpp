#include "core/pool/scheduler.h"

#include <algorithm>
#include <cassert>

namespace poolscope {

// --- TaskQueue

std::size_t TaskQueue::laneOf(std::int16_t priority) {
  if (m_size == 0 && !m_lanes.empty()) m_lanes.front().priority = priority; // the kept lane is empty: anybody's
  std::size_t i = 0;
  while (i < m_lanes.size() && m_lanes[i].priority > priority)
    ++i;
  if (i == m_lanes.size() || m_lanes[i].priority != priority)
    m_lanes.insert(m_lanes.begin() + static_cast<std::ptrdiff_t>(i), Lane{.priority = priority});
  return i;
}

void TaskQueue::pushBack(TaskNode& node) {
  Lane& lane = m_lanes[laneOf(node.priority)];
  node.prev = lane.tail, node.next = nullptr;
  (lane.tail ? lane.tail->next : lane.head) = &node;
  lane.tail = &node;
  ++m_size;
}

void TaskQueue::pushFront(TaskNode& node, std::int64_t key) {
  Lane& lane = m_lanes[laneOf(node.priority)];
  node.key = lane.head ? lane.head->key - 1 : key;
  node.prev = nullptr, node.next = lane.head;
  (lane.head ? lane.head->prev : lane.tail) = &node;
  lane.head = &node;
  ++m_size;
}

void TaskQueue::remove(TaskNode& node) {
  const std::size_t i = laneOf(node.priority);
  Lane& lane = m_lanes[i];
  (node.prev ? node.prev->next : lane.head) = node.next;
  (node.next ? node.next->prev : lane.tail) = node.prev;
  node.prev = node.next = nullptr;
  --m_size;
  // The only lane stays, so that the usual queue of one priority never allocates again.
  if (!lane.head && m_lanes.size() > 1) m_lanes.erase(m_lanes.begin() + static_cast<std::ptrdiff_t>(i));
}

// --- Scheduler: events

Event* Scheduler::addBlank(EventBatch& batch, EventKind kind, SlotIndex slot, std::uint8_t flag) {
  Event* event = batch.addBlank();
  if (event) event->order = m_order, event->pool = m_pool, event->slot = slot, event->kind = kind, event->flag = flag;
  return event;
}

void Scheduler::add(EventBatch& batch, Event event) {
  event.pool = m_pool;
  event.order = m_order;
  batch.add(event);
}

void Scheduler::add(EventBatch& batch, EventKind kind, TaskNode& node, std::uint8_t flag, std::uint32_t a,
                    std::uint32_t b) {
  if (Event* event = addBlank(batch, kind, node.slot, flag)) event->task = node.id.value(), event->a = a, event->b = b;
}

void Scheduler::addLate(EventBatch& batch, EventKind kind, TaskNode& node, std::int64_t lagNs, std::uint8_t flag,
                        std::uint32_t a) {
  if (Event* event = addBlank(batch, kind, node.slot, flag))
    event->task = node.id.value(), event->a = a, event->setCd(lagNs);
  node.stamp = batch.stamp();
}

void Scheduler::add(EventBatch& batch, EventKind kind, SlotIndex slot, std::uint8_t flag, std::uint32_t a) {
  if (Event* event = addBlank(batch, kind, slot, flag)) event->a = a;
}

void Scheduler::addSubmitted(const TaskNode& node, CallerId caller, TaskId parent, ClientId client, EventBatch& batch) {
  if (Event* event = addBlank(batch, EventKind::TaskSubmitted, static_cast<SlotIndex>(node.priority),
                              static_cast<std::uint8_t>(node.kind))) {
    event->task = node.id.value();
    event->a = node.name.value(), event->b = caller.value();
    event->c = static_cast<std::uint32_t>(parent.value()), event->d = client.value();
  }
  if (!client) return;
  // Under the same lock, so that it comes before the client is served.
  if (Event* queued = addBlank(batch, EventKind::ClientQueued, kNoSlot, 0))
    queued->task = node.id.value(), queued->d = client.value();
}

// --- Scheduler: tasks

Scheduler::Wish Scheduler::submit(TaskNode& node, CallerId caller, TaskId parent, ClientId client, EventBatch& batch) {
  assert(!m_shuttingDown && !m_broken && node.phase == TaskNode::Phase::Free);
  node.key = static_cast<std::int64_t>(++m_order);
  node.phase = TaskNode::Phase::Queued;
  m_queue.pushBack(node);
  ++m_submitted;
  if (batch.enabled()) addSubmitted(node, caller, parent, client, batch);
  Wish wish;
  wish.wake = wakeIfNeeded();
  wish.start = startIfNeeded(batch);
  return wish;
}

bool Scheduler::full(std::size_t limit) const {
  if (limit == 0) return false;
  const std::size_t toCome = staying() < m_target && !m_spawnFailed ? m_target - staying() : 0;
  return m_queue.size() >= limit + m_idle + m_starting + toCome;
}

void Scheduler::startByCaller(TaskNode& node, CallerId caller, TaskId parent, ClientId client, EventBatch& batch) {
  assert(!m_shuttingDown && !m_broken && node.phase == TaskNode::Phase::Free);
  node.key = static_cast<std::int64_t>(++m_order);
  node.phase = TaskNode::Phase::Running;
  ++m_submitted, ++m_running;
  m_byCallers.push_back(&node);
  if (!batch.enabled()) return;
  addSubmitted(node, caller, parent, client, batch);
  ++m_order;
  add(batch, EventKind::TaskStarted, node);
}

void Scheduler::finishByCaller(TaskNode& node, Outcome outcome, TextId error, EventBatch& batch) {
  ++m_order;
  std::erase(m_byCallers, &node);
  node.phase = TaskNode::Phase::Ended;
  --m_running;
  outcome == Outcome::Ok ? ++m_done : ++m_failed;
  addLate(batch, EventKind::TaskFinished, node, 0, static_cast<std::uint8_t>(outcome), error.value());
  closeIfEnded(batch);
}

/// The first thing about a worker that asks what to do. True when it was idle until now.
bool Scheduler::beginAsking(Slot& slot) {
  ++m_order;
  if (slot.phase == SlotPhase::Waking) --m_searching;
  if (slot.phase == SlotPhase::Ready) --m_starting, ++m_busy;
  return slot.phase == SlotPhase::Idle || slot.phase == SlotPhase::Waking;
}

void Scheduler::goIdle(SlotIndex index, bool wasIdle, EventBatch& batch) {
  if (!wasIdle) {
    --m_busy, ++m_idle;
    add(batch, EventKind::WorkerIdle, index);
  }
  m_slots[index].phase = SlotPhase::Idle;
  m_idleStack.push_back(index);
}

/// The worker is asked to end and has not yet.
void Scheduler::leave(SlotIndex index, bool wasIdle, EventBatch& batch) {
  if (wasIdle) --m_idle, ++m_busy;
  if (!m_slots[index].retiring) retire(index, RetireReason::Shutdown, batch);
  m_slots[index].phase = SlotPhase::Leaving;
}

Scheduler::Next Scheduler::next(SlotIndex index, EventBatch& batch, bool lingers) {
  Slot& slot = m_slots[index];
  const bool wasIdle = beginAsking(slot);
  Next next;
  TaskNode* head = m_queue.head();
  if (slot.retiring || (m_shuttingDown && !head)) {
    if (lingers) {
      leave(index, wasIdle, batch);
    } else {
      wasIdle ? --m_idle : --m_busy;
      if (slot.retiring) --m_retiring, slot.retiring = false;
      slot.phase = SlotPhase::Vacant;
      add(batch, EventKind::WorkerExited, index);
      closeIfEnded(batch);
    }
    next.exit = true;
    // Whoever was woken for a task and leaves instead passes the call on.
    next.wish.wake = wakeIfNeeded();
    next.wish.start = startIfNeeded(batch);
    return next;
  }
  if (!head) {
    goIdle(index, wasIdle, batch);
    return next;
  }
  m_queue.remove(*head);
  if (wasIdle) --m_idle, ++m_busy;
  slot.phase = SlotPhase::Running;
  slot.task = head;
  head->slot = index;
  head->phase = TaskNode::Phase::Running;
  ++m_running;
  add(batch, EventKind::TaskStarted, *head);
  head->stamp = batch.stamp();
  next.task = head;
  next.wish.wake = wakeIfNeeded();
  next.wish.start = startIfNeeded(batch); // one that could not be made before
  return next;
}

void Scheduler::finish(SlotIndex index, Outcome outcome, TextId error, EventBatch& batch, std::int64_t lagNs) {
  Slot& slot = m_slots[index];
  assert(slot.phase == SlotPhase::Running && slot.task);
  ++m_order;
  slot.task->phase = TaskNode::Phase::Ended;
  --m_running;
  outcome == Outcome::Ok ? ++m_done : ++m_failed;
  addLate(batch, EventKind::TaskFinished, *slot.task, lagNs, static_cast<std::uint8_t>(outcome), error.value());
  slot.task = nullptr;
}

bool Scheduler::idle() const {
  return m_queue.empty() && m_dispatched == 0 && m_running == 0 &&
         std::none_of(m_slots.begin(), m_slots.end(), [](const Slot& slot) { return slot.phase == SlotPhase::Running; });
}

bool Scheduler::staysAfterTask(SlotIndex index) const {
  return !m_slots[index].retiring && (!m_shuttingDown || !m_queue.empty());
}

bool Scheduler::cancel(TaskNode& node, By by, CallerId caller, EventBatch& batch) {
  if (node.phase != TaskNode::Phase::Queued) return false;
  ++m_order;
  m_queue.remove(node);
  node.phase = TaskNode::Phase::Ended;
  ++m_cancelled;
  add(batch, EventKind::TaskCancelled, node, static_cast<std::uint8_t>(by), 0, caller.value());
  node.stamp = batch.stamp();
  closeIfEnded(batch);
  return true;
}

bool Scheduler::moveToFront(TaskNode& node, EventBatch& batch) {
  if (node.phase != TaskNode::Phase::Queued) return false;
  ++m_order;
  m_queue.remove(node);
  m_queue.pushFront(node, node.key);
  Event event;
  event.kind = EventKind::TaskMoved, event.task = node.id.value();
  event.setAb(node.key);
  add(batch, event);
  node.stamp = batch.stamp();
  return true;
}

void Scheduler::stopRequested(TaskNode& node, By by, EventBatch& batch) {
  ++m_order;
  add(batch, EventKind::TaskStopRequested, node, static_cast<std::uint8_t>(by));
  if (node.phase == TaskNode::Phase::Queued) node.stamp = batch.stamp(); // a running task's is its worker's
}

void Scheduler::drop(TaskNode& node, EventBatch& batch, bool cancelled, By by, CallerId caller, TextId error,
                     Wishes& wishes) {
  m_queue.remove(node);
  node.phase = TaskNode::Phase::Ended;
  if (cancelled) {
    ++m_cancelled;
    add(batch, EventKind::TaskCancelled, node, static_cast<std::uint8_t>(by), 0, caller.value());
  } else {
    ++m_failed;
    add(batch, EventKind::TaskFinished, node, static_cast<std::uint8_t>(Outcome::Error), error.value());
  }
  node.stamp = batch.stamp();
  wishes.dropped.push_back(&node);
}

void Scheduler::dropAll(EventBatch& batch, bool cancelled, By by, CallerId caller, TextId error, Wishes& wishes) {
  while (TaskNode* node = m_queue.head())
    drop(*node, batch, cancelled, by, caller, error, wishes);
}

/// Workers that come to take a task, the sleepers included: while tasks wait, each who is woken wakes the next.
std::size_t Scheduler::onTheirWay() const {
  return static_cast<std::size_t>(std::ranges::count_if(m_slots, [](const Slot& slot) {
    return !slot.retiring && (slot.phase == SlotPhase::Starting || slot.phase == SlotPhase::Ready ||
                              slot.phase == SlotPhase::Waking || slot.phase == SlotPhase::Idle);
  }));
}

void Scheduler::dropUnspared(CallerId caller, EventBatch& batch, Wishes& wishes) {
  m_sparing = true;
  std::size_t left = onTheirWay();
  std::vector<TaskNode*> rest;
  m_queue.forEach([&](TaskNode& node) {
    node.spared = left > 0;
    node.spared ? static_cast<void>(--left) : rest.push_back(&node);
  });
  for (TaskNode* node : rest)
    drop(*node, batch, true, By::Shutdown, caller, {}, wishes);
}

/// A worker for whom a task was spared will not come.
void Scheduler::dropWithLostWorkers(EventBatch& batch, Wishes& wishes) {
  if (!m_sparing) return;
  std::vector<TaskNode*> spared;
  m_queue.forEach([&](TaskNode& node) {
    if (node.spared) spared.push_back(&node);
  });
  for (const std::size_t kept = onTheirWay(); spared.size() > kept; spared.pop_back())
    drop(*spared.back(), batch, true, By::Shutdown, m_shutdownCaller, {}, wishes);
}

// --- Scheduler: workers

void Scheduler::ready(SlotIndex slot, Event ready, EventBatch& batch) {
  assert(m_slots[slot].phase == SlotPhase::Starting);
  ++m_order;
  ready.kind = EventKind::WorkerReady, ready.slot = slot;
  if (batch.enabled()) {
    if (m_ready.size() <= slot) m_ready.resize(slot + 1u);
    m_ready[slot] = ready;
  }
  add(batch, ready);
  m_slots[slot].phase = SlotPhase::Ready;
  m_spawnFailed = false;
}

Scheduler::Errand Scheduler::startIfNeeded(EventBatch& batch) {
  if (m_queue.size() <= m_idle + m_starting || staying() >= m_target || m_broken) return {};
  // After a failure it waits for the time of the next try; but with nobody left, nobody would come by to try.
  if (m_spawnFailed && m_starting + m_idle + m_busy > 0) return {};
  std::size_t i = 0;
  while (i < m_slots.size() && m_slots[i].phase != SlotPhase::Vacant)
    ++i;
  if (i == m_slots.size()) m_slots.emplace_back();
  begin(static_cast<SlotIndex>(i), batch);
  return Errand(static_cast<SlotIndex>(i));
}

void Scheduler::begin(SlotIndex index, EventBatch& batch) {
  Slot& slot = m_slots[index];
  slot.phase = SlotPhase::Starting;
  ++slot.generation;
  ++m_starting;
  add(batch, EventKind::WorkerStarting, index, 0, slot.generation);
}

/// An idle worker that a waiting task should wake.
Scheduler::Errand Scheduler::wakeIfNeeded() {
  // While it shuts down and nothing waits, each worker that comes by sends one sleeper home, who sends the next.
  const bool forTask = !m_queue.empty() && m_searching == 0;
  const bool toLeave = m_shuttingDown && m_queue.empty();
  if (m_idleStack.empty() || !(forTask || toLeave)) return {};
  const SlotIndex slot = m_idleStack.back();
  m_idleStack.pop_back();
  m_slots[slot].phase = SlotPhase::Waking;
  ++m_searching;
  return Errand(slot);
}

void Scheduler::retire(SlotIndex index, RetireReason reason, EventBatch& batch) {
  m_slots[index].retiring = true;
  ++m_retiring;
  add(batch, EventKind::WorkerRetiring, index, static_cast<std::uint8_t>(reason));
}

void Scheduler::leaveIdle(SlotIndex slot) {
  std::erase(m_idleStack, slot);
  m_slots[slot].phase = SlotPhase::Waking;
  ++m_searching;
}

Scheduler::Wishes Scheduler::resize(std::size_t target, By by, EventBatch& batch) {
  Wishes wishes;
  if (m_closed || target == m_target) return wishes;
  ++m_order;
  Event event;
  event.kind = EventKind::PoolResized, event.flag = static_cast<std::uint8_t>(by);
  event.a = static_cast<std::uint32_t>(m_target), event.b = static_cast<std::uint32_t>(target);
  add(batch, event);
  m_target = target;
  freeSlots(SlotPhase::Failed, m_failedSlots); // the person asks anew
  // Grow: first keep those that were to leave, lowest slot first, then start as many as there is work for.
  for (std::size_t i = 0; i < m_slots.size() && staying() < m_target && m_retiring > 0; ++i) {
    Slot& slot = m_slots[i];
    if (!slot.retiring || slot.phase == SlotPhase::Leaving) continue;
    slot.retiring = false;
    --m_retiring;
    add(batch, EventKind::WorkerRetiring, static_cast<SlotIndex>(i), static_cast<std::uint8_t>(RetireReason::Stays));
  }
  m_spawnFailed = false; // the person asks anew
  while (Errand start = startIfNeeded(batch))
    wishes.start.push_back(std::move(start));
  if (staying() > m_target) freeSlots(SlotPhase::Waiting, m_waitingSlots);
  // Shrink: the idle leave now, the others after their task; highest slot first, so that the low rows stay.
  auto shrink = [&](auto&& matches) {
    for (std::size_t i = m_slots.size(); i-- > 0 && staying() > m_target;) {
      Slot& slot = m_slots[i];
      if (slot.retiring || !matches(slot.phase)) continue;
      retire(static_cast<SlotIndex>(i), RetireReason::Resize, batch);
      if (slot.phase == SlotPhase::Idle) {
        leaveIdle(static_cast<SlotIndex>(i));
        wishes.wake.emplace_back(static_cast<SlotIndex>(i));
      }
    }
  };
  shrink([](SlotPhase phase) { return phase == SlotPhase::Idle; });
  shrink([](SlotPhase phase) {
    return phase == SlotPhase::Starting || phase == SlotPhase::Ready || phase == SlotPhase::Waking;
  });
  dropWithLostWorkers(batch, wishes);
  shrink([](SlotPhase phase) { return phase == SlotPhase::Running; });
  return wishes;
}

Scheduler::Wishes Scheduler::shutdown(ShutdownOptions options, CallerId caller, EventBatch& batch,
                                      std::int64_t deadlineNs) {
  Wishes wishes;
  ++m_order;
  if (!m_closed) {
    addShutdownBegun(options, caller, deadlineNs, batch);
    if (deadlineNs != 0 && !m_stage) addStage(ShutdownStage::Draining, batch);
  }
  m_shuttingDown = true;
  if (options.cancelFutures) dropUnspared(caller, batch, wishes);
  sendIdleHome(wishes);
  closeIfEnded(batch);
  return wishes;
}

void Scheduler::tellShutdown(ShutdownOptions options, CallerId caller, EventBatch& batch) {
  if (m_shuttingDown) return;
  ++m_order;
  addShutdownBegun(options, caller, 0, batch);
}

void Scheduler::addShutdownBegun(ShutdownOptions options, CallerId caller, std::int64_t deadlineNs, EventBatch& batch) {
  Event event;
  event.kind = EventKind::PoolShutdownBegun;
  event.flag = m_shutdownFlags = static_cast<std::uint8_t>((options.wait ? 1 : 0) | (options.cancelFutures ? 2 : 0));
  m_shutdownCaller = caller, event.b = caller.value();
  event.setCd(deadlineNs);
  add(batch, event);
  m_shutdownTold = true;
}

/// Nothing is queued and nothing will be: the sleepers leave.
void Scheduler::sendIdleHome(Wishes& wishes) {
  if (!m_queue.empty()) return;
  while (!m_idleStack.empty()) {
    const SlotIndex slot = m_idleStack.back();
    leaveIdle(slot);
    wishes.wake.emplace_back(slot);
  }
}

void Scheduler::addStage(ShutdownStage stage, EventBatch& batch) {
  m_stage = stage;
  Event event;
  event.kind = EventKind::PoolShutdownStage, event.flag = static_cast<std::uint8_t>(stage);
  event.a = static_cast<std::uint32_t>(m_queue.size());
  event.b = static_cast<std::uint32_t>(m_running + m_dispatched);
  add(batch, event);
}

Scheduler::Wishes Scheduler::enterStage(ShutdownStage stage, EventBatch& batch) {
  Wishes wishes;
  if (!m_shuttingDown || m_closed) return wishes;
  ++m_order;
  addStage(stage, batch);
  if (stage == ShutdownStage::CancelQueued) {
    dropAll(batch, true, By::Timeout, {}, {}, wishes);
    sendIdleHome(wishes);
    closeIfEnded(batch);
  }
  return wishes;
}

void Scheduler::closeIfEnded(EventBatch& batch) {
  if (!m_shuttingDown || m_closed || !m_queue.empty()) return;
  freeSlots(SlotPhase::Waiting, m_waitingSlots); // nobody needs them any more
  if (m_starting + m_idle + m_busy > 0 || !m_byCallers.empty()) return;
  m_closed = true;
  if (m_stage) addStage(ShutdownStage::Done, batch);
  add(batch, EventKind::PoolClosed, kNoSlot);
}

// --- Scheduler: snapshot

void Scheduler::tellWorker(SlotIndex index, EventBatch& batch) {
  const Slot& slot = m_slots[index];
  if (slot.phase == SlotPhase::Vacant || slot.phase == SlotPhase::Waiting) return;
  add(batch, EventKind::WorkerStarting, index, 0, slot.generation);
  if (slot.phase == SlotPhase::Failed) return add(batch, EventKind::WorkerSlotFailed, index);
  if (slot.phase != SlotPhase::Starting && index < m_ready.size()) add(batch, m_ready[index]);
  if (slot.retiring) {
    const RetireReason reason = m_shuttingDown ? RetireReason::Shutdown : RetireReason::Resize;
    add(batch, EventKind::WorkerRetiring, index, static_cast<std::uint8_t>(reason));
  }
  if (!slot.task) return;
  addSubmitted(*slot.task, {}, {}, {}, batch);
  add(batch, EventKind::TaskStarted, *slot.task);
  if (const std::uint8_t blocked = slot.task->blocked.load(std::memory_order_relaxed); blocked != 0)
    add(batch, EventKind::TaskBlocked, *slot.task, static_cast<std::uint8_t>(blocked - 1));
}

void Scheduler::tellAnew(const Event& opened, EventBatch& batch) {
  if (m_closed || !batch.enabled()) return;
  ++m_order;
  Event event;
  event.kind = EventKind::SnapshotBegin, event.task = m_done;
  event.setAb(static_cast<std::int64_t>(m_failed)), event.setCd(static_cast<std::int64_t>(m_cancelled));
  add(batch, event);
  event = opened;
  if (event.b != 0)
    event.b = static_cast<std::uint32_t>(m_target); // 0: a server without a pool, whose size means nothing
  add(batch, event);
  for (std::size_t i = 0; i < m_slots.size(); ++i)
    tellWorker(static_cast<SlotIndex>(i), batch);
  for (TaskNode* task : m_byCallers) {
    addSubmitted(*task, {}, {}, {}, batch);
    add(batch, EventKind::TaskStarted, *task);
  }
  for (TaskNode* task = m_dispatchedTasks; task; task = task->next) {
    addSubmitted(*task, {}, {}, {}, batch);
    add(batch, EventKind::TaskDispatched, *task);
  }
  m_queue.forEach([&](TaskNode& node) {
    node.key = static_cast<std::int64_t>(++m_order);
    addSubmitted(node, {}, {}, {}, batch);
    node.stamp = batch.stamp();
  });
  if (m_shutdownTold) {
    event = {};
    event.kind = EventKind::PoolShutdownBegun, event.flag = m_shutdownFlags, event.b = m_shutdownCaller.value();
    add(batch, event);
    if (m_stage) addStage(*m_stage, batch);
  }
  add(batch, EventKind::SnapshotEnd, kNoSlot);
}

Scheduler::Wishes Scheduler::spawnFailed(SlotIndex index, int error, std::int64_t retryAt, EventBatch& batch) {
  Wishes wishes;
  ++m_order;
  Slot& slot = m_slots[index];
  if (slot.retiring) slot.retiring = false, --m_retiring;
  slot.phase = SlotPhase::Vacant;
  --m_starting;
  m_spawnFailed = true;
  Event event;
  event.kind = EventKind::PoolSpawnFailed, event.slot = index, event.a = static_cast<std::uint32_t>(error);
  event.setCd(retryAt);
  add(batch, event);
  dropWithLostWorkers(batch, wishes);
  closeIfEnded(batch);
  return wishes;
}

bool Scheduler::deserted() const {
  return m_starting + m_idle + m_busy + m_waitingSlots == 0 && !m_queue.empty();
}

Scheduler::Errand Scheduler::retrySpawn(EventBatch& batch) {
  m_spawnFailed = false;
  return startIfNeeded(batch);
}

Scheduler::Wishes Scheduler::breakPool(TextId error, EventBatch& batch) {
  Wishes wishes;
  ++m_order;
  m_broken = true;
  dropAll(batch, false, By::Caller, {}, error, wishes);
  closeIfEnded(batch);
  return wishes;
}

PoolStats Scheduler::stats() const {
  return {.maxWorkers = m_target,
          .liveWorkers = m_starting + m_idle + m_busy,
          .idleWorkers = m_idle,
          .queued = m_queue.size(),
          .dispatched = m_dispatched,
          .running = m_running,
          .done = m_done,
          .failed = m_failed,
          .cancelled = m_cancelled,
          .submitted = m_submitted};
}

std::string Scheduler::checkInvariants() const {
  const PoolStats s = stats();
  if (s.submitted != s.queued + s.dispatched + s.running + s.done + s.failed + s.cancelled)
    return "submitted is not the sum of queued, dispatched, running, done, failed and cancelled";
  std::size_t starting = 0, idle = 0, waking = 0, busy = 0, retiring = 0, tasks = 0, dispatched = 0;
  std::size_t waiting = 0, failed = 0;
  for (const Slot& slot : m_slots) {
    starting += slot.phase == SlotPhase::Starting || slot.phase == SlotPhase::Ready;
    idle += slot.phase == SlotPhase::Idle;
    waking += slot.phase == SlotPhase::Waking;
    busy += slot.phase == SlotPhase::Running || slot.phase == SlotPhase::Leaving;
    waiting += slot.phase == SlotPhase::Waiting;
    failed += slot.phase == SlotPhase::Failed;
    dispatched += slot.dispatched;
    retiring += slot.retiring;
    tasks += slot.task != nullptr;
    if (slot.retiring && slot.phase == SlotPhase::Vacant) return "a vacant slot retires";
    if ((slot.task || slot.dispatched > 0) && slot.phase != SlotPhase::Running)
      return "a worker that does not run has a task";
  }
  if (starting != m_starting || idle + waking != m_idle || busy != m_busy || retiring != m_retiring ||
      waking != m_searching || waiting != m_waitingSlots || failed != m_failedSlots)
    return "the counts of workers differ from the slots";
  if (idle != m_idleStack.size()) return "the idle stack differs from the slots";
  if (m_broken && !m_queue.empty()) return "tasks wait in a broken pool";
  if (dispatched != m_dispatched) return "dispatched tasks are not with the workers";
  if (tasks + m_byCallers.size() != m_running) return "a running task has no worker, or a worker two";
  if (!m_queue.empty() && idle > 0 && m_searching == 0 && !m_closed) return "a task waits while a worker sleeps";
  if (m_closed && (!m_byCallers.empty() || starting + m_idle + busy > 0 || !m_queue.empty()))
    return "a closed pool has workers or tasks";
  std::size_t queued = 0;
  const TaskNode* before = nullptr;
  bool ordered = true;
  m_queue.forEach([&](const TaskNode& node) {
    ++queued;
    if (before && (before->priority < node.priority || (before->priority == node.priority && before->key >= node.key)))
      ordered = false;
    before = &node;
  });
  if (queued != m_queue.size()) return "the queue's count is wrong";
  if (!ordered) return "the queue is out of order";
  return {};
}

} // namespace poolscope
