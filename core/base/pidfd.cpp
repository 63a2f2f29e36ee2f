#include "core/base/pidfd.h"

#include "core/base/syscall.h"
#include "core/base/system_calls.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" { // the header of glibc 2.36 has no guard for C++
#include <sys/pidfd.h>
}

namespace poolscope {

namespace {
std::size_t bytesOf(const rusage& used) {
  return static_cast<std::size_t>(used.ru_maxrss) * 1024;
}
} // namespace

std::size_t peakOfThisProcess() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return bytesOf(used);
}

UniqueFd openPidfd(pid_t pid) {
  return UniqueFd(g_systemCalls.pidfdOpen(pid, 0)); // close-on-exec by itself
}

bool signalPidfd(int pidfd, int signal) {
  return ::pidfd_send_signal(pidfd, signal, nullptr, 0) == 0;
}

std::optional<ProcessEnd> reapPidfd(int pidfd) {
  siginfo_t info{};
  rusage used{}; // the library's waitid() does not ask for it
  const auto waited = sysCall([&] { return ::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG, &used); });
  if (!waited) return ProcessEnd{}; // ECHILD: somebody ignores SIGCHLD, the kernel reaped it
  if (info.si_pid == 0) return std::nullopt;
  ProcessEnd end;
  (info.si_code == CLD_EXITED ? end.exitCode : end.signal) = info.si_status;
  end.peakBytes = bytesOf(used);
  return end;
}

} // namespace poolscope
