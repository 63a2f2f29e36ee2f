#include "core/pool/wait.h"

#include "core/pool/pool_core.h"

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

  Mutex mutex{LockRank::Leaf};
  Condition changed;
  std::deque<Node*> order GUARDED_BY(mutex); // completed, not taken yet
  bool anyFailed GUARDED_BY(mutex) = false;
  std::deque<Node> nodes; // one a different block
  std::size_t takenCount = 0;
  EventLog* log = nullptr;
  PoolId pool;
};

WaitSet::WaitSet(const std::vector<TaskBlock*>& blocks) : m_impl(std::make_unique<Impl>()) {
  std::unordered_set<TaskBlock*> seen;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!seen.insert(blocks[i]).second) continue;
    Impl::Node& node = m_impl->nodes.emplace_back();
    node.set = m_impl.get(), node.block = blocks[i], node.index = i;
    if (!m_impl->log) m_impl->log = blocks[i]->log, m_impl->pool = blocks[i]->pool;
  }
  for (Impl::Node& node : m_impl->nodes)
    node.block->addObserver(&node);
}

WaitSet::~WaitSet() {
  for (Impl::Node& node : m_impl->nodes)
    if (!node.taken) node.block->removeObserver(&node);
}

std::size_t WaitSet::total() const {
  return m_impl->nodes.size();
}
std::size_t WaitSet::left() const {
  return m_impl->nodes.size() - m_impl->takenCount;
}

void WaitSet::waitFor(ReturnWhen when, Deadline deadline) {
  std::optional<CallerWait> shown; // only around a real wait
  MutexLock lock(m_impl->mutex);
  for (;;) {
    const std::size_t count = m_impl->order.size();
    if (count == m_impl->nodes.size() || (when == ReturnWhen::FirstCompleted && count > 0) ||
        (when == ReturnWhen::FirstException && m_impl->anyFailed))
      return;
    if (deadline && std::chrono::steady_clock::now() >= *deadline) return;
    if (!shown) {
      lock.unlock();
      shown.emplace(m_impl->log, m_impl->pool, CallKind::Wait);
      lock.lock();
      continue;
    }
    m_impl->changed.wait(lock, deadline);
  }
}

std::optional<std::size_t> WaitSet::takeNext(Deadline deadline) {
  std::optional<CallerWait> shown;
  MutexLock lock(m_impl->mutex);
  while (m_impl->order.empty()) {
    if (deadline && std::chrono::steady_clock::now() >= *deadline) return std::nullopt;
    if (!shown) {
      lock.unlock();
      shown.emplace(m_impl->log, m_impl->pool, CallKind::Wait);
      lock.lock();
      continue;
    }
    m_impl->changed.wait(lock, deadline);
  }
  Impl::Node* node = m_impl->order.front();
  m_impl->order.pop_front();
  ++m_impl->takenCount;
  node->taken = true;
  return node->index;
}

std::string unfinishedText(std::size_t left, std::size_t total) {
  return std::to_string(left) + " (of " + std::to_string(total) + ") futures unfinished";
}

} // namespace poolscope::detail
