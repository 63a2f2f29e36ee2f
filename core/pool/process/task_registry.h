#pragma once

#include "core/pool/process/wire.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace poolscope {

/// What a worker process calls: decodes the arguments, calls the function, appends the encoded result. It throws what
/// the function throws.
using TaskFunction = void (*)(std::string_view arguments, std::string& result);

namespace detail {

using AnyFunction = void (*)();

/// Where a function lies: in the program or library with this build id, so many bytes from its start. Two static
/// functions of one name stay two. Texts live as long as the program. Threads: immutable.
struct FunctionPlace {
  AnyFunction function = nullptr;
  std::string_view image; ///< empty: this program itself
  std::uint64_t offset = 0;
};
FunctionPlace placeOf(AnyFunction function);

/// The build id of this program (a digest of its ELF headers where it was linked without one).
std::string_view programImage();

/// The other way, in a worker: null when no loaded program or library has it, or when the place holds no code.
AnyFunction resolve(const wire::FunctionRef& reference);

/// How a worker of that program is told: by place within the same program, else by registered name. Empty when the
/// worker could not know it.
bool reference(const FunctionPlace& place, bool sameProgram, wire::FunctionRef& out);

void registerFunction(std::string name, AnyFunction function);
std::string registeredName(AnyFunction function); ///< empty when it has none

} // namespace detail
} // namespace poolscope
