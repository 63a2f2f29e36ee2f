#include "core/base/syscall.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace poolscope {

std::string errorText(int error) {
  char buffer[128];
  return ::strerror_r(error, buffer, sizeof buffer); // the GNU form: returns the text
}

bool registerProcessBarrier() {
  return ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void processBarrier() {
  ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

namespace {
thread_local std::uint32_t t_threadId = 0;
}

std::uint32_t currentThreadId() {
  if (t_threadId == 0) {
    // A forked child's only thread has another id than the thread that forked.
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] { t_threadId = 0; });
    static_cast<void>(registered);
    t_threadId = static_cast<std::uint32_t>(::gettid());
  }
  return t_threadId;
}

} // namespace poolscope
