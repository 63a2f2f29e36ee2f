#include "core/echo/conversation.h"

#include "core/base/clock.h"
#include "core/base/syscall.h"
#include "core/echo/ascii_upper.h"
#include "core/echo/socket_calls.h"
#include "core/pool/executor.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace poolscope {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
// A person does not see 5 ms; a load generator sends a hundred times meanwhile.
constexpr std::int64_t kBusyNs = 5'000'000;
constexpr int kQuickMessages = 16;           // so many in a row make a client busy
constexpr std::int64_t kTellNs = 20'000'000;  // how late the bytes of a busy client are told
constexpr std::int64_t kLookNs = 100'000'000; // while it waits for a reader: how soon it notices that it was held up

void setReceiveTimeout(int socket, std::int64_t ns) {
  timeval time{};
  time.tv_sec = ns / 1'000'000'000, time.tv_usec = ns % 1'000'000'000 / 1000;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

std::int64_t inNs(std::optional<std::chrono::milliseconds> limit) {
  return limit ? std::chrono::nanoseconds(*limit).count() : 0;
}

} // namespace

DisconnectCause disconnectCause(int error) {
  switch (error) {
  case ECONNRESET:
  case EPIPE:
    return DisconnectCause::Reset;
  case ETIMEDOUT: // keep-alive or TCP_USER_TIMEOUT
  case EHOSTUNREACH:
  case ENETUNREACH:
    return DisconnectCause::Lost;
  default:
    return DisconnectCause::Error;
  }
}

DisconnectCause Conversation::run() {
  char buffer[kBufferBytes];
  if (m_limits.idle) setReceiveTimeout(m_socket, inNs(m_limits.idle));
  DisconnectCause cause = DisconnectCause::EndOfStream;
  for (;;) {
    const Received got = receive(buffer);
    if (got.error != 0) {
      cause = got.error == EAGAIN ? DisconnectCause::Idle : disconnectCause(got.error);
      break;
    }
    if (got.count == 0) break;
    m_untold.received += got.count, ++m_untold.messages;
    const bool told = !m_busy || m_lastMessage - m_lastTold > kTellNs;
    if (told) tell();
    upperAscii(buffer, got.count);
    if (const int error = send({buffer, got.count}); error != 0) {
      cause = error == EAGAIN ? DisconnectCause::SlowReader : disconnectCause(error);
      break;
    }
    notePace();
    if (told) tell();
  }
  tell();
  return cause;
}

Conversation::Received Conversation::receive(std::span<char> buffer) {
  const auto attempt = [&]() -> Received {
    const auto got = sysCall([&] { return g_socketCalls.recv(m_socket, buffer.data(), buffer.size(), 0); });
    return {static_cast<std::size_t>(got.value), got.error};
  };
  if (m_busy) {
    if (const Received got = attempt(); got.error != EAGAIN) return got;
    setBusy(false);
  }
  tell();
  m_listener.waits(true);
  Received got;
  {
    const Blocking blocked(BlockReason::Recv);
    got = attempt();
  }
  m_listener.waits(false);
  return got;
}

/// All of it, or an errno: EAGAIN when the client took nothing for as long as it may.
int Conversation::send(std::span<const char> bytes) {
  std::optional<Blocking> blocked;
  while (!bytes.empty()) {
    const auto sent =
        sysCall([&] { return g_socketCalls.send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT); });
    if (sent) {
      m_untold.sent += static_cast<std::size_t>(sent.value);
      bytes = bytes.subspan(static_cast<std::size_t>(sent.value));
      continue;
    }
    if (sent.error != EAGAIN) return sent.error;
    if (!blocked) {
      tell();
      blocked.emplace(BlockReason::Send);
    }
    if (const int error = waitForReader(); error != 0) return error;
  }
  return 0;
}

/// Until the client takes more: 0; EAGAIN when it did not for as long as it may. Time in which this program was stopped
/// or held up does not count: neither could its client, perhaps.
int Conversation::waitForReader() {
  pollfd ready{m_socket, POLLOUT, 0};
  for (std::int64_t left = inNs(m_limits.write);;) {
    const std::int64_t look = std::clamp<std::int64_t>(left, 0, kLookNs), before = monotonicNow();
    const int count = g_socketCalls.poll(&ready, 1, static_cast<int>((look + 999'999) / 1'000'000));
    if (count > 0) return 0;
    if (count < 0 && errno != EINTR) return errno;
    if (left <= 0 && count == 0) return EAGAIN;
    left -= std::min(monotonicNow() - before, 2 * kLookNs);
  }
}

void Conversation::setBusy(bool busy) {
  m_busy = busy;
  m_quick = 0;
  setReceiveTimeout(m_socket, busy ? kBusyNs : inNs(m_limits.idle));
}

void Conversation::notePace() {
  const std::int64_t now = monotonicNow();
  m_quick = now - m_lastMessage < kBusyNs ? m_quick + 1 : 0;
  m_lastMessage = now;
  if (!m_busy && m_quick >= kQuickMessages) setBusy(true);
}

void Conversation::tell() {
  if (m_untold.received == 0 && m_untold.sent == 0) return;
  m_listener.traffic(std::exchange(m_untold, {}));
  m_lastTold = m_lastMessage;
}

} // namespace poolscope
