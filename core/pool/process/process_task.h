#pragma once

#include "core/base/unique_fd.h"
#include "core/pool/future.h"
#include "core/pool/process/remote_error.h"
#include "core/pool/process/serialize.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace poolscope::detail {

/// What a process pool needs of a task beside its block: the bytes that a worker gets and how its answer is read.
///
/// Part of the block. The bytes are shared with whoever is sending them, and let go once the task has started.
/// Threads: the pool's I/O thread, or under the pool's lock.
class ProcessTask {
 public:
  explicit ProcessTask(TaskBlock& owner) : block(owner) {}
  virtual ~ProcessTask() = default;
  /// Keeps the decoded result; throws where it cannot be decoded. Publishes nothing.
  virtual void accept(std::string_view packed) = 0;

  TaskBlock& block;
  std::shared_ptr<const std::string> body;         ///< of its Task frame; null once it has started
  std::optional<std::chrono::nanoseconds> timeout; ///< counted from its start
  std::shared_ptr<const UniqueFd> descriptor;      ///< goes with its Task frame; null once it has started
  std::function<void()> onStarted;                 ///< called then
  ClientId client;
  wire::Ticket ticket = 0; ///< with the worker that has it
  bool givenBack = false;  ///< a worker died that had it and had not started it
  bool begun = false;      ///< its worker has said so: nobody takes it back any more
};

/// One call of Fn in a worker process.
template <auto Fn> class ProcessCall final : public ValueBlock<ResultOf<Fn>>, public ProcessTask {
 public:
  ProcessCall() : ProcessTask(static_cast<TaskBlock&>(*this)) {}
  ProcessTask* processTask() override { return this; }
  void dropCallable() override { body.reset(), descriptor.reset(), onStarted = nullptr; }
  void accept(std::string_view packed) override {
    if constexpr (std::is_void_v<ResultOf<Fn>>) {
      if (!isWholeValue(packed)) throw SerializationError("a value that travelled between processes is damaged");
      this->value.emplace();
    } else {
      this->value.emplace(unpackAs<ResultOf<Fn>>(packed));
    }
  }
};

/// One element of map() that travels in a chunk. It has a future of its own, which needs no pool: what becomes of the
/// chunk becomes of those of its elements that were not cancelled.
template <class T> class ChunkElement final : public ValueBlock<T> {
 public:
  const TaskBlock& task() const override { return m_chunk ? static_cast<const TaskBlock&>(*m_chunk) : *this; }
  /// Before anybody waits for it.
  void goesWith(TaskBlock& chunk) { m_chunk = BlockPtr<TaskBlock>::share(&chunk); }

 private:
  BlockPtr<TaskBlock> m_chunk; // which holds its elements until it is done
};

/// Several elements of map() as one task.
template <auto Fn> class ProcessChunk final : public ValueBlock<void>, public ProcessTask {
 public:
  using Element = ChunkElement<ResultOf<Fn>>;
  explicit ProcessChunk(std::vector<BlockPtr<Element>> all)
      : ProcessTask(static_cast<TaskBlock&>(*this)), m_elements(std::move(all)) {
    addCallback<void>(*this, [this](const Future<void>&) { publishElements(); });
    for (BlockPtr<Element>& element : m_elements)
      element->goesWith(*this);
  }
  /// The pool did not take it.
  void refuse(std::exception_ptr why) {
    setError(std::move(why));
    publish(FutureState::Finished);
  }
  ProcessTask* processTask() override { return this; }
  void dropCallable() override { body.reset(), descriptor.reset(), onStarted = nullptr; }

  void accept(std::string_view packed) override {
    const msgpack::object_handle handle = unpackBounded(packed);
    const msgpack::object& all = handle.get();
    if (all.type != msgpack::type::ARRAY || all.via.array.size != m_elements.size())
      throw SerializationError("a chunk of map() came back with another number of elements");
    for (std::size_t i = 0; i < m_elements.size(); ++i)
      if (m_elements[i]->tryTransition(FutureState::Pending, FutureState::Running))
        acceptElement(*m_elements[i], all.via.array.ptr[i]);
    this->value.emplace();
  }

 private:
  static void acceptElement(Element& element, const msgpack::object& outcome) {
    try {
      if (outcome.type != msgpack::type::ARRAY) throw msgpack::type_error();
      const msgpack::object* parts = outcome.via.array.ptr;
      if (outcome.via.array.size == 3)
        element.setError(
            rebuildException(parts[0].as<std::string>(), parts[1].as<std::string>(), parts[2].as<std::string>()));
      else if (outcome.via.array.size != 1)
        throw msgpack::type_error();
      else if constexpr (std::is_void_v<ResultOf<Fn>>)
        element.value.emplace();
      else
        element.value.emplace(parts[0].as<ResultOf<Fn>>());
    } catch (const msgpack::type_error&) {
      element.setError(std::make_exception_ptr(
          SerializationError("a value that travelled between processes has another type than was expected")));
    } catch (...) {
      element.setError(std::current_exception());
    }
  }
  void publishElements() {
    for (BlockPtr<Element>& element : std::exchange(m_elements, {})) {
      if (state() == FutureState::Cancelled) {
        element->cancel();
      } else if (element->state() == FutureState::Running) {
        element->publish(FutureState::Finished);
      } else if (element->tryTransition(FutureState::Pending, FutureState::Running)) {
        element->setError(error());
        element->publish(FutureState::Finished);
      }
    }
  }
  std::vector<BlockPtr<Element>> m_elements;
};

/// Appends the arguments of a call, converted to the parameters' types and not copied.
template <class... P>
void packArguments(std::string& out, std::type_identity<std::tuple<P...>>, const std::type_identity_t<P>&... values) {
  BoundedSink sink(out, kMostArguments);
  msgpack::packer<BoundedSink> packer(sink);
  packer.pack_array(sizeof...(P));
  (packer.pack(values), ...);
}

} // namespace poolscope::detail
