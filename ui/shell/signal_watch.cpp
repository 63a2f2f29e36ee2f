#include "ui/shell/signal_watch.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace poolscope::ui {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
int s_pipe[2] = {-1, -1};            // written before the handler is installed
std::atomic<bool> s_received{false}; // written by the handler, in whatever thread it runs

void onSignal(int number) {
  if (s_received.exchange(true)) _exit(128 + number);
  const int saved = errno;
  const char byte = static_cast<char>(number);
  [[maybe_unused]] const ssize_t n = ::write(s_pipe[1], &byte, 1);
  errno = saved;
}

} // namespace

SignalWatch::SignalWatch(QObject* parent) : QObject(parent) {
  if (::pipe2(s_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return;
  s_received = false;
  m_notifier = new QSocketNotifier(s_pipe[0], QSocketNotifier::Read, this);
  connect(m_notifier, &QSocketNotifier::activated, this, &SignalWatch::read);
  for (const int number : kSignals) {
    struct sigaction action = {};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue; // whoever started the program wants it so (nohup, a script's &)
    action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
    m_taken.push_back(number);
  }
}

SignalWatch::~SignalWatch() {
  for (const int number : m_taken)
    std::signal(number, SIG_DFL);
  delete m_notifier;
  ::close(s_pipe[0]);
  ::close(s_pipe[1]);
}

void SignalWatch::read() {
  char number = 0;
  if (::read(s_pipe[0], &number, 1) == 1) Q_EMIT received(number);
}

} // namespace poolscope::ui
