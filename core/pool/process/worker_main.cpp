#include "core/pool/process/worker_main.h"

#include "core/base/clock.h"
#include "core/base/cpu_time.h"
#include "core/base/fork.h"
#include "core/base/mutex.h"
#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/base/unique_fd.h"
#include "core/event/utf8.h"
#include "core/pool/pool_core.h"
#include "core/pool/process/ledger.h"
#include "core/pool/process/remote_error.h"
#include "core/pool/process/task_registry.h"
#include "core/pool/process/wire.h"
#include "core/pool/reading_pace.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace poolscope::detail {

namespace {

constexpr std::string_view kWorkerFlag = "--poolscope-worker";

// A task shorter than this shares its messages with the next ones; a longer one is told at once. A message costs about
// 3 µs, so 500 µs keep the cost below a percent.
constexpr std::int64_t kShortTaskNs = 500'000;
constexpr auto kFlushInterval = std::chrono::milliseconds(1); // how late a Started may come when tasks were short
constexpr int kQuietIntervals = 20;                           // then the flusher sleeps until it is needed
constexpr std::size_t kMostLogBytes = std::size_t{1} << 20;

constexpr int kExitOrphan = 0;   // nobody is left to read the code
constexpr int kExitProtocol = 3; // the pool said something that it never says

// The kernel sends it when the thread that started this process ends (PR_SET_PDEATHSIG): usually with the whole
// program. A signal of its own, so that SIGTERM keeps its meaning.
int parentDeathSignal() {
  return SIGRTMAX;
}

pid_t g_parent = 0; // set once, before the handler is

extern "C" void onParentDeath(int) {
  if (::getppid() != g_parent) ::_exit(kExitOrphan);
}

extern "C" void* watchParent(void*) {
  pollfd parent{kParentFd, POLLIN, 0};
  while (::poll(&parent, 1, -1) < 0) {
  }
  ::_exit(kExitOrphan);
}

/// A thread with a small stack that takes nobody's signals: it does next to nothing.
bool startThread(void* (*body)(void*), void* argument, const char* name) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  const sigset_t others = signalsOfOthers();
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, &others, &before);
  pthread_t thread;
  const bool made = pthread_create(&thread, &attributes, body, argument) == 0;
  if (made) pthread_setname_np(thread, name);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return made;
}

/// A worker process's inside: reads tasks, runs them one after the other on the main thread, and reports.
///
/// Made by runWorkerIfRequested(), which runs it until the pool says Bye or is gone. Its flusher thread may outlive
/// run(), so the object is never freed: the process ends next.
/// Order on the wire: Started of a task before its other messages, its Result or Error last. While tasks are short,
/// messages of several share one write, and the flusher sends what has waited for a millisecond; what a crash then
/// loses is known from the ledger.
/// Threads: run() and RemoteSide: owner, the main thread. The outbox is shared with the flusher.
class Worker final : public RemoteSide {
 public:
  explicit Worker(const WorkerCommand& command) : m_command(command) {}
  int run();

  void blocked(BlockReason reason) override {
    const std::int64_t now = monotonicNow();
    post(wire::Blocked{m_ticket, now, static_cast<std::uint8_t>(reason)});
    postCpuTime(now);
    flush();
  }
  void unblocked() override {
    const std::int64_t now = monotonicNow();
    post(wire::Unblocked{m_ticket, now});
    postCpuTime(now);
    flush();
  }
  void log(std::string_view text) override {
    post(
        wire::Log{m_ticket, monotonicNow(), text.substr(0, utf8CutBefore(text, std::min(text.size(), kMostLogBytes)))});
    flush();
  }
  void clientBytes(ClientId client, std::uint64_t received, std::uint64_t sent, std::uint64_t messages) override {
    post(wire::Client{m_ticket, monotonicNow(), client.value(), received, sent, messages});
    flush();
  }
  UniqueFd takeDescriptor() override { return std::move(m_descriptor); }

 private:
  bool receive();
  bool handle(const wire::Frame& frame);
  bool greet(const wire::Hello& hello);
  void runTask(const wire::Task& task);
  void postError(wire::Ticket ticket);
  void postCpuTime(std::int64_t now);

  template <class M> void post(const M& message);
  void sendAll() REQUIRES(m_outMutex);
  void sendBytes(std::string_view bytes) REQUIRES(m_outMutex);
  void flush();
  void expectFlusher();
  void runFlusher();

  const WorkerCommand m_command;
  Ledger m_ledger;
  wire::FrameReader m_reader;
  std::string m_value; // of the task that ends; kept for its memory
  wire::Ticket m_ticket = 0;
  std::int64_t m_lastTaskNs = INT64_MAX; // of the last task: tells whether the next will be short
  std::int64_t m_cpuReadAt = 0;          // when it last told its processor time; the first task's begin is the first
  bool m_greeted = false;
  std::deque<UniqueFd> m_arrived;              // descriptors whose frame has not been read
  std::map<wire::Ticket, UniqueFd> m_promised; // of tasks that have not begun
  UniqueFd m_descriptor;                       // of the task that runs

  // Held while sending, on purpose: it puts the two threads' writes to the socket one after the other.
  Mutex m_outMutex;
  std::string m_frame GUARDED_BY(m_outMutex);      // being written; kept for its memory
  std::uint64_t m_sent GUARDED_BY(m_outMutex) = 0; // of the ledger's outbox

  bool m_hasFlusher = false;
  Parker m_flusherBed;
  std::atomic<bool> m_flusherSleeps{false};   // written by the flusher, and by the main thread that wakes it
  std::atomic<std::uint32_t> m_shortTasks{0}; // written by the main thread: the flusher sees whether it is needed
};

template <class M> void Worker::post(const M& message) {
  MutexLock lock(m_outMutex);
  m_frame.clear();
  wire::append(m_frame, message);
  if (m_frame.size() > Ledger::kOutboxBytes - (m_ledger.written() - m_sent)) sendAll();
  if (m_frame.size() <= Ledger::kOutboxBytes) {
    m_ledger.write(m_frame);
  } else {
    sendBytes(m_frame);
    m_ledger.writtenElsewhere(m_frame.size());
    m_sent += m_frame.size();
    if (m_frame.capacity() > kMostLogBytes) m_frame = std::string();
  }
}

void Worker::sendAll() {
  while (m_sent < m_ledger.written()) {
    const std::string_view bytes = m_ledger.at(m_sent);
    sendBytes(bytes);
    m_sent += bytes.size();
  }
}

void Worker::sendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = sysCall([&] { return ::send(kControlFd, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (!sent) ::_exit(kExitOrphan); // the pool has hung up
    bytes.remove_prefix(static_cast<std::size_t>(sent.value));
  }
}

void Worker::flush() {
  MutexLock lock(m_outMutex);
  sendAll();
}

void Worker::expectFlusher() {
  m_shortTasks.fetch_add(1, std::memory_order_relaxed);
  if (!m_hasFlusher) {
    m_hasFlusher = startThread(
        [](void* self) -> void* {
          static_cast<Worker*>(self)->runFlusher();
          return nullptr;
        },
        this, "flusher");
    if (!m_hasFlusher) flush();
  } else if (m_flusherSleeps.exchange(false, std::memory_order_acq_rel)) {
    flush(); // this once without it
    m_flusherBed.unpark();
  }
}

void Worker::runFlusher() {
  std::uint32_t seen = 0;
  for (int quiet = 0;;) {
    m_flusherBed.park(std::chrono::steady_clock::now() + kFlushInterval);
    flush();
    const std::uint32_t now = m_shortTasks.load(std::memory_order_relaxed);
    quiet = now == seen ? quiet + 1 : 0;
    seen = now;
    if (quiet < kQuietIntervals) continue;
    quiet = 0;
    m_flusherSleeps.store(true, std::memory_order_release);
    m_flusherBed.park();
  }
}

bool Worker::receive() {
  const std::span<char> room = m_reader.room(4096);
  iovec part{room.data(), room.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]; // the kernel gives what one sendmsg() passed, never more
  msghdr message{};
  message.msg_iov = &part, message.msg_iovlen = 1;
  message.msg_control = control, message.msg_controllen = sizeof control;
  const auto got = sysCall([&] { return ::recvmsg(kControlFd, &message, MSG_CMSG_CLOEXEC); });
  if (!got || got.value == 0) return false;
  for (const cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(c)))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
      m_arrived.emplace_back(fd);
    }
  m_reader.filled(static_cast<std::size_t>(got.value));
  return true;
}

bool Worker::greet(const wire::Hello& hello) {
  if (m_greeted || hello.version != wire::kVersion) return false;
  m_greeted = true;
  if (!hello.initializer) return true;
  try {
    const AnyFunction initializer = resolve(*hello.initializer);
    if (!initializer) throw std::runtime_error("the worker program does not know the initializer");
    initializer();
    post(wire::Result{0, monotonicNow(), {}});
  } catch (...) {
    postError(0);
  }
  flush();
  return true;
}

void Worker::postError(wire::Ticket ticket) {
  std::string type, what, trace;
  describeCurrentException(type, what, trace);
  post(wire::Error{ticket, monotonicNow(), type, what, trace});
}

/// Within a task, before its Result or Error. The whole process's: a task may have threads of its own.
void Worker::postCpuTime(std::int64_t now) {
  if (now - m_cpuReadAt < ReadingPace::kLeastNs) return;
  m_cpuReadAt = now;
  post(wire::Sampled{m_ticket, now, ownProcessCpuTime()});
}

void Worker::runTask(const wire::Task& task) {
  const auto promised = m_promised.extract(task.ticket);
  if (!m_ledger.claim(task.ticket)) return; // the pool took it back
  m_descriptor = promised ? std::move(promised.mapped()) : UniqueFd();
  const std::int64_t begin = monotonicNow();
  m_ticket = task.ticket;
  post(wire::Started{task.ticket, begin});
  if (m_cpuReadAt == 0) postCpuTime(begin); // what its start took is not the first task's
  m_lastTaskNs >= kShortTaskNs ? flush() : expectFlusher();

  const HomeProcess home;
  WorkerContext context;
  context.name = m_command.name;
  context.remote = this;
  t_worker = &context;
  m_value.clear();
  try {
    const auto function = reinterpret_cast<TaskFunction>(resolve(task.function));
    if (!function) throw std::runtime_error("the worker program does not know the function of this task");
    function(task.arguments, m_value);
    if (!home.isHere()) ::_exit(0); // the task forked: its child has nothing to say here
    t_worker = nullptr;
    std::fflush(stdout); // what the task printed is there when its future is done
    const std::int64_t end = monotonicNow();
    postCpuTime(end);
    post(wire::Result{task.ticket, end, m_value});
  } catch (...) {
    if (!home.isHere()) ::_exit(1);
    t_worker = nullptr;
    std::fflush(stdout);
    postCpuTime(monotonicNow());
    postError(task.ticket);
  }
  m_descriptor.reset(); // not taken
  if (m_value.capacity() > kMostLogBytes) m_value = std::string();
  m_lastTaskNs = monotonicNow() - begin;
  if (m_lastTaskNs >= kShortTaskNs) flush();
}

bool Worker::handle(const wire::Frame& frame) {
  switch (frame.tag) {
  case wire::Tag::Hello:
    if (const auto hello = wire::decodeHello(frame.body)) return greet(*hello);
    return false;
  case wire::Tag::Task:
    if (const auto task = wire::decodeTask(frame.body); task && m_greeted) {
      runTask(*task);
      return true;
    }
    return false;
  case wire::Tag::Descriptor:
    if (const auto m = wire::decodeDescriptor(frame.body); m && !m_arrived.empty()) {
      m_promised[m->ticket] = std::move(m_arrived.front());
      m_arrived.pop_front();
      return true;
    }
    return false;
  case wire::Tag::Cancel: // the ledger has told already
    return wire::decodeCancel(frame.body).has_value();
  default: // Bye, handled by run(), and what only a worker says
    return false;
  }
}

int Worker::run() {
  m_ledger = Ledger::adopt(UniqueFd(kLedgerFd));
  if (!m_ledger.valid()) return kExitProtocol;
  post(wire::Hello{wire::kVersion, static_cast<std::uint32_t>(::getpid()), programImage(), {}});
  flush();
  for (;;) {
    while (const auto frame = m_reader.next()) {
      if (frame->tag == wire::Tag::Bye) {
        post(wire::Bye{});
        flush();
        return 0;
      }
      if (!handle(*frame)) return kExitProtocol;
    }
    if (!m_reader.error().empty()) return kExitProtocol;
    flush();
    if (!receive()) return kExitOrphan;
  }
}

std::atomic<bool> g_programIsWorker{false}; // set by runWorkerIfRequested()

} // namespace

std::vector<std::string> WorkerCommand::arguments(std::string program) const {
  return {std::move(program), std::string(kWorkerFlag), name, comm, std::to_string(parent)};
}

std::optional<WorkerCommand> WorkerCommand::parse(int argc, char** argv) {
  if (argc != 5 || argv[1] != kWorkerFlag) return std::nullopt;
  return WorkerCommand{argv[2], argv[3], static_cast<pid_t>(std::atoi(argv[4]))};
}

bool programIsWorker() {
  return g_programIsWorker;
}

} // namespace poolscope::detail

namespace poolscope {

UniqueFd takeTaskDescriptor() {
  detail::WorkerContext* worker = detail::t_worker;
  return worker && worker->remote ? worker->remote->takeDescriptor() : UniqueFd();
}

void reportClientBytes(ClientId client, std::uint64_t received, std::uint64_t sent, std::uint64_t messages) {
  detail::WorkerContext* worker = detail::t_worker;
  if (worker && worker->remote) worker->remote->clientBytes(client, received, sent, messages);
}

std::optional<int> runWorkerIfRequested(int argc, char** argv) {
  using namespace detail;
  const std::optional<WorkerCommand> command = WorkerCommand::parse(argc, argv);
  g_programIsWorker = true; // also in a worker: its tasks may make pools
  if (!command) return std::nullopt;
  for (const int fd : {kControlFd, kParentFd, kLedgerFd})
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
      std::fputs("a worker process is started by a pool, not by hand\n", stderr);
      return 2;
    }
  g_parent = command->parent;
  struct sigaction action {};
  action.sa_handler = onParentDeath;
  action.sa_flags = SA_RESTART;
  ::sigaction(parentDeathSignal(), &action, nullptr);
  ::prctl(PR_SET_PDEATHSIG, parentDeathSignal());
  if (::getppid() != g_parent) return kExitOrphan;
  ::prctl(PR_SET_NAME, command->comm.c_str());
  startThread(watchParent, nullptr, "parent watch");
  static Worker* const worker = new Worker(*command); // never destroyed: its threads end with the process
  return worker->run();
}

} // namespace poolscope
