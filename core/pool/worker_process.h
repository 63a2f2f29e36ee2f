#pragma once

#include "core/base/mutex.h"
#include "core/base/pidfd.h"
#include "core/base/spawn.h"
#include "core/base/unique_fd.h"
#include "core/pool/ledger.h"
#include "core/pool/process_task.h"
#include "core/pool/wire.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace poolscope::detail {

/// One worker process as its pool sees it: its descriptors, the tasks that it was handed, what is to be sent to it,
/// what it has said.
///
/// Made for a slot that starts; shared by the pool and by whoever is just sending to it; gone when its process is.
/// Sending: whoever gives it something calls send() afterwards, without the lock. One thread at a time sends; another
/// that comes meanwhile leaves its part to that one. Nothing ever blocks: when the socket is full, the pool's I/O
/// thread goes on once there is room.
/// Order: tickets count up; a task's frame is sent in the order of its ticket.
/// Threads: the pool's I/O thread; what is marked "lock" by any thread, and by that one too, with the pool's lock.
class WorkerProcess {
 public:
  /// Spawning: not answered yet → Greeting: it runs, has not said Hello or ends its initializer → Serving → Leaving: it
  /// was told to end when it has done what it has → Gone: its process has ended.
  enum class Phase : std::uint8_t { Spawning, Greeting, Serving, Leaving, Gone };
  /// Why we end it, if we do: then its death is no accident.
  enum class Doom : std::uint8_t { None, Person, Stop, Timeout, Protocol, Pool };

  WorkerProcess(std::uint64_t number, SlotIndex slot, std::uint32_t generation, std::string name, std::string comm);

  /// Makes its socket, pipe and pages. 0, or the errno why not.
  int open();
  SpawnRequest request(const std::string& program, int parentPidfd) const;
  void spawned(Spawned result); ///< closes what only the child needs

  // --- handing out (lock)
  bool hasPlace() const { return m_next - m_firstOpen < Ledger::kPlaces; }
  void give(ProcessTask& task);
  void post(std::string frame);

  // --- sending (any thread, without the lock)
  void send(Mutex& poolLock, int epoll);
  void roomAgain(Mutex& poolLock, int epoll); ///< the socket takes more: goes on where send() had to stop

  // --- receiving
  enum class Received : std::uint8_t { Something, Nothing, End };
  Received receive();   ///< one read of the socket
  void recoverUnsent(); ///< after its death: what it wrote and never sent
  wire::FrameReader reader;
  void readStderr(); ///< keeps the last lines and passes all on to our own stderr, where that does not block
  std::string lastWords() const;

  // --- what it has (lock)
  ProcessTask* find(wire::Ticket ticket) const;
  /// It says that it has begun this one: null when it does not have it, or has said so before.
  ProcessTask* begin(wire::Ticket ticket);
  void forget(ProcessTask& task); ///< it has ended, or was taken back
  /// The tasks that it has, the last handed out first.
  template <class F> void forEachTask(F&& visit) {
    for (wire::Ticket ticket = m_next; ticket-- > m_firstOpen;)
      if (ProcessTask* task = find(ticket)) visit(*task);
  }

  const std::uint64_t number; ///< counts the workers of the pool
  const SlotIndex slot;
  const std::uint32_t generation;
  const std::string name, comm;
  UniqueFd socket, errors, pidfd;
  pid_t pid = 0;
  std::size_t peakAtSpawn = 0; // of this process, in bytes: the kernel counts it as the worker's own
  Ledger ledger;

  Phase phase = Phase::Spawning; // lock
  Doom doom = Doom::None;        // lock
  wire::Ticket doomTicket = 0;   // of Stop and Timeout: the task that is meant (lock)
  std::string protocolError;     // what it said that no worker says
  bool deaf = false;             // nothing more that it says counts
  ProcessTask* running = nullptr;
  std::int64_t startedAt = 0, lastHeard = 0; // monotonic ns
  bool shortTasks = false;                   // its last task was over within a millisecond (lock)
  std::size_t given = 0;                     // tasks that it was handed and kept (lock)
  bool watchesUnstarted = false;             // a timer looks after what it was handed ahead
  bool socketOpen = true, greeted = false, initialized = false;

 private:
  struct Outgoing {
    std::array<char, wire::kTaskHeadBytes> head;
    bool hasHead;
    std::shared_ptr<const std::string> body;
    std::shared_ptr<const UniqueFd> descriptor = nullptr; // goes with the first byte
    std::size_t size() const { return (hasHead ? head.size() : 0) + body->size(); }
  };
  enum class Sent : std::uint8_t { All, Full, Gone };
  void sendOn(Mutex& poolLock, int epoll);
  Sent sendBatch();

  UniqueFd m_childSocket, m_childErrors; // until it was spawned
  std::array<ProcessTask*, Ledger::kPlaces> m_places{}; // lock
  wire::Ticket m_next = 1, m_firstOpen = 1;             // lock
  std::uint64_t m_received = 0;             // bytes of its stream
  std::string m_lastWords;

  std::deque<Outgoing> m_outbox; // lock
  bool m_sending = false;        // lock: some thread owns m_batch and m_sentOfFirst
  bool m_waitsForRoom = false;   // lock: nobody does, the I/O thread will
  bool m_hungUp = false;         // lock: it takes nothing more
  std::deque<Outgoing> m_batch;
  std::size_t m_sentOfFirst = 0; // bytes of the batch's first that were sent
};

} // namespace poolscope::detail
