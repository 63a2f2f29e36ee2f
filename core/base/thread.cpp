#include "core/base/thread.h"

#include <cassert>
#include <memory>
#include <new>
#include <system_error>
#include <utility>

namespace poolscope {

namespace {

void* runBody(void* given) noexcept {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(given));
  (*body)();
  return nullptr;
}

} // namespace

Thread::Thread(std::function<void()> body, std::size_t stackBytes) {
  auto kept = std::make_unique<std::function<void()>>(std::move(body));
  pthread_attr_t attributes;
  int error = ::pthread_attr_init(&attributes);
  if (error == 0 && stackBytes != 0) {
    constexpr std::size_t kPage = 4096;
    error = ::pthread_attr_setstacksize(&attributes, (stackBytes + kPage - 1) / kPage * kPage);
  }
  pthread_t handle{};
  if (error == 0) error = ::pthread_create(&handle, &attributes, runBody, kept.get());
  ::pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::system_category(), "a thread cannot be made");
  kept.release(); // the thread's now
  m_handle = handle;
}

Thread::Thread(std::thread&& made) {
  if (!made.joinable()) return;
  // A std::thread gives its handle away only with itself: this one is never destroyed.
  alignas(std::thread) std::byte place[sizeof(std::thread)];
  m_handle = (new (place) std::thread(std::move(made)))->native_handle();
}

Thread::~Thread() {
  assert(!m_handle && "a thread is joined or detached before it is destroyed");
}

Thread::Thread(Thread&& other) noexcept : m_handle(std::exchange(other.m_handle, std::nullopt)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  assert(!m_handle && "a thread is joined or detached before it is replaced");
  m_handle = std::exchange(other.m_handle, std::nullopt);
  return *this;
}

void Thread::join() {
  ::pthread_join(*m_handle, nullptr);
  m_handle.reset();
}

bool Thread::tryJoin() {
  if (::pthread_tryjoin_np(*m_handle, nullptr) != 0) return false;
  m_handle.reset();
  return true;
}

void Thread::detach() {
  ::pthread_detach(*m_handle);
  m_handle.reset();
}

} // namespace poolscope
