#include "core/base/pidfd.h"

#include "core/base/syscall.h"

#include <csignal>
#include <sys/wait.h>

extern "C" { // the header of glibc 2.36 has no guard for C++
#include <sys/pidfd.h>
}

namespace poolscope {

UniqueFd openPidfd(pid_t pid) {
  return UniqueFd(::pidfd_open(pid, 0)); // close-on-exec by itself
}

bool signalPidfd(int pidfd, int signal) {
  return ::pidfd_send_signal(pidfd, signal, nullptr, 0) == 0;
}

std::optional<ProcessEnd> reapPidfd(int pidfd) {
  siginfo_t info{};
  const auto waited = sysCall([&] { return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG); });
  if (!waited) return ProcessEnd{}; // ECHILD: somebody ignores SIGCHLD, the kernel reaped it
  if (info.si_pid == 0) return std::nullopt;
  ProcessEnd end;
  (info.si_code == CLD_EXITED ? end.exitCode : end.signal) = info.si_status;
  return end;
}

} // namespace poolscope
