#include "app/ending_signals.h"

#include "core/base/complain.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>
#include <time.h>
#include <unistd.h>

namespace poolscope {

namespace {

constexpr std::chrono::milliseconds kToDrain{4'600}; // 5 s are promised
std::atomic<int> s_received{0};                      // written by the watching thread, once

void watchThem(sigset_t signals, bool endsWith0) {
  int first = 0;
  while (::sigwait(&signals, &first) != 0) {
  }
  s_received = first;
  s_received.notify_all();
  const auto deadline = std::chrono::steady_clock::now() + kToDrain;
  for (auto left = kToDrain; left.count() > 0;
       left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())) {
    const timespec pause{.tv_sec = left.count() / 1000, .tv_nsec = left.count() % 1000 * 1'000'000};
    if (const int second = ::sigtimedwait(&signals, nullptr, &pause); second > 0) ::_exit(128 + second);
  }
  complain("something did not end in time; the program ends without it");
  ::_exit(endsWith0 ? 0 : 128 + first);
}

} // namespace

void EndingSignals::watch(std::initializer_list<int> numbers, bool endsWith0) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : numbers)
    sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(watchThem, signals, endsWith0).detach(); // until the process ends; it touches nothing that ends before
}

int EndingSignals::received() {
  return s_received;
}

int EndingSignals::wait() {
  s_received.wait(0);
  return s_received;
}

} // namespace poolscope
