#include "core/pool/process/serialize.h"

#include "core/event/utf8.h"
#include "core/pool/process/remote_error.h"

#include <algorithm>

namespace poolscope::detail {

namespace {

/// Walks a value without building it: the parser then knows whether every claimed element is really there.
struct DepthVisitor : msgpack::null_visitor {
  std::size_t depth = 0;
  bool start_array(std::uint32_t) { return ++depth <= kMostDepth; }
  bool end_array() { return --depth, true; }
  bool start_map(std::uint32_t) { return ++depth <= kMostDepth; }
  bool end_map() { return --depth, true; }
};

// Below this size a false claim costs little: 64 levels of 4 Ki objects, some MB for a moment.
constexpr std::size_t kSmall = 4096;

constexpr std::size_t kMostElementError = 4096; // texts of one element's error: a chunk may have many

} // namespace

void BoundedSink::tooLarge() {
  throw SerializationError("a task's arguments or its result are larger than 16 MiB");
}

bool isWholeValue(std::string_view bytes) {
  DepthVisitor visitor;
  std::size_t offset = 0;
  try {
    return msgpack::parse(bytes.data(), bytes.size(), offset, visitor) && offset == bytes.size();
  } catch (const std::exception&) {
    return false;
  }
}

msgpack::object_handle unpackBounded(std::string_view bytes) {
  const char* const damaged = "a value that travelled between processes is damaged";
  if (bytes.size() > kSmall && !isWholeValue(bytes)) throw SerializationError(damaged);
  try {
    // Every element takes at least a byte, so no count above the size can be true.
    const msgpack::unpack_limit limit(bytes.size(), bytes.size(), bytes.size(), bytes.size(), bytes.size(), kMostDepth);
    std::size_t offset = 0;
    msgpack::object_handle handle = msgpack::unpack(
        bytes.data(), bytes.size(), offset, [](msgpack::type::object_type, std::size_t, void*) { return true; },
        nullptr, limit);
    if (offset != bytes.size()) throw SerializationError(damaged);
    return handle;
  } catch (const msgpack::unpack_error&) {
    throw SerializationError(damaged);
  }
}

void packCurrentException(std::string& out, std::size_t most) {
  std::string type, what, trace;
  describeCurrentException(type, what, trace);
  BoundedSink sink(out, most);
  msgpack::packer<BoundedSink> packer(sink);
  packer.pack_array(3);
  for (std::string* text : {&type, &what, &trace}) {
    text->resize(utf8CutBefore(*text, std::min(text->size(), kMostElementError)));
    packer.pack(*text);
  }
}

std::string_view nameFromSignature(std::string_view signature) {
  // GCC: "… [with auto Fn = geometry::area; std::string = …]", Clang: "… [Fn = &geometry::area]".
  const std::size_t equals = signature.find("Fn = ");
  if (equals == std::string_view::npos) return "task";
  std::string_view name = signature.substr(equals + 5);
  if (name.starts_with("<lambda") || name.starts_with("(lambda")) return "lambda";
  name = name.substr(0, name.find_first_of(";]"));
  name = name.substr(0, name.find('<')); // a template's arguments would hide the name's end
  if (const std::size_t colon = name.rfind("::"); colon != std::string_view::npos) name.remove_prefix(colon + 2);
  if (name.starts_with('&')) name.remove_prefix(1);
  return name;
}

} // namespace poolscope::detail
