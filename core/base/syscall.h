#pragma once

#include <cerrno>
#include <cstdint>
#include <string>

namespace poolscope {

/// What a system call gave: its value, or the errno at once turned into a value (0 = it succeeded).
template <class T> struct SysResult {
  T value{};
  int error = 0;
  explicit operator bool() const { return error == 0; }
};

/// Makes a system call through a callable that returns -1 (or any negative number) with errno set; repeats it on EINTR.
///   auto got = sysCall([&] { return ::read(fd, data, size); });
template <class Call> auto sysCall(Call&& call) -> SysResult<decltype(call())> {
  for (;;) {
    const auto value = call();
    if (value >= 0) return {value, 0};
    if (const int error = errno; error != EINTR) return {value, error};
  }
}

/// "No such file or directory" and the like, for people; any thread.
std::string errorText(int error);

/// Registers the process for processBarrier(); false where the kernel does not offer it. May be repeated.
bool registerProcessBarrier();
/// A full memory barrier on every running thread of this process (membarrier). Call registerProcessBarrier() before.
void processBarrier();

/// The kernel's id of the calling thread (cached per thread).
std::uint32_t currentThreadId();

} // namespace poolscope
