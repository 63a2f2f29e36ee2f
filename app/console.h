#pragma once

#include "core/base/mutex.h"
#include "core/base/unique_fd.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>

namespace poolscope {

/// First of all: opens what is closed of the descriptors 0, 1 and 2, so that no file or socket of ours takes their
/// place. The wrong way round: a write to one that was closed fails as it did before, and is noticed.
void openStandardDescriptors();

/// Somebody else's bytes for a terminal, which must not obey them: tabs and newlines stay, what is no printable
/// character of UTF-8 stands as \x1b, what turns the direction of writing as \u202e.
std::string escaped(std::string_view bytes);
/// How many bytes at the end are the beginning of a character whose rest has not come.
std::size_t cutCharacter(std::string_view bytes);

/// What a command prints on stdout. All of it is written, also where the descriptor does not block or takes little at a
/// time; or else ok() is false, and why() says why.
///
/// Threads: any thread; one write at a time. write() blocks while nobody reads.
class Output {
 public:
  /// `interrupt`: nobody waits for a reader while this descriptor is readable; -1: none.
  explicit Output(int fd = STDOUT_FILENO, int interrupt = -1);
  /// False when it, or something before it, could not be written.
  bool write(std::string_view text);
  bool ok() const;
  std::string why() const; ///< "the output could not be written: No space left on device"; empty while ok()
  /// From here on nobody waits for a reader: whoever does comes back.
  void giveUp();

 private:
  bool fail(const std::string& reason);

  const int m_fd, m_interrupt;
  const UniqueFd m_gaveUp; // readable since giveUp()
  mutable Mutex m_mutex{LockRank::Leaf};
  std::string m_why GUARDED_BY(m_mutex);
};

/// The sentences on stderr of a command that runs for long: written by a thread of their own, so that a server never
/// waits for who reads them. What a slow reader has not taken is kept, up to 256 KiB; beyond that it is counted.
///
/// Made and ended by its command. std::system_error where the thread cannot be made.
/// Threads: any thread; finish(): owner.
class Notes {
 public:
  Notes();
  ~Notes(); ///< finish()
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;
  void say(std::string_view sentence); ///< never blocks
  /// Until all is written, at most so long.
  void finish(std::chrono::milliseconds most = std::chrono::milliseconds(300));

 private:
  struct State;
  const std::shared_ptr<State> m_state; // the thread's, too, which may be stuck in a write when the command ends
};

} // namespace poolscope
