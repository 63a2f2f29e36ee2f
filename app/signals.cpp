#include "app/signals.h"

#include "core/base/clock.h"
#include "core/base/syscall.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <initializer_list>
#include <poll.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>

namespace poolscope {

namespace {

// What the handlers use. The plain ones are written before a handler is installed, the others by handlers, too.
int s_pipe[2] = {-1, -1};
timer_t s_patience;
termios s_terminal;
std::atomic<bool> s_hasTerminal{false};
std::atomic<int> s_first{0}, s_code{Signals::kByNumber};
std::atomic<std::int64_t> s_firstAt{0}; // ns
std::atomic<bool> s_atOnce{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free);

int codeOf(int number) {
  return s_code == Signals::kByNumber ? 128 + number : s_code.load();
}

[[noreturn]] void endNow(int code) {
  if (s_hasTerminal && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp()) ::tcsetattr(STDIN_FILENO, TCSANOW, &s_terminal);
  ::_exit(code);
}

void onSignal(int number) {
  const int saved = errno;
  if (number != SIGUSR1) {
    int none = 0;
    if (!s_first.compare_exchange_strong(none, number)) endNow(128 + number);
    s_firstAt = monotonicNow();
    if (s_atOnce) endNow(codeOf(number));
    itimerspec late{};
    late.it_value.tv_sec = static_cast<time_t>(kPatience);
    late.it_value.tv_nsec = static_cast<long>((kPatience - static_cast<double>(late.it_value.tv_sec)) * 1e9);
    ::timer_settime(s_patience, 0, &late, nullptr);
  }
  const char byte = static_cast<char>(number);
  [[maybe_unused]] const ssize_t told = ::write(s_pipe[1], &byte, 1);
  errno = saved;
}

void onPatienceOver(int) {
  endNow(codeOf(s_first));
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  ::sigaction(number, nullptr, &action);
  if (action.sa_handler == SIG_IGN && number != SIGALRM) return; // whoever started the program wants it so (nohup, &)
  action = {};
  action.sa_handler = handler; // without SA_RESTART: a blocked call of the main thread comes back
  ::sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

} // namespace

Signals::Signals(int code, bool tellsHowItIs) {
  s_code = code;
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL, event.sigev_signo = SIGALRM;
  if (::pipe2(s_pipe, O_CLOEXEC | O_NONBLOCK) != 0 || ::timer_create(CLOCK_MONOTONIC, &event, &s_patience) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
  handle(SIGALRM, onPatienceOver);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    handle(number, onSignal);
  if (tellsHowItIs) handle(SIGUSR1, onSignal);
}

void Signals::endAtOnce(bool atOnce) {
  s_atOnce = atOnce;
  if (atOnce && s_first != 0) endNow(code());
}

void Signals::keepTerminal() {
  s_hasTerminal = ::tcgetattr(STDIN_FILENO, &s_terminal) == 0;
}

int Signals::fd() const {
  return s_pipe[0];
}

int Signals::take() {
  char number = 0;
  return sysCall([&] { return ::read(s_pipe[0], &number, 1); }).value == 1 ? number : 0;
}

void Signals::wait(int milliseconds) const {
  pollfd ready{s_pipe[0], POLLIN, 0};
  ::poll(&ready, 1, milliseconds);
}

int Signals::first() const {
  return s_first;
}

int Signals::code() const {
  return codeOf(s_first);
}

double Signals::sinceFirst() const {
  const std::int64_t at = s_firstAt;
  return at == 0 ? 0 : static_cast<double>(monotonicNow() - at) / 1e9;
}

} // namespace poolscope
