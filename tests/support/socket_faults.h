#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace poolscope::test {

/// What the server's system calls do while a SocketFaults lives.
enum class SocketFault : std::uint8_t {
  Interrupted,  ///< every second call, by chance, fails with EINTR
  OneByteSends, ///< send takes one byte
  OneByteReads, ///< recv gives one byte
  NotNow,       ///< three of four calls that need not wait fail with EAGAIN
  AllOfThem,    ///< one of these or another
  AsTold,       ///< only what the members below say
};
std::string socketFaultName(SocketFault fault);

/// Puts faulty system calls in the place of the server's own, here and in the worker processes that start meanwhile,
/// and takes them away at its end. Only while no server runs.
struct SocketFaults {
  explicit SocketFaults(SocketFault fault);
  ~SocketFaults();
  SocketFaults(const SocketFaults&) = delete;
  SocketFaults& operator=(const SocketFaults&) = delete;

  /// In a worker process, first: what its parent has.
  static void inheritInWorker();

  static std::atomic<int> failAccept;          ///< errno of each accept4; 0: none
  static std::atomic<bool> spareHelps;         ///< a call for the spare descriptor, without an address, succeeds
  static std::atomic<int> failAcceptTimes;     ///< so often, then never again; below 0: always
  static std::atomic<int> accepts;             ///< calls of accept4 that failed
  static std::atomic<int> failSend, failWatch; ///< errno of the next send, epoll_ctl; then 0
  static std::atomic<int> failLookUp;          ///< EAI_… of each look-up of a name; 0: none
};

} // namespace poolscope::test
