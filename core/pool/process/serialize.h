#pragma once

#include "core/pool/future.h"
#include "core/pool/process/task_registry.h"
#include "core/pool/process/travels.h"
#include "core/pool/process/wire.h"

#include <msgpack.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// How arguments and results travel: msgpack, checked against bounds on the way out and before anything is allocated on
/// the way in.
namespace poolscope::detail {

/// Nested deeper, a value is refused: no recursion on a stranger's word.
inline constexpr std::size_t kMostDepth = 64;

/// What msgpack writes to: throws SerializationError when the text would outgrow `most`.
class BoundedSink {
 public:
  BoundedSink(std::string& out, std::size_t most) : m_out(out), m_most(out.size() + most) {}
  void write(const char* bytes, std::size_t size) {
    if (m_most - m_out.size() < size) tooLarge();
    m_out.append(bytes, size);
  }

 private:
  [[noreturn]] static void tooLarge();
  std::string& m_out;
  std::size_t m_most;
};

/// Whether the bytes are one whole msgpack value, without allocating for what it claims to hold.
bool isWholeValue(std::string_view bytes);
/// The same bytes as an object that refers to them. Throws SerializationError.
msgpack::object_handle unpackBounded(std::string_view bytes);

template <class T> void packInto(std::string& out, const T& value, std::size_t most = wire::kMostFrameBytes / 2) {
  BoundedSink sink(out, most);
  msgpack::packer<BoundedSink> packer(sink);
  packer.pack(value);
}

template <class T> T unpackAs(std::string_view bytes) {
  const msgpack::object_handle handle = unpackBounded(bytes);
  try {
    return handle->as<T>();
  } catch (const msgpack::type_error&) {
    throw SerializationError("a value that travelled between processes has another type than was expected");
  }
}

/// What a task function takes and gives, by value.
template <class F> struct Signature;
template <class R, class... P> struct Signature<R (*)(P...)> {
  using Result = R;
  using Value = std::remove_cvref_t<R>; ///< of the future
  using Arguments = std::tuple<std::remove_cvref_t<P>...>;
  template <class... A> static constexpr bool takes = std::is_constructible_v<Arguments, A...>;
  static_assert(((!std::is_pointer_v<std::remove_cvref_t<P>>)&&...),
                "a pointer means nothing in another process: pass the thing itself");
  static_assert(((!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>)&&...),
                "arguments travel by value: a task cannot write to its caller's variables");
  static_assert(!HoldsViews<Value>::value,
                "a view or a pointer means nothing in another process, nor what holds one: return the thing itself");
};
template <class R, class... P> struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};

template <auto Fn> using SignatureOf = Signature<std::decay_t<decltype(+Fn)>>; // of a lambda without captures, too
template <auto Fn> using ResultOf = typename SignatureOf<Fn>::Value;
template <auto Fn> using ArgumentsOf = typename SignatureOf<Fn>::Arguments;

/// Calls Fn with the tuple and appends its packed result.
template <auto Fn> void callAndPack(ArgumentsOf<Fn>&& arguments, std::string& out, std::size_t most) {
  if constexpr (std::is_void_v<ResultOf<Fn>>) {
    std::apply(Fn, std::move(arguments));
    BoundedSink sink(out, most);
    msgpack::packer<BoundedSink>(sink).pack_nil();
  } else {
    packInto(out, std::apply(Fn, std::move(arguments)), most);
  }
}

inline constexpr std::size_t kMostArguments = wire::kMostFrameBytes - 4096; ///< 4 KiB for the frame's other fields
inline constexpr std::size_t kMostResult = wire::kMostFrameBytes - wire::kResultOverhead;

/// One call in a worker process: TaskFunction of Fn.
template <auto Fn> void invokeTask(std::string_view arguments, std::string& result) {
  callAndPack<Fn>(unpackAs<ArgumentsOf<Fn>>(arguments), result, kMostResult);
}

/// The exception being handled as a packed [type, what, trace], its texts cut short (remote_error.h).
void packCurrentException(std::string& out, std::size_t most);

/// Several elements of map() in one task: an array of arguments in, an array of outcomes out. An outcome is [value] or
/// [type, what, trace]: an error's element does not touch its neighbours.
template <auto Fn> void invokeChunk(std::string_view arguments, std::string& result) {
  auto elements = unpackAs<std::vector<ArgumentsOf<Fn>>>(arguments);
  const std::size_t start = result.size();
  BoundedSink sink(result, kMostResult);
  msgpack::packer<BoundedSink> packer(sink);
  packer.pack_array(static_cast<std::uint32_t>(elements.size()));
  for (ArgumentsOf<Fn>& element : elements) {
    const std::size_t before = result.size();
    try {
      packer.pack_array(1);
      callAndPack<Fn>(std::move(element), result, kMostResult - (before + 1 - start));
    } catch (...) {
      result.resize(before);
      packCurrentException(result, kMostResult - (before - start));
    }
  }
}

/// Where invokeTask<Fn> and invokeChunk<Fn> lie; looked up once.
template <TaskFunction Invoker> const FunctionPlace& placeOfInvoker() {
  static const FunctionPlace place = placeOf(reinterpret_cast<AnyFunction>(Invoker));
  return place;
}

/// "fibonacci" for a pointer to it: what the window calls a task that was given no name.
std::string_view nameFromSignature(std::string_view prettyFunction);
template <auto Fn> const std::string& functionName() {
  static const std::string name(nameFromSignature(__PRETTY_FUNCTION__));
  return name;
}

} // namespace poolscope::detail

namespace poolscope {

/// Makes a function known by name, so that a worker process of another program can run it: both programs register it.
/// A name that is taken is refused with std::invalid_argument. Call it before the first submit, or at static
/// initialization.
template <auto Fn> void registerTask(const std::string& name) {
  detail::registerFunction(name, reinterpret_cast<detail::AnyFunction>(&detail::invokeTask<Fn>));
  detail::registerFunction(name + "[]", reinterpret_cast<detail::AnyFunction>(&detail::invokeChunk<Fn>));
}
/// The same for an initializer of worker processes.
inline void registerInitializer(const std::string& name, void (*initializer)()) {
  detail::registerFunction(name + "()", initializer);
}

} // namespace poolscope
