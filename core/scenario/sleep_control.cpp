#include "core/scenario/sleep_control.h"

#include "core/base/futex.h"
#include "core/pool/executor.h"

#include <chrono>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace poolscope {

SleepControl::SleepControl(UniqueFd fd) : m_fd(std::move(fd)) {
  void* page = MAP_FAILED;
  if (m_fd) page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, m_fd.get(), 0);
  if (page == MAP_FAILED) {
    m_fd.reset();
    page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (page == MAP_FAILED) throw std::bad_alloc();
  m_page = static_cast<Page*>(page); // a fresh page is all zero
}

SleepControl::SleepControl(SleepControl&& other) noexcept
    : m_fd(std::move(other.m_fd)), m_page(std::exchange(other.m_page, nullptr)) {}

SleepControl::~SleepControl() {
  if (m_page) ::munmap(m_page, sizeof(Page));
}

SleepControl SleepControl::make(double speed) {
  UniqueFd fd(::memfd_create("poolscope-sleeps", MFD_CLOEXEC));
  if (fd && ::ftruncate(fd.get(), sizeof(Page)) != 0) fd.reset();
  SleepControl control(std::move(fd));
  control.setSpeed(speed);
  return control;
}

SleepControl SleepControl::adopt(const std::string& path) {
  SleepControl control(UniqueFd(path.empty() ? -1 : ::open(path.c_str(), O_RDWR | O_CLOEXEC)));
  if (!control.m_fd) control.setSpeed(1);
  control.m_fd.reset(); // it is mapped
  return control;
}

void SleepControl::sleepSeconds(double seconds) const {
  const Blocking blocked(BlockReason::Sleep);
  const std::chrono::duration<double> scaled(seconds / m_page->speed.load(std::memory_order_relaxed));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(scaled);
  while (m_page->ended.load(std::memory_order_relaxed) == 0 && std::chrono::steady_clock::now() < deadline)
    futexWait(m_page->ended, 0, deadline, FutexScope::Machine);
}

void SleepControl::setSpeed(double speed) {
  m_page->speed.store(speed, std::memory_order_relaxed);
}

void SleepControl::endSleeps() {
  m_page->ended.store(1, std::memory_order_relaxed);
  futexWakeAll(m_page->ended, FutexScope::Machine);
}

std::string SleepControl::path() const {
  if (!m_fd) return {};
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(m_fd.get());
}

} // namespace poolscope
