#include "core/base/clock.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace poolscope {

namespace {

#if defined(__x86_64__)
bool clockSourceIs(const char* line) {
  const int fd = ::open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char name[32] = {};
  const auto got = ::read(fd, name, sizeof name - 1);
  ::close(fd);
  return got > 0 && std::strcmp(name, line) == 0;
}

/// Ticks that a reading takes at least.
template <class Read> std::uint64_t leastTicks(Read read) {
  std::uint64_t least = UINT64_MAX;
  for (int i = 0; i < 8; ++i) { // each process pays for it at its start
    const std::uint64_t before = __rdtsc();
    read();
    least = std::min<std::uint64_t>(least, __rdtsc() - before);
  }
  return least;
}

/// Whether clock_gettime() reads the clock without entering the kernel. On x86 it can do so only by the counter, and
/// the kernel lets it only while it holds the processors' counters for one (a host says so of its kvm-clock).
bool readsClockInUserSpace() {
  timespec ts;
  return 2 * leastTicks([&] { ::clock_gettime(CLOCK_MONOTONIC, &ts); }) <
         leastTicks([&] { ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts); });
}
#endif

bool kernelTrustsTsc() {
#if defined(__x86_64__)
  // The kernel watches the counter against its other clocks; where it keeps time with it, so do we.
  return clockSourceIs("tsc\n") || (clockSourceIs("kvm-clock\n") && readsClockInUserSpace());
#else
  return false;
#endif
}

} // namespace

// Before every other static object: a log made by one must not see the clock change under it.
__attribute__((init_priority(101))) const TickClock::Source TickClock::s_source;

TickClock::Source::Source() : tsc(kernelTrustsTsc()) {}

std::int64_t boottimeNow() {
  timespec ts;
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

ClockPair ClockPair::now() {
  ClockPair best;
  std::int64_t narrowest = INT64_MAX;
  for (int i = 0; i < 8; ++i) { // an interrupt in between makes a wide bracket: the narrowest of eight had none
    const std::int64_t before = TickClock::now();
    const std::int64_t ns = monotonicNow();
    const std::int64_t width = TickClock::now() - before;
    if (width < narrowest) narrowest = width, best = {before + width / 2, ns};
  }
  return best;
}

TickConverter::TickConverter() : m_first(ClockPair::now()) {}

std::int64_t TickConverter::fromNs(std::int64_t ns) const {
  return m_rate == 0 ? ns : static_cast<std::int64_t>((static_cast<Wide>(ns) << kShift) / m_rate);
}

void TickConverter::sync(std::int64_t reached) {
  if (TickClock::now() < m_nextSync) return;
  if (!TickClock::usesTsc()) {
    m_baseTicks = m_baseNs = 0, m_rate = std::int64_t{1} << kShift, m_nextSync = INT64_MAX;
    return;
  }
  constexpr std::int64_t kLeastBaseline = 2'000'000; // 2 ms: readings within 20 ns give the rate to 10 ppm
  constexpr std::int64_t kSlewTime = 1'000'000'000;  // an error is worked off over a second
  ClockPair now = ClockPair::now();
  while (now.ns - m_first.ns < kLeastBaseline)
    now = ClockPair::now();
  const auto rate =
      static_cast<std::int64_t>((static_cast<Wide>(now.ns - m_first.ns) << kShift) / (now.ticks - m_first.ticks));
  if (m_rate == 0) {
    m_baseTicks = m_first.ticks, m_baseNs = m_first.ns, m_rate = rate;
  } else {
    // Bend where nothing that was converted lies after it, and so that a second from now the line meets the true clock.
    const Wide target = Wide{now.ns} + kSlewTime - toNs(reached);
    const Wide ticks = Wide{now.ticks} + static_cast<std::int64_t>((Wide{kSlewTime} << kShift) / rate) - reached;
    m_baseNs = toNs(reached), m_baseTicks = reached;
    m_rate = static_cast<std::int64_t>((target << kShift) / ticks);
  }
  m_nextSync = now.ticks + fromNs(100'000'000);
}

} // namespace poolscope
