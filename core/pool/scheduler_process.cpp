#include "core/pool/scheduler.h"

#include <cassert>

namespace poolscope {

// The decisions that only a pool of worker processes needs: tasks are handed out before they start, and a worker may
// die at any time.

void Scheduler::handOut(TaskNode& task, SlotIndex index, EventBatch& batch) {
  m_queue.remove(task);
  task.slot = index;
  task.phase = TaskNode::Phase::Dispatched;
  ++m_dispatched, ++m_slots[index].dispatched;
  task.next = m_dispatchedTasks;
  if (m_dispatchedTasks) m_dispatchedTasks->prev = &task;
  m_dispatchedTasks = &task;
  add(batch, EventKind::TaskDispatched, task);
  task.stamp = batch.stamp();
}

void Scheduler::unlinkDispatched(TaskNode& task) {
  --m_dispatched, --m_slots[task.slot].dispatched;
  (task.prev ? task.prev->next : m_dispatchedTasks) = task.next;
  if (task.next) task.next->prev = task.prev;
  task.prev = task.next = nullptr;
}

Scheduler::Next Scheduler::dispatch(SlotIndex index, EventBatch& batch) {
  Slot& slot = m_slots[index];
  assert(!slot.task && slot.dispatched == 0);
  const bool wasIdle = beginAsking(slot);
  Next next;
  TaskNode* head = m_queue.head();
  if (slot.retiring || m_broken || (m_shuttingDown && !head)) {
    leave(index, wasIdle, batch);
    next.exit = true;
    next.wish.wake = wakeIfNeeded();
    next.wish.start = startIfNeeded(batch);
    return next;
  }
  if (!head) {
    goIdle(index, wasIdle, batch);
    return next;
  }
  if (wasIdle) --m_idle, ++m_busy;
  slot.phase = SlotPhase::Running;
  handOut(*head, index, batch);
  next.task = head;
  next.wish.wake = wakeIfNeeded();
  return next;
}

TaskNode* Scheduler::dispatchAhead(SlotIndex index, EventBatch& batch) {
  const Slot& slot = m_slots[index];
  assert(slot.phase == SlotPhase::Running && (slot.task || slot.dispatched > 0));
  TaskNode* head = m_queue.head();
  if (!head || slot.retiring || m_broken) return nullptr;
  ++m_order;
  handOut(*head, index, batch);
  return head;
}

void Scheduler::started(TaskNode& task, std::int64_t lagNs, EventBatch& batch) {
  Slot& slot = m_slots[task.slot];
  assert(task.phase == TaskNode::Phase::Dispatched && !slot.task);
  ++m_order;
  unlinkDispatched(task);
  ++m_running;
  task.phase = TaskNode::Phase::Running;
  slot.task = &task;
  addLate(batch, EventKind::TaskStarted, task, lagNs);
}

void Scheduler::failDispatched(TaskNode& task, Outcome outcome, TextId error, EventBatch& batch) {
  assert(task.phase == TaskNode::Phase::Dispatched);
  ++m_order;
  unlinkDispatched(task);
  ++m_failed;
  task.phase = TaskNode::Phase::Ended;
  addLate(batch, EventKind::TaskFinished, task, 0, static_cast<std::uint8_t>(outcome), error.value());
}

void Scheduler::requeue(TaskNode& task, EventBatch& batch) {
  assert(task.phase == TaskNode::Phase::Dispatched && !m_broken);
  ++m_order;
  unlinkDispatched(task);
  task.phase = TaskNode::Phase::Queued;
  // Not by its old key, which a snapshot may have renewed: the fold knows only the one that it was submitted with.
  m_queue.pushFront(task, static_cast<std::int64_t>(m_order));
  addLate(batch, EventKind::TaskRequeued, task, 0);
  task.slot = kNoSlot;
}

Scheduler::Wish Scheduler::answerQueue(EventBatch& batch) {
  Wish wish;
  wish.wake = wakeIfNeeded();
  wish.start = startIfNeeded(batch);
  return wish;
}

void Scheduler::submitFailed(TaskNode& node, CallerId caller, TaskId parent, ClientId client, TextId error,
                             EventBatch& batch) {
  assert(!m_shuttingDown && !m_broken && node.phase == TaskNode::Phase::Free);
  node.key = static_cast<std::int64_t>(++m_order);
  node.phase = TaskNode::Phase::Ended;
  ++m_submitted, ++m_failed;
  if (batch.enabled()) addSubmitted(node, caller, parent, client, batch);
  addLate(batch, EventKind::TaskFinished, node, 0, static_cast<std::uint8_t>(Outcome::Error), error.value());
}

Scheduler::Wishes Scheduler::exited(SlotIndex index, Event exited, SlotPhase then, TextId reason, EventBatch& batch) {
  Wishes wishes;
  Slot& slot = m_slots[index];
  assert(!slot.task && slot.dispatched == 0 && slot.phase != SlotPhase::Vacant);
  ++m_order;
  const bool onItsWay = slot.phase == SlotPhase::Starting || slot.phase == SlotPhase::Ready;
  switch (slot.phase) {
  case SlotPhase::Starting:
  case SlotPhase::Ready:
    --m_starting;
    break;
  case SlotPhase::Idle:
    std::erase(m_idleStack, index);
    --m_idle;
    break;
  default:
    --m_busy;
    break;
  }
  if (slot.retiring) --m_retiring, slot.retiring = false;
  slot.phase = then;
  if (then == SlotPhase::Waiting) ++m_waitingSlots;
  if (then == SlotPhase::Failed) ++m_failedSlots;
  exited.kind = EventKind::WorkerExited, exited.slot = index;
  add(batch, exited);
  if (then == SlotPhase::Failed) add(batch, EventKind::WorkerSlotFailed, index, 0, reason.value());
  if (onItsWay) dropWithLostWorkers(batch, wishes);
  closeIfEnded(batch);
  if (Errand wake = wakeIfNeeded()) wishes.wake.push_back(std::move(wake));
  if (Errand start = startIfNeeded(batch)) wishes.start.push_back(std::move(start));
  return wishes;
}

Scheduler::Errand Scheduler::restart(SlotIndex index, EventBatch& batch) {
  Slot& slot = m_slots[index];
  if (slot.phase != SlotPhase::Waiting) return {}; // the size shrank meanwhile, or the pool ended
  ++m_order;
  --m_waitingSlots;
  slot.phase = SlotPhase::Vacant;
  if (m_broken || (m_shuttingDown && m_queue.empty())) {
    closeIfEnded(batch);
    return {};
  }
  begin(index, batch);
  return Errand(index);
}

void Scheduler::note(Event event, EventBatch& batch) {
  ++m_order;
  add(batch, event);
}

void Scheduler::freeSlots(SlotPhase phase, std::size_t& count) {
  if (count == 0) return;
  for (Slot& slot : m_slots)
    if (slot.phase == phase) slot.phase = SlotPhase::Vacant;
  count = 0;
}

bool Scheduler::hopeless() const {
  return m_starting + m_idle + m_busy + m_waitingSlots == 0 && m_failedSlots >= m_target;
}

} // namespace poolscope
