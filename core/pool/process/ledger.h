#pragma once

#include "core/base/unique_fd.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace poolscope {

/// A few pages shared by the pool and one worker process, which outlive a crash of the worker. Two things are in it.
///
/// Claims. Of each task handed over: has the worker begun it, or may the pool take it back (it waits behind a long
/// one)? Each claim is one compare-and-swap, so both cannot have it. Order: offer → claim (worker) or recall (pool).
///
/// The outbox. The worker writes its messages here before it sends them, and often sends several at once. When it dies,
/// the pool, which counted the bytes that it received, finds here those that were never sent: so results of tasks that
/// had ended are not lost with the worker, and a task that began is known to have begun.
///
/// Made by the pool, which hands its descriptor to the worker; each maps it once. A worker that writes nonsense can
/// mislead the pool about its own tasks only: sizes are checked, and the pages cannot be shrunk under a reader
/// (sealed). Threads: any thread; the outbox has one writer and, once that is dead, one reader.
class Ledger {
 public:
  static constexpr std::size_t kPlaces = 256;            ///< tasks that one worker may have at a time
  static constexpr std::size_t kOutboxBytes = 32 * 1024; ///< twice what a worker collects before it sends

  Ledger() = default;
  ~Ledger();
  Ledger(Ledger&& other) noexcept;
  Ledger& operator=(Ledger&& other) noexcept;

  /// The pool's side: makes the pages. Not valid with errno set when that fails.
  static Ledger make();
  /// The worker's side: maps what the pool made and closes the descriptor.
  static Ledger adopt(UniqueFd fd);
  bool valid() const { return m_pages != nullptr; }
  int descriptor() const { return m_fd.get(); }
  void closeDescriptor() { m_fd.reset(); }

  void offer(std::uint64_t ticket) { place(ticket).store(ticket << 1, std::memory_order_release); }
  bool claim(std::uint64_t ticket) { return change(ticket, ticket << 1 | 1); }
  bool recall(std::uint64_t ticket) { return change(ticket, 0); }
  bool claimed(std::uint64_t ticket) { return place(ticket).load(std::memory_order_acquire) == (ticket << 1 | 1); }

  // The worker's stream, by position from its first byte.
  std::uint64_t written() const { return m_pages->written.load(std::memory_order_acquire); }
  void write(std::string_view bytes);      ///< ≤ kOutboxBytes, and over nothing that is not sent
  void writtenElsewhere(std::size_t size); ///< that many bytes were sent without a copy here
  /// What lies at a position, up to `written()` or the end of the memory.
  std::string_view at(std::uint64_t position) const;
  /// The pool's side: whether everything from `position` on is still here.
  bool holds(std::uint64_t position) const { return written() >= position && written() - position <= kOutboxBytes; }

 private:
  struct Pages {
    std::array<std::atomic<std::uint64_t>, kPlaces> words; // 0 or ticket · 2 (+ 1 when the worker has it)
    std::atomic<std::uint64_t> written;
    alignas(4096) std::array<char, kOutboxBytes> outbox; // a ring
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  std::atomic<std::uint64_t>& place(std::uint64_t ticket) { return m_pages->words[ticket % kPlaces]; }
  bool change(std::uint64_t ticket, std::uint64_t to) {
    std::uint64_t offered = ticket << 1;
    return place(ticket).compare_exchange_strong(offered, to, std::memory_order_acq_rel);
  }
  static Ledger map(UniqueFd fd);

  UniqueFd m_fd;
  Pages* m_pages = nullptr;
};

} // namespace poolscope
