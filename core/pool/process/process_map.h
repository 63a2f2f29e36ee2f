#pragma once

#include "core/pool/map.h"
#include "core/pool/process/process_task.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace poolscope::detail {

/// The arguments of one element: a tuple of the function's arguments is taken apart, anything else is the only one.
template <auto Fn, class E> ArgumentsOf<Fn> elementArguments(E&& element) {
  if constexpr (std::is_invocable_v<decltype(Fn), E>)
    return ArgumentsOf<Fn>(std::forward<E>(element));
  else
    return std::apply([](auto&&... part) { return ArgumentsOf<Fn>(std::forward<decltype(part)>(part)...); },
                      std::forward<E>(element));
}

/// Collects elements and submits them as chunks. Each element's future exists from the moment it is pulled.
/// Threads: owner (the reader of the results).
template <auto Fn, class Door> class ChunkMaker {
 public:
  using T = ResultOf<Fn>;
  ChunkMaker(Door door, std::size_t chunkSize) : m_door(std::move(door)), m_chunkSize(chunkSize) {}

  Future<T> add(ArgumentsOf<Fn> arguments) {
    auto element = BlockPtr<ChunkElement<T>>::adopt(new ChunkElement<T>);
    Future<T> future(BlockPtr<ValueBlock<T>>::share(element.get()));
    m_arguments.push_back(std::move(arguments));
    m_elements.push_back(std::move(element));
    if (m_elements.size() >= m_chunkSize) flush();
    return future;
  }
  std::size_t collected() const { return m_elements.size(); }
  void flush() {
    if (m_elements.empty()) return;
    std::vector<ArgumentsOf<Fn>> arguments;
    std::vector<BlockPtr<ChunkElement<T>>> elements;
    arguments.swap(m_arguments), elements.swap(m_elements);
    Future<void> chunk = m_door.template submitChunk<Fn>(
        std::move(elements), [&](std::string& body) { packInto(body, arguments, kMostArguments); });
    while (!m_chunks.empty() && m_chunks.front().done())
      m_chunks.pop_front();
    m_chunks.push_back(std::move(chunk));
  }
  void cancel() {
    for (Future<void>& chunk : m_chunks)
      chunk.cancel();
    m_chunks.clear();
  }

 private:
  const Door m_door;
  const std::size_t m_chunkSize;
  std::vector<ArgumentsOf<Fn>> m_arguments; // of the chunk that is being collected
  std::vector<BlockPtr<ChunkElement<T>>> m_elements;
  std::deque<Future<void>> m_chunks; // submitted, perhaps not done
};

/// As makeMap(), for worker processes; `door` may outlive its pool. bufferSize counts elements here too: so many are
/// pulled ahead of the reader, whatever the chunks.
template <auto Fn, template <class> class Results, class Door, class R>
auto makeProcessMap(Door door, R&& range, const MapOptions& options) {
  using T = ResultOf<Fn>;
  if (options.chunkSize == 0) throw std::invalid_argument("map: chunkSize must be at least 1");
  if (options.bufferSize && *options.bufferSize == 0) throw std::invalid_argument("map: bufferSize must be at least 1");
  const Deadline deadline = options.timeout ? after(*options.timeout) : Deadline{};
  const bool chunked = options.chunkSize > 1;
  auto maker = std::make_shared<ChunkMaker<Fn, Door>>(door, options.chunkSize);
  auto submitOne = [door, maker, chunked](auto&& element) -> Future<T> {
    ArgumentsOf<Fn> arguments = elementArguments<Fn>(std::forward<decltype(element)>(element));
    if (chunked) return maker->add(std::move(arguments));
    const TaskOptions task{.name = {}, .kind = TaskKind::MapElement, .priority = 0, .client = {}};
    return std::apply([&](auto&... argument) { return door.template submit<Fn>(task, std::move(argument)...); },
                      arguments);
  };
  std::function<void()> cancelChunks;
  if (chunked) cancelChunks = [maker] { maker->cancel(); };

  std::deque<Future<T>> futures;
  if (!options.bufferSize) {
    for (auto&& element : range)
      futures.push_back(submitOne(std::forward<decltype(element)>(element)));
    maker->flush();
    return Results<T>(std::move(futures), {}, deadline, std::move(cancelChunks));
  }
  struct Input {
    HeldRange<R> range;
    std::optional<std::ranges::iterator_t<std::remove_reference_t<HeldRange<R>>>> at; // none before the first element
    std::size_t unread = 0; // elements that were given out and whose results were not read
  };
  auto input = std::shared_ptr<Input>(new Input{std::forward<R>(range), {}});
  auto pull = [input, submitOne, maker]() -> std::optional<Future<T>> {
    if (!input->at)
      input->at.emplace(std::ranges::begin(input->range));
    else if (*input->at != std::ranges::end(input->range))
      ++*input->at;
    if (*input->at == std::ranges::end(input->range)) {
      maker->flush();
      return std::nullopt;
    }
    return submitOne(**input->at);
  };
  auto refill = [input, pull, maker] {
    --input->unread;
    try {
      std::optional<Future<T>> more = pull();
      const std::size_t unread = input->unread + (more ? 1 : 0);
      // The reader would wait for a chunk that is not complete: it goes as it is.
      if (unread == maker->collected()) maker->flush();
      input->unread = unread;
      return more;
    } catch (...) { // the range's or the pool's: what was pulled before has an outcome all the same
      maker->flush();
      throw;
    }
  };
  while (futures.size() < *options.bufferSize) {
    std::optional<Future<T>> more = pull();
    if (!more) return Results<T>(std::move(futures), {}, deadline, std::move(cancelChunks));
    futures.push_back(std::move(*more));
  }
  input->unread = futures.size();
  maker->flush();
  return Results<T>(std::move(futures), std::move(refill), deadline, std::move(cancelChunks));
}

} // namespace poolscope::detail
