#include "tests/support/system_faults.h"

#include "core/base/system_calls.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace poolscope::test {

std::atomic<int> SystemFaults::failThreads{0}, SystemFaults::threadsTried{0}, SystemFaults::failDup{0},
    SystemFaults::failPidfd{0}, SystemFaults::failWrite{0};

SystemFaults::SystemFaults() {
  g_systemCalls = {
      .makeThread = [](std::function<void()> body) {
        int left = failThreads;
        while (left > 0 && !failThreads.compare_exchange_weak(left, left - 1)) {
        }
        if (left == 0) return kTrueSystemCalls.makeThread(std::move(body));
        ++threadsTried;
        throw std::system_error(EAGAIN, std::generic_category());
      },
      .dup = [](int fd, int least) {
        if (const int error = failDup) return errno = error, -1;
        return kTrueSystemCalls.dup(fd, least);
      },
      .pidfdOpen = [](pid_t pid, unsigned flags) {
        if (const int error = failPidfd) return errno = error, -1;
        return kTrueSystemCalls.pidfdOpen(pid, flags);
      },
      .write = [](int fd, const void* bytes, std::size_t size) -> ssize_t {
        if (const int error = failWrite) return errno = error, -1;
        return kTrueSystemCalls.write(fd, bytes, size);
      },
  };
}

SystemFaults::~SystemFaults() {
  g_systemCalls = kTrueSystemCalls;
  failThreads = threadsTried = failDup = failPidfd = failWrite = 0;
}

} // namespace poolscope::test
