#include "core/pool/process/worker_process.h"

#include "core/base/syscall.h"
#include "core/event/utf8.h"
#include "core/pool/process/worker_main.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace poolscope::detail {

namespace {

constexpr std::size_t kMostLastWords = 2048; // some lines: the reason is in the last ones
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMostParts = 256; // of one sendmsg: 128 tasks, as many as are handed ahead

} // namespace

WorkerProcess::WorkerProcess(Mutex& poolLock, std::uint64_t theNumber, SlotIndex theSlot, std::uint32_t theGeneration,
                             std::string theName, std::string theComm)
    : number(theNumber), slot(theSlot), generation(theGeneration), name(std::move(theName)), comm(std::move(theComm)),
      m_poolLock(poolLock) {}

int WorkerProcess::Io::open() {
  int pair[2], pipe[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return errno;
  m_worker.m_socket.reset(pair[0]), m_childSocket.reset(pair[1]);
  if (::fcntl(socket(), F_SETFL, O_NONBLOCK) != 0) return errno;
  if (::pipe2(pipe, O_CLOEXEC) != 0) return errno;
  errors.reset(pipe[0]), m_childErrors.reset(pipe[1]);
  if (::fcntl(errors.get(), F_SETFL, O_NONBLOCK) != 0) return errno;
  m_worker.m_ledger = Ledger::make();
  return m_worker.m_ledger.valid() ? 0 : errno;
}

SpawnRequest WorkerProcess::Io::request(const std::string& program, int parentPidfd) const {
  const WorkerCommand command{m_worker.name, m_worker.comm, ::getpid()};
  const int out = ::fcntl(STDOUT_FILENO, F_GETFD) >= 0 ? STDOUT_FILENO : -1; // a program may have closed it
  return {program,
          command.arguments(program),
          {-1, out, m_childErrors.get(), m_childSocket.get(), parentPidfd, m_worker.m_ledger.descriptor()}};
}

void WorkerProcess::Io::spawned(Spawned result) {
  pid = result.pid;
  pidfd = std::move(result.pidfd);
  m_childSocket.reset(), m_childErrors.reset();
  m_worker.m_ledger.closeDescriptor();
}

// --- Handing out

void WorkerProcess::Held::give(ProcessTask& task) {
  assert(hasPlace() && task.body);
  task.ticket = m_next++;
  m_ledger.offer(task.ticket);
  m_places[task.ticket % Ledger::kPlaces] = &task;
  ++given;
  if (task.descriptor) {
    std::string frame;
    wire::append(frame, wire::Descriptor{task.ticket});
    m_outbox.push_back({{}, false, std::make_shared<const std::string>(std::move(frame)), task.descriptor});
  }
  m_outbox.push_back({wire::taskHead(task.ticket, task.body->size()), true, task.body});
}

void WorkerProcess::Held::post(std::string frame) {
  m_outbox.push_back({{}, false, std::make_shared<const std::string>(std::move(frame))});
}

ProcessTask* WorkerProcess::Held::find(wire::Ticket ticket) const {
  ProcessTask* task = m_places[ticket % Ledger::kPlaces];
  return task && task->ticket == ticket ? task : nullptr;
}

ProcessTask* WorkerProcess::Held::begin(wire::Ticket ticket) {
  ProcessTask* task = find(ticket);
  return task && !std::exchange(task->begun, true) ? task : nullptr;
}

bool WorkerProcess::Held::recall(const ProcessTask& task) {
  // What it said itself counts before the ledger, which it may have filled with nonsense.
  return !task.begun && m_ledger.recall(task.ticket);
}

bool WorkerProcess::Held::hasBegunAnother(const ProcessTask& than) {
  bool another = false;
  forEachTask([&](ProcessTask& task) {
    another = another || (&task != &than && (task.begun || m_ledger.claimed(task.ticket)));
  });
  return another;
}

void WorkerProcess::Held::forget(ProcessTask& task) {
  m_places[task.ticket % Ledger::kPlaces] = nullptr;
  while (m_firstOpen < m_next && !m_places[m_firstOpen % Ledger::kPlaces])
    ++m_firstOpen;
}

// --- Sending

void WorkerProcess::send(int epoll) {
  {
    MutexLock lock(m_poolLock);
    if (m_held.m_sending || m_held.m_waitsForRoom || m_held.m_outbox.empty()) return;
    m_held.m_sending = true;
    m_batch.swap(m_held.m_outbox);
  }
  sendOn(epoll);
}

void WorkerProcess::roomAgain(int epoll) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = number << 2}};
  ::epoll_ctl(epoll, EPOLL_CTL_MOD, m_socket.get(), &event);
  {
    MutexLock lock(m_poolLock);
    if (!m_held.m_waitsForRoom) return;
    m_held.m_waitsForRoom = false, m_held.m_sending = true;
  }
  sendOn(epoll);
}

void WorkerProcess::sendOn(int epoll) {
  for (;;) {
    const Sent sent = sendBatch();
    if (sent == Sent::Full) {
      MutexLock lock(m_poolLock);
      m_held.m_sending = false, m_held.m_waitsForRoom = true;
      // Told under the lock, so that the I/O thread cannot come before the flag or miss it.
      epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u64 = number << 2}};
      ::epoll_ctl(epoll, EPOLL_CTL_MOD, m_socket.get(), &event);
      return;
    }
    m_batch.clear();
    MutexLock lock(m_poolLock);
    if (sent == Sent::Gone) m_held.m_hungUp = true;
    if (m_held.m_hungUp) m_held.m_outbox.clear();
    if (m_held.m_outbox.empty()) {
      m_held.m_sending = false;
      return;
    }
    m_batch.swap(m_held.m_outbox);
  }
}

WorkerProcess::Sent WorkerProcess::sendBatch() {
  while (!m_batch.empty()) {
    std::array<iovec, kMostParts> parts;
    std::size_t count = 0, skip = m_sentOfFirst;
    const auto add = [&](const char* bytes, std::size_t size) {
      const std::size_t cut = std::min(skip, size);
      skip -= cut;
      if (size > cut) parts[count++] = {const_cast<char*>(bytes + cut), size - cut}; // sendmsg only reads
    };
    for (std::size_t i = 0; i < m_batch.size() && count + 2 <= kMostParts; ++i) {
      if (i > 0 && m_batch[i].descriptor) break; // a descriptor goes with the first byte of a call of its own
      if (m_batch[i].hasHead) add(m_batch[i].head.data(), m_batch[i].head.size());
      add(m_batch[i].body->data(), m_batch[i].body->size());
    }
    msghdr message{};
    message.msg_iov = parts.data(), message.msg_iovlen = count;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    if (m_batch.front().descriptor && m_sentOfFirst == 0) {
      message.msg_control = control, message.msg_controllen = sizeof control;
      cmsghdr* rights = CMSG_FIRSTHDR(&message);
      rights->cmsg_level = SOL_SOCKET, rights->cmsg_type = SCM_RIGHTS, rights->cmsg_len = CMSG_LEN(sizeof(int));
      const int fd = m_batch.front().descriptor->get();
      std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    const auto sent = sysCall([&] { return ::sendmsg(m_socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT); });
    if (!sent) return sent.error == EAGAIN ? Sent::Full : Sent::Gone;
    std::size_t left = static_cast<std::size_t>(sent.value) + m_sentOfFirst;
    while (!m_batch.empty() && left >= m_batch.front().size()) {
      left -= m_batch.front().size();
      m_batch.pop_front();
    }
    m_sentOfFirst = left;
  }
  m_sentOfFirst = 0;
  return Sent::All;
}

// --- Receiving

WorkerProcess::Received WorkerProcess::Io::receive() {
  const auto room = reader.room(kReadBytes);
  const auto got = sysCall([&] { return ::recv(socket(), room.data(), room.size(), MSG_DONTWAIT); });
  if (!got) return got.error == EAGAIN ? Received::Nothing : Received::End;
  if (got.value == 0) return Received::End;
  reader.filled(static_cast<std::size_t>(got.value));
  m_received += static_cast<std::uint64_t>(got.value);
  return Received::Something;
}

void WorkerProcess::Io::recoverUnsent() {
  const Ledger& ledger = m_worker.m_ledger;
  while (ledger.valid() && ledger.holds(m_received)) {
    const std::string_view bytes = ledger.at(m_received);
    if (bytes.empty()) return;
    const auto room = reader.room(bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    reader.filled(bytes.size());
    m_received += bytes.size();
  }
}

void WorkerProcess::Io::readStderr() {
  char bytes[4096];              // PIPE_BUF: what a pipe that is ready takes at once
  for (int i = 0; i < 16; ++i) { // whoever floods it gets no more of our time than that at once
    const auto got = sysCall([&] { return ::read(errors.get(), bytes, sizeof bytes); });
    if (got && got.value > 0) {
      const auto size = static_cast<std::size_t>(got.value);
      m_lastWords.append(bytes, size);
      if (m_lastWords.size() > 2 * kMostLastWords) m_lastWords.erase(0, m_lastWords.size() - kMostLastWords);
      pollfd ours{STDERR_FILENO, POLLOUT, 0};
      if (::poll(&ours, 1, 0) == 1 && (ours.revents & POLLOUT)) {
        [[maybe_unused]] const auto told = ::write(STDERR_FILENO, bytes, size); // lost where nobody reads it
      }
      continue;
    }
    if (got || got.error != EAGAIN) errors.reset(); // the other end is closed
    return;
  }
}

std::string WorkerProcess::Io::lastWords() const {
  std::string words = m_lastWords.substr(m_lastWords.size() - std::min(m_lastWords.size(), kMostLastWords));
  if (words.size() < m_lastWords.size()) words.erase(0, words.find('\n') + 1); // begin with a whole line
  while (!words.empty() && words.back() == '\n')
    words.pop_back();
  return words;
}

} // namespace poolscope::detail
