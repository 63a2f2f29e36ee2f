#pragma once

#include "core/pool/executor.h"
#include "core/pool/future.h"
#include "core/pool/wait.h"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace poolscope::detail {

/// The blocks of one parallelFor(), given out in order to whoever asks next. Lives on the caller's stack: he returns
/// when nobody runs any more. Threads: any thread.
template <class I, class F> class Blocks {
 public:
  Blocks(I begin, I end, std::uint64_t size, F& f)
      : m_begin(begin), m_end(end), m_size(size), m_count((distance(begin, end) - 1) / size + 1), m_f(f) {}

  static std::uint64_t distance(I begin, I end) {
    return begin < end ? static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin) : 0;
  }
  std::uint64_t count() const { return m_count; }
  /// Runs block after block until none is left or one has failed.
  void run() noexcept {
    for (std::uint64_t at; !m_stop.load(std::memory_order_relaxed) && (at = m_next.fetch_add(1)) < m_count;) {
      try {
        runOne(at);
      } catch (...) {
        fail(std::current_exception());
      }
    }
  }
  /// No further block begins. The first failure is kept.
  void fail(std::exception_ptr error) {
    {
      MutexLock lock(m_mutex);
      if (!m_error) m_error.swap(error);
    }
    m_stop = true;
  }
  void rethrow() {
    MutexLock lock(m_mutex);
    if (m_error) std::rethrow_exception(m_error);
  }

 private:
  I indexOf(std::uint64_t offset) const {
    return static_cast<I>(static_cast<std::uint64_t>(m_begin) + offset); // the same bits, whatever the sign
  }
  void runOne(std::uint64_t at) {
    const std::uint64_t total = distance(m_begin, m_end), from = at * m_size;
    const std::uint64_t to = total - from < m_size ? total : from + m_size;
    if constexpr (std::invocable<F&, I>) {
      for (std::uint64_t i = from; i < to; ++i)
        std::invoke(m_f, indexOf(i));
    } else {
      std::invoke(m_f, indexOf(from), indexOf(to));
    }
  }

  const I m_begin, m_end;
  const std::uint64_t m_size, m_count;
  F& m_f;
  std::atomic<std::uint64_t> m_next{0}; // the next block; whoever adds one has it
  std::atomic<bool> m_stop{false};      // set by who fails
  Mutex m_mutex{LockRank::Leaf};
  std::exception_ptr m_error GUARDED_BY(m_mutex);
};

template <class F, class I>
concept LoopBody = std::invocable<F&, I> || std::invocable<F&, I, I>;

/// Indices of a block: as asked for, or eight blocks a worker, so that who is slow, or begins late, leaves the rest to
/// the others. 0: there is nothing to do. A negative block: std::invalid_argument.
template <std::integral I> std::uint64_t loopBlock(I begin, I end, I block, std::uint64_t workers) {
  if constexpr (std::is_signed_v<I>)
    if (block < 0) throw std::invalid_argument("parallelFor: a block has at least 1 index");
  if (!(begin < end)) return 0;
  if (block != 0) return static_cast<std::uint64_t>(block);
  return (static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin) - 1) / (8 * workers) + 1;
}

/// `inWorker`: the caller is one of the pool's workers, and takes blocks like the others.
template <class Pool, std::integral I, class F>
void parallelFor(Pool& pool, bool inWorker, I begin, I end, F&& f, I block) {
  using Body = std::remove_reference_t<F>;
  const std::uint64_t workers = pool.maxWorkers(), size = loopBlock(begin, end, block, workers);
  if (size == 0) return;
  Blocks<I, Body> blocks(begin, end, size, f);
  std::vector<Future<void>> helpers;
  const std::uint64_t wanted = std::min(blocks.count(), workers) - (inWorker ? 1 : 0);
  try {
    helpers.reserve(wanted);
    const TaskOptions options{.name = "parallelFor", .kind = TaskKind::Call, .priority = 0, .client = {}};
    while (helpers.size() < wanted)
      helpers.push_back(pool.submit(options, [&blocks] { blocks.run(); }));
  } catch (...) { // a worker does alone what nobody helps with
    if (!inWorker) blocks.fail(std::current_exception());
  }
  if (inWorker) blocks.run();
  std::vector<TaskBlock*> running;
  for (Future<void>& helper : helpers)
    if (!inWorker || !helper.cancel()) running.push_back(helper.block());
  WaitSet(running).waitFor(ReturnWhen::AllCompleted, {}, WorkerWait::IfVain::RefuseOthers);
  // A shutdown may have cancelled helpers that had not begun, and their blocks with them.
  for (Future<void>& helper : helpers)
    if (!inWorker && helper.cancelled())
      blocks.fail(std::make_exception_ptr(CancelledError("parallelFor: the pool was shut down before all was done")));
  blocks.rethrow();
}

} // namespace poolscope::detail
