#include "core/pool/wait.h"

#include "core/pool/pool_core.h"
#include "core/pool/wait_graph.h"

#include <unordered_set>

namespace poolscope::detail {

struct WaitSet::Impl {
  struct Node final : Observer {
    Impl* set = nullptr;
    TaskBlock* block = nullptr; // borrowed: the caller holds a future of it until the node is removed
    std::size_t index = 0;
    bool taken = false;
    void onDone(TaskBlock& done) override {
      set->completed(*this, done.state() == FutureState::Finished && done.error());
    }
  };

  void completed(Node& node, bool failed) {
    MutexLock lock(mutex);
    order.push_back(&node);
    anyFailed = anyFailed || failed;
    changed.notifyAll();
  }

  /// One call's wait: made when it really has to sleep.
  struct Waiting {
    std::optional<CallerWait> shown;
    std::vector<const TaskBlock*> blocks; // before its borrower
    std::optional<WorkerWait> worker;
    std::size_t lookedAt = 0; // completed ones when the graph was looked at last
  };
  std::vector<const TaskBlock*> openBlocks() const;
  void showBy(const TaskBlock& block) { // the first one with a log
    if (!log && !block.done()) log = block.task().log, pool = block.task().pool;
  }
  void prepare(Waiting& waiting, WorkerWait::Until until, WorkerWait::IfVain ifVain, Deadline deadline, MutexLock& lock)
      NO_THREAD_SAFETY_ANALYSIS; // both are called with the lock held, and let go of it meanwhile
  void sleep(Waiting& waiting, Deadline deadline, MutexLock& lock) NO_THREAD_SAFETY_ANALYSIS;
  void lookAgain(Waiting& waiting, MutexLock& lock) NO_THREAD_SAFETY_ANALYSIS;
  static void ring(void* who) {
    auto* set = static_cast<Impl*>(who);
    MutexLock lock(set->mutex);
    set->changed.notifyAll();
  }

  Mutex mutex{LockRank::Leaf};
  Condition changed;
  std::deque<Node*> order GUARDED_BY(mutex); // completed, not taken yet
  bool anyFailed GUARDED_BY(mutex) = false;
  std::deque<Node> nodes; // one a different block, without those at the front that were taken
  std::size_t takenCount = 0, gone = 0;
  LogLife* log = nullptr;
  PoolId pool;
};

WaitSet::WaitSet(const std::vector<TaskBlock*>& blocks) : m_impl(std::make_unique<Impl>()) {
  std::unordered_set<TaskBlock*> seen;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!seen.insert(blocks[i]).second) continue;
    Impl::Node& node = m_impl->nodes.emplace_back();
    node.set = m_impl.get(), node.block = blocks[i], node.index = i;
    m_impl->showBy(*blocks[i]);
  }
  for (Impl::Node& node : m_impl->nodes)
    node.block->addObserver(&node);
}

WaitSet::~WaitSet() {
  for (Impl::Node& node : m_impl->nodes)
    if (!node.taken) node.block->removeObserver(&node);
}

std::size_t WaitSet::total() const {
  return m_impl->nodes.size() + m_impl->gone;
}
std::size_t WaitSet::left() const {
  return total() - m_impl->takenCount;
}

std::vector<const TaskBlock*> WaitSet::Impl::openBlocks() const {
  std::vector<const TaskBlock*> open;
  for (const Node& node : nodes)
    if (!node.taken) open.push_back(node.block);
  return open;
}

/// Before the first sleep of a call: a worker refuses to wait in vain, and the wait is shown. Lets go of the lock.
void WaitSet::Impl::prepare(Waiting& waiting, WorkerWait::Until until, WorkerWait::IfVain ifVain, Deadline deadline,
                            MutexLock& lock) {
  lock.unlock();
  if (!deadline && WorkerWait::concernsCaller()) {
    waiting.blocks = openBlocks();
    waiting.worker.emplace(waiting.blocks, until, "wait()", WorkerWait::Bell{ring, this}, ifVain);
  }
  waiting.shown.emplace(log, pool, CallKind::Wait);
  lock.lock();
  waiting.lookedAt = order.size();
}

void WaitSet::Impl::sleep(Waiting& waiting, Deadline deadline, MutexLock& lock) {
  if (waiting.worker) waiting.worker->check();
  changed.wait(lock, deadline);
}

/// One more has succeeded, and it is the first failure that is waited for: perhaps none of the rest can come.
void WaitSet::Impl::lookAgain(Waiting& waiting, MutexLock& lock) {
  waiting.lookedAt = order.size();
  lock.unlock();
  waiting.worker->lookAgain();
  lock.lock();
}

void WaitSet::waitFor(ReturnWhen when, Deadline deadline, WorkerWait::IfVain ifVain) {
  Impl::Waiting waiting;
  const auto until = when == ReturnWhen::AllCompleted     ? WorkerWait::Until::AllDone
                     : when == ReturnWhen::FirstException ? WorkerWait::Until::FirstFailure
                                                          : WorkerWait::Until::AnyDone;
  MutexLock lock(m_impl->mutex);
  for (;;) {
    const std::size_t count = m_impl->order.size();
    if (count == m_impl->nodes.size() || (when == ReturnWhen::FirstCompleted && count > 0) ||
        (when == ReturnWhen::FirstException && m_impl->anyFailed))
      return;
    if (deadline && std::chrono::steady_clock::now() >= *deadline) return;
    if (!waiting.shown)
      m_impl->prepare(waiting, until, ifVain, deadline, lock);
    else if (waiting.worker && until == WorkerWait::Until::FirstFailure && count > waiting.lookedAt)
      m_impl->lookAgain(waiting, lock);
    else
      m_impl->sleep(waiting, deadline, lock);
  }
}

std::optional<std::size_t> WaitSet::takeNext(Deadline deadline) {
  Impl::Waiting waiting;
  MutexLock lock(m_impl->mutex);
  while (m_impl->order.empty()) {
    if (deadline && std::chrono::steady_clock::now() >= *deadline) return std::nullopt;
    if (!waiting.shown)
      m_impl->prepare(waiting, WorkerWait::Until::AnyDone, WorkerWait::IfVain::Throw, deadline, lock);
    else
      m_impl->sleep(waiting, deadline, lock);
  }
  Impl::Node* node = m_impl->order.front();
  m_impl->order.pop_front();
  ++m_impl->takenCount;
  node->taken = true;
  const std::size_t index = node->index;
  while (!m_impl->nodes.empty() && m_impl->nodes.front().taken)
    m_impl->nodes.pop_front(), ++m_impl->gone;
  return index;
}

void WaitSet::add(TaskBlock& block, std::size_t index) {
  Impl::Node& node = m_impl->nodes.emplace_back();
  node.set = m_impl.get(), node.block = &block, node.index = index;
  m_impl->showBy(block);
  block.addObserver(&node);
}

std::string unfinishedText(std::size_t left, std::size_t total) {
  return std::to_string(left) + " (of " + std::to_string(total) + ") futures unfinished";
}

} // namespace poolscope::detail
