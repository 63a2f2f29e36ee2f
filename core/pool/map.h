#pragma once

#include "core/pool/executor.h"
#include "core/pool/future.h"
#include "core/pool/wait.h"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace poolscope {

/// The results of map(), in order: an input range of T (std::monostate for void).
///
/// *it waits for that element and gives its value, or rethrows its exception; ++it goes on after either. The deadline
/// counts from the call of map(): past it, *it throws TimeoutError, what is not done is cancelled, and then it ==
/// end(). Dropping the results cancels the rest only if the iteration had begun. Threads: owner.
template <class T> class MapResults {
  struct State;

 public:
  using value_type = detail::Stored<T>;

  /// `refill` submits the next element; empty when the input is used up. Called once for each result that was read; it
  /// may outlive the pool. `onCancel` is called when the rest is cancelled, after the futures were.
  MapResults(std::deque<Future<T>> futures, std::function<std::optional<Future<T>>()> refill, Deadline deadline,
             std::function<void()> onCancel = {})
      : m_state(std::make_unique<State>(
            State{std::move(futures), std::move(refill), deadline, {}, false, std::move(onCancel)})) {}
  MapResults(MapResults&&) noexcept = default;
  MapResults& operator=(MapResults&& other) noexcept {
    if (this != &other) cancelIfBegun(), m_state = std::move(other.m_state);
    return *this;
  }
  ~MapResults() { cancelIfBegun(); }

  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = detail::Stored<T>;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(State* state) : m_state(state) {}
    value_type& operator*() const { return m_state->current(); }
    Iterator& operator++() {
      m_state->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool ended() const { return !m_state || m_state->futures.empty(); }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.ended(); }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.ended() == b.ended(); }

   private:
    State* m_state = nullptr; // of the results, wherever they are moved
  };

  Iterator begin() {
    if (m_state) m_state->begun = true;
    return Iterator(m_state.get());
  }
  Iterator end() { return Iterator(); }
  /// Ends the iteration and cancels what is not done.
  void close() {
    begin();
    cancelIfBegun();
  }

 private:
  struct State {
    std::deque<Future<T>> futures; // what is not read yet, in order
    std::function<std::optional<Future<T>>()> refill;
    Deadline deadline;
    std::optional<value_type> value; // of the front, once it was read
    bool begun;
    std::function<void()> onCancel;

    value_type& current() {
      if (value) return *value;
      const Future<T>& front = futures.front();
      if (!front.block()->waitDone(deadline, CallKind::Map)) {
        cancelRest();
        throw TimeoutError("map() did not have all its results in time");
      }
      if constexpr (std::is_void_v<T>)
        front.result(), value.emplace();
      else
        value.emplace(front.get());
      return *value;
    }
    void advance() {
      if (futures.empty()) return;
      value.reset();
      futures.pop_front();
      if (!refill) return;
      if (std::optional<Future<T>> more = refill())
        futures.push_back(std::move(*more));
      else
        refill = nullptr;
    }
    void cancelRest() {
      for (Future<T>& future : futures)
        future.cancel();
      if (!futures.empty() && onCancel) onCancel();
      futures.clear();
      refill = nullptr;
    }
  };

  void cancelIfBegun() {
    if (m_state && m_state->begun) m_state->cancelRest();
  }

  std::unique_ptr<State> m_state;
};

/// The results of mapUnordered(): as MapResults, but in the order in which they are ready. Threads: owner.
template <class T> class UnorderedResults {
  struct State;

 public:
  using value_type = detail::Stored<T>;

  UnorderedResults(std::deque<Future<T>> futures, std::function<std::optional<Future<T>>()> refill, Deadline deadline,
                   std::function<void()> onCancel = {})
      : m_state(std::make_unique<State>()) {
    m_state->refill = std::move(refill), m_state->deadline = deadline, m_state->onCancel = std::move(onCancel);
    for (Future<T>& future : futures)
      m_state->watch(std::move(future));
  }
  UnorderedResults(UnorderedResults&&) noexcept = default;
  UnorderedResults& operator=(UnorderedResults&& other) noexcept {
    if (this != &other) cancelIfBegun(), m_state = std::move(other.m_state);
    return *this;
  }
  ~UnorderedResults() { cancelIfBegun(); }

  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = detail::Stored<T>;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(State* state) : m_state(state) {}
    value_type& operator*() const { return m_state->current(); }
    Iterator& operator++() {
      m_state->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool ended() const { return !m_state || m_state->atEnd(); }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.ended(); }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.ended() == b.ended(); }

   private:
    State* m_state = nullptr; // of the results, wherever they are moved
  };

  Iterator begin() {
    if (m_state) m_state->begun = true;
    return Iterator(m_state.get());
  }
  Iterator end() { return Iterator(); }
  /// Ends the iteration and cancels what is not done.
  void close() {
    begin();
    cancelIfBegun();
  }

 private:
  struct State {
    std::unordered_map<std::size_t, Future<T>> open; // by their index in `set`
    std::size_t submitted = 0;
    std::function<std::optional<Future<T>>()> refill;
    Deadline deadline;
    std::optional<Future<T>> ready; // that the iterator stands on, once somebody looked
    std::optional<value_type> value;
    bool begun = false;
    std::function<void()> onCancel;
    std::unique_ptr<detail::WaitSet> set = emptySet(); // destroyed before the futures that it watches

    static std::unique_ptr<detail::WaitSet> emptySet() {
      return std::make_unique<detail::WaitSet>(std::vector<detail::TaskBlock*>{});
    }
    void watch(Future<T> future) {
      detail::TaskBlock& block = *future.block();
      open.emplace(submitted, std::move(future));
      set->add(block, submitted++);
    }
    bool atEnd() const { return open.empty() && !ready; }
    value_type& current() {
      if (value) return *value;
      if (!ready) {
        const std::optional<std::size_t> index = set->takeNext(deadline);
        if (!index) {
          cancelRest();
          throw TimeoutError("mapUnordered() did not have all its results in time");
        }
        auto node = open.extract(*index);
        ready.emplace(std::move(node.mapped()));
      }
      if constexpr (std::is_void_v<T>)
        ready->result(), value.emplace();
      else
        value.emplace(ready->get());
      return *value;
    }
    void advance() {
      if (atEnd()) return;
      if (!ready) { // nobody looked at it: it is skipped, and not waited for longer than the deadline
        const std::optional<std::size_t> index = set->takeNext(deadline);
        if (!index) return cancelRest();
        open.erase(*index);
      }
      ready.reset(), value.reset();
      if (!refill) return;
      if (std::optional<Future<T>> more = refill())
        watch(std::move(*more));
      else
        refill = nullptr;
    }
    void cancelRest() {
      for (auto& [index, future] : open)
        future.cancel();
      if (!open.empty() && onCancel) onCancel();
      set = emptySet(); // lets go before the futures do
      open.clear();
      ready.reset(), value.reset();
      refill = nullptr;
    }
  };

  void cancelIfBegun() {
    if (m_state && m_state->begun) m_state->cancelRest();
  }

  std::unique_ptr<State> m_state;
};

namespace detail {

template <class F, class E> decltype(auto) applyElement(F& f, E&& element) {
  if constexpr (std::is_invocable_v<F&, E>)
    return std::invoke(f, std::forward<E>(element));
  else
    return std::apply(f, std::forward<E>(element));
}

/// How a range that is read later is kept: a container with a name by reference, a temporary or a view by value.
/// (std::views::all would do the same; Clang 14 cannot compile it.)
template <class R>
using HeldRange =
    std::conditional_t<std::is_lvalue_reference_v<R> && !(std::ranges::view<std::remove_cvref_t<R>> &&
                                                          std::copy_constructible<std::remove_cvref_t<R>>),
                       R, std::remove_cvref_t<R>>;

/// An element as its task owns it: moved out of a temporary container, else copied (or what the view gives).
template <class R, class Element, class E> Element takeElement(E&& element) {
  if constexpr (!std::is_lvalue_reference_v<R> && !std::ranges::view<std::remove_cvref_t<R>> &&
                std::is_lvalue_reference_v<E> && !std::is_const_v<std::remove_reference_t<E>>)
    return Element(std::move(element));
  else
    return Element(std::forward<E>(element));
}

/// `door` has submit(), and may outlive its pool: buffered results keep it.
template <template <class> class Results, class Door, class F, class R>
auto makeMap(Door door, F f, R&& range, const MapOptions& options) {
  using Element = std::ranges::range_value_t<R>;
  using T = std::remove_cvref_t<decltype(applyElement(std::declval<F&>(), std::declval<Element>()))>;
  if (options.chunkSize == 0) throw std::invalid_argument("map: chunkSize must be at least 1");
  if (options.bufferSize && *options.bufferSize == 0) throw std::invalid_argument("map: bufferSize must be at least 1");
  const Deadline deadline = options.timeout ? after(*options.timeout) : Deadline{};

  auto shared = std::make_shared<Kept<F>>(std::in_place, std::move(f));
  auto submitOne = [door, shared](Element element) -> Future<T> {
    return door.submit(
        TaskOptions{.name = {}, .kind = TaskKind::MapElement, .priority = 0, .client = {}},
        [shared, element = std::move(element)]() mutable -> T { return applyElement(**shared, std::move(element)); });
  };
  std::deque<Future<T>> futures;
  if (!options.bufferSize) {
    for (auto&& element : range)
      futures.push_back(submitOne(takeElement<R, Element>(std::forward<decltype(element)>(element))));
    return Results<T>(std::move(futures), {}, deadline);
  }
  // The rest of the input is read while the results are: so the results own the range, or refer to a named one.
  struct Input {
    HeldRange<R> range;
    std::optional<std::ranges::iterator_t<std::remove_reference_t<HeldRange<R>>>> at; // none before the first element
  };
  auto input = std::shared_ptr<Input>(new Input{std::forward<R>(range), {}});
  auto pull = [input, submitOne]() -> std::optional<Future<T>> {
    if (!input->at)
      input->at.emplace(std::ranges::begin(input->range));
    else if (*input->at != std::ranges::end(input->range))
      ++*input->at;
    if (*input->at == std::ranges::end(input->range)) return std::nullopt;
    return submitOne(takeElement<R, Element>(**input->at));
  };
  while (futures.size() < *options.bufferSize) {
    std::optional<Future<T>> more = pull();
    if (!more) return Results<T>(std::move(futures), {}, deadline);
    futures.push_back(std::move(*more));
  }
  return Results<T>(std::move(futures), std::move(pull), deadline);
}

} // namespace detail
} // namespace poolscope
