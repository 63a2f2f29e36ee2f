#pragma once

#include "core/base/mutex.h"
#include "core/base/pidfd.h"
#include "core/base/spawn.h"
#include "core/base/thread_role.h"
#include "core/base/unique_fd.h"
#include "core/pool/process/ledger.h"
#include "core/pool/process/process_task.h"
#include "core/pool/process/wire.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace poolscope::detail {

/// One worker process as its pool sees it, in two halves: what any thread may look at with the pool's lock (its tasks,
/// what is to be sent to it, what is to become of it), and what only the pool's I/O thread has (what it says, its
/// process). Each half is reached through a function that asks for the lock, or for that thread's role, so that Clang's
/// analysis sees a wrong hand.
///
/// Made for a slot that starts; shared by the pool and by whoever is just sending to it; gone when its process is.
/// Sending: whoever gives it something calls send() afterwards, without the lock. One thread at a time sends; another
/// that comes meanwhile leaves its part to that one. Nothing ever blocks: when the socket is full, the pool's I/O
/// thread goes on once there is room.
/// Order: tickets count up; a task's frame is sent in the order of its ticket.
/// Threads: any thread; the halves as they say.
class WorkerProcess {
 public:
  /// Spawning: not answered yet → Greeting: it runs, has not said Hello or ends its initializer → Serving → Leaving: it
  /// was told to end when it has done what it has → Gone: its process has ended.
  enum class Phase : std::uint8_t { Spawning, Greeting, Serving, Leaving, Gone };
  /// Why we end it, if we do: then its death is no accident.
  enum class Doom : std::uint8_t { None, Person, Stop, Timeout, Protocol, Pool };
  enum class Received : std::uint8_t { Something, Nothing, End };

 private:
  struct Outgoing {
    std::array<char, wire::kTaskHeadBytes> head;
    bool hasHead;
    std::shared_ptr<const std::string> body;
    std::shared_ptr<const UniqueFd> descriptor = nullptr; // goes with the first byte
    std::size_t size() const { return (hasHead ? head.size() : 0) + body->size(); }
  };

 public:
  /// What any thread may touch with the pool's lock.
  class Held {
   public:
    explicit Held(Ledger& ledger) : m_ledger(ledger) {}

    // Handing out; send() follows.
    bool hasPlace() const { return m_next - m_firstOpen < Ledger::kPlaces; }
    void give(ProcessTask& task);
    void post(std::string frame);

    /// It says that it has begun this one: null when it does not have it, or has said so before.
    ProcessTask* begin(wire::Ticket ticket);
    /// Takes a task back: false when it has begun it. forget() follows.
    bool recall(const ProcessTask& task);
    void forget(ProcessTask& task); ///< it has ended, or was taken back
    bool hasBegunAnother(const ProcessTask& than);
    /// The tasks that it has, the last handed out first.
    template <class F> void forEachTask(F&& visit) {
      for (wire::Ticket ticket = m_next; ticket-- > m_firstOpen;)
        if (ProcessTask* task = find(ticket)) visit(*task);
    }

    Phase phase = Phase::Spawning;
    Doom doom = Doom::None;
    wire::Ticket doomTicket = 0; // of Stop and Timeout: the task that is meant
    bool shortTasks = false;     // its last task was over within a millisecond
    std::size_t given = 0;       // tasks that it was handed and kept
    pid_t pid = 0;               // 0 until it was spawned
    int pidfd = -1;              // likewise; Io::pidfd

   private:
    friend WorkerProcess;
    ProcessTask* find(wire::Ticket ticket) const;

    Ledger& m_ledger;
    std::array<ProcessTask*, Ledger::kPlaces> m_places{};
    wire::Ticket m_next = 1, m_firstOpen = 1;
    std::deque<Outgoing> m_outbox;
    bool m_sending = false;      // some thread owns m_batch and m_sentOfFirst
    bool m_waitsForRoom = false; // nobody does, the I/O thread will
    bool m_hungUp = false;       // it takes nothing more
  };

  /// What only the pool's I/O thread has.
  class Io {
   public:
    explicit Io(WorkerProcess& worker) : m_worker(worker) {}

    /// Makes its socket, pipe and pages. 0, or the errno why not.
    int open();
    SpawnRequest request(const std::string& program, int parentPidfd) const;
    void spawned(Spawned result); ///< closes what only the child needs

    Received receive();   ///< one read of the socket
    void recoverUnsent(); ///< after its death: what it wrote and never sent
    void readStderr();    ///< keeps the last lines and passes all on to our own stderr, where that does not block
    std::string lastWords() const;

    int socket() const { return m_worker.m_socket.get(); }

    wire::FrameReader reader;
    UniqueFd errors, pidfd;
    pid_t pid = 0;
    std::size_t peakAtSpawn = 0;    // of this process, in bytes: the kernel counts it as the worker's own
    std::string protocolError;      // what it said that no worker says
    bool deaf = false;              // nothing more that it says counts
    ProcessTask* running = nullptr; // as it says; told to the scheduler next
    std::int64_t startedAt = 0;     // its own time of the last Started that was told
    std::int64_t lastHeard = 0;     // monotonic ns
    bool watchesUnstarted = false;  // a timer looks after what it was handed ahead
    bool socketOpen = true, greeted = false, initialized = false;

   private:
    WorkerProcess& m_worker;
    UniqueFd m_childSocket, m_childErrors; // until it was spawned
    std::uint64_t m_received = 0;          // bytes of its stream
    std::string m_lastWords;
  };

  WorkerProcess(Mutex& poolLock, std::uint64_t number, SlotIndex slot, std::uint32_t generation, std::string name,
                std::string comm);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  Held& held(const Mutex& poolLock) REQUIRES(poolLock) {
    assert(&poolLock == &m_poolLock);
    m_poolLock.assertHeld();
    return m_held;
  }
  Io& io([[maybe_unused]] const ThreadRole& ioThread) REQUIRES(ioThread) { return m_io; }

  // Sending; without the lock.
  void send(int epoll);
  void roomAgain(int epoll); ///< the socket takes more: goes on where send() had to stop

  const std::uint64_t number; ///< counts the workers of the pool
  const SlotIndex slot;
  const std::uint32_t generation;
  const std::string name, comm;

 private:
  enum class Sent : std::uint8_t { All, Full, Gone };
  void sendOn(int epoll);
  Sent sendBatch();

  Mutex& m_poolLock;
  // Made by Io::open() before anybody else knows the worker, then the same until the end.
  UniqueFd m_socket;
  Ledger m_ledger;
  Held m_held GUARDED_BY(m_poolLock){m_ledger};
  Io m_io{*this};
  // Of the one thread that sends (Held::m_sending).
  std::deque<Outgoing> m_batch;
  std::size_t m_sentOfFirst = 0; // bytes of the batch's first that were sent
};

} // namespace poolscope::detail
