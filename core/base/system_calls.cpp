#include "core/base/system_calls.h"

#include <csignal>
#include <fcntl.h>
#include <pthread.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

extern "C" { // the header of glibc 2.36 has no guard for C++
#include <sys/pidfd.h>
}

namespace poolscope {

constexpr SystemCalls kTrueSystemCalls{ // seen elsewhere, as its declaration says
    .makeThread = [](std::function<void()> body) { return std::thread(std::move(body)); },
    .dup = [](int fd, int least) { return ::fcntl(fd, F_DUPFD_CLOEXEC, least); },
    .pidfdOpen = ::pidfd_open,
    .write = ::write,
};
constinit SystemCalls g_systemCalls = kTrueSystemCalls;

sigset_t signalsOfOthers() {
  sigset_t others;
  sigfillset(&others);
  for (const int own : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS})
    sigdelset(&others, own);
  return others;
}

std::thread makeServiceThread(const char* name, std::function<void()> body) {
  struct OthersBlocked { // the new thread has the mask of this one
    OthersBlocked() {
      const sigset_t others = signalsOfOthers();
      pthread_sigmask(SIG_SETMASK, &others, &before);
    }
    ~OthersBlocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    sigset_t before;
  } const blocked;
  try {
    return g_systemCalls.makeThread([name, body = std::move(body)] {
      pthread_setname_np(pthread_self(), name);
      body();
    });
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot make the thread " + std::string(name));
  }
}

} // namespace poolscope
