#pragma once

#include "core/pool/future.h"
#include "core/pool/wait_graph.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace poolscope {

enum class ReturnWhen { FirstCompleted, FirstException, AllCompleted };

template <class T> struct WaitResult {
  std::vector<Future<T>> done, notDone; ///< each future once, in the order given
};

namespace detail {

/// Waits for several blocks at once: a node on each, one condition. Blocks are told apart by address.
/// Threads: owner; done blocks report from any thread.
class WaitSet {
 public:
  /// Watches each block once; what is done already counts at once, before anything else.
  explicit WaitSet(const std::vector<TaskBlock*>& blocks);
  ~WaitSet();
  WaitSet(const WaitSet&) = delete;
  WaitSet& operator=(const WaitSet&) = delete;

  /// Until `enough` of the completed ones satisfy the condition, or the deadline.
  void waitFor(ReturnWhen when, Deadline deadline) { waitFor(when, deadline, WorkerWait::IfVain::Throw); }
  void waitFor(ReturnWhen when, Deadline deadline, WorkerWait::IfVain ifVain);
  /// The next completed block's index in the constructor's list, in order of completion; none when the deadline passed.
  std::optional<std::size_t> takeNext(Deadline deadline);
  /// One more, that was not there before; takeNext() gives its `index`. By the thread that takes.
  void add(TaskBlock& block, std::size_t index);
  std::size_t total() const; ///< different blocks
  std::size_t left() const;  ///< not taken by takeNext()

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

template <class T> std::vector<TaskBlock*> blocksOf(const std::vector<Future<T>>& futures) {
  std::vector<TaskBlock*> blocks;
  blocks.reserve(futures.size());
  for (const Future<T>& future : futures)
    blocks.push_back(future.block());
  return blocks;
}

template <class F> inline constexpr bool isFuture = false;
template <class T> inline constexpr bool isFuture<Future<T>> = true;
template <class R>
concept FutureRange = std::ranges::input_range<R> && isFuture<std::ranges::range_value_t<R>>;
template <class R> using ValueIn = typename std::ranges::range_value_t<R>::Value;

/// The futures of any range, which may be read only once.
template <FutureRange R> auto futuresOf(R&& range) {
  std::vector<Future<ValueIn<R>>> futures;
  for (auto&& future : range)
    futures.emplace_back(std::forward<decltype(future)>(future));
  return futures;
}
std::string unfinishedText(std::size_t left, std::size_t total); // "2 (of 4) futures unfinished"

} // namespace detail

/// Blocks until the condition holds or `timeout` ns have passed; never throws for the timeout. Any range of Future<T>.
/// Duplicates count once; a cancelled future is done and is no exception.
template <detail::FutureRange R>
WaitResult<detail::ValueIn<R>> wait(R&& range, ReturnWhen when = ReturnWhen::AllCompleted,
                                    std::optional<std::chrono::nanoseconds> timeout = {}) {
  auto futures = detail::futuresOf(std::forward<R>(range));
  {
    detail::WaitSet set(detail::blocksOf(futures));
    set.waitFor(when, timeout ? detail::after(*timeout) : Deadline{});
  }
  WaitResult<detail::ValueIn<R>> result;
  std::unordered_set<detail::TaskBlock*> seen;
  for (auto& future : futures)
    if (seen.insert(future.block()).second) (future.done() ? result.done : result.notDone).push_back(std::move(future));
  return result;
}
template <class T>
WaitResult<T> wait(std::initializer_list<Future<T>> futures, ReturnWhen when = ReturnWhen::AllCompleted,
                   std::optional<std::chrono::nanoseconds> timeout = {}) {
  return wait(std::vector<Future<T>>(futures), when, timeout);
}

/// The same for futures of different types: which of them are done, in their order.
template <class... T>
std::vector<bool> wait(ReturnWhen when, std::optional<std::chrono::nanoseconds> timeout, const Future<T>&... futures) {
  detail::WaitSet set(std::vector<detail::TaskBlock*>{futures.block()...});
  set.waitFor(when, timeout ? detail::after(*timeout) : Deadline{});
  return {futures.done()...};
}

/// Futures in order of completion, those done at the call first; each once. An input range: past the deadline, which
/// counts from the call, going on throws TimeoutError ("2 (of 4) futures unfinished"). Keeps no future it has given
/// out. Threads: owner.
template <class T> class AsCompleted {
 public:
  AsCompleted(const std::vector<Future<T>>& futures, Deadline deadline)
      : m_state(std::make_unique<State>(futures, deadline)) {}

 private:
  struct State;

 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Future<T>;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(typename AsCompleted::State* state) : m_state(state) {}
    const Future<T>& operator*() const { return m_state->current; }
    Iterator& operator++() {
      m_state->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool ended() const { return !m_state || m_state->ended; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.ended(); }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.ended() == b.ended(); }

   private:
    typename AsCompleted::State* m_state = nullptr; // of the range, wherever that is moved
  };

  Iterator begin() {
    if (m_state && !m_state->begun) m_state->begun = true, m_state->next();
    return Iterator(m_state.get());
  }
  Iterator end() { return Iterator(); }

 private:
  struct State {
    State(const std::vector<Future<T>>& given, Deadline until)
        : futures(distinct(given)), deadline(until), set(detail::blocksOf(futures)) {}
    static std::vector<Future<T>> distinct(const std::vector<Future<T>>& given) {
      std::unordered_set<detail::TaskBlock*> seen;
      std::vector<Future<T>> out;
      for (const Future<T>& future : given)
        if (seen.insert(future.block()).second) out.push_back(future);
      return out;
    }
    std::vector<Future<T>> futures;
    Deadline deadline;
    Future<T> current;
    bool begun = false, ended = false;
    detail::WaitSet set; // before the futures in destruction: it unregisters from their blocks

    void next() {
      current = {};
      if (set.left() == 0) {
        ended = true;
        return;
      }
      const std::optional<std::size_t> index = set.takeNext(deadline);
      if (!index) throw TimeoutError(detail::unfinishedText(set.left(), set.total()));
      current = std::move(futures[*index]);
    }
  };

  std::unique_ptr<State> m_state;
};

template <detail::FutureRange R>
AsCompleted<detail::ValueIn<R>> asCompleted(R&& range, std::optional<std::chrono::nanoseconds> timeout = {}) {
  const Deadline deadline = timeout ? detail::after(*timeout) : Deadline{};
  return AsCompleted<detail::ValueIn<R>>(detail::futuresOf(std::forward<R>(range)), deadline);
}

} // namespace poolscope
