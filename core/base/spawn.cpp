#include "core/base/spawn.h"

#include "core/base/fork.h"
#include "core/base/mutex.h"
#include "core/base/pidfd.h"
#include "core/base/system_calls.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <pthread.h>
#include <spawn.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace poolscope {

namespace {

struct FileActions {
  posix_spawn_file_actions_t actions;
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
};
struct Attributes {
  posix_spawnattr_t attributes;
  Attributes() { posix_spawnattr_init(&attributes); }
  ~Attributes() { posix_spawnattr_destroy(&attributes); }
};

/// The signals that were not ignored when this program began. Whoever started it so (nohup, `&` in a script) meant its
/// children, too.
const sigset_t& heededAtStart() {
  static const sigset_t heeded = [] {
    sigset_t set;
    sigemptyset(&set);
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
      struct sigaction now {};
      if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&set, signal);
    }
    return set;
  }();
  return heeded;
}
[[maybe_unused]] const sigset_t& g_lookedAtStart = heededAtStart();

Spawned spawnNow(const SpawnRequest& request) {
  Spawned result;
  // Copies above all targets, so that no dup2 in the child overwrites what a later one needs.
  const int count = static_cast<int>(request.descriptors.size());
  std::vector<UniqueFd> high;
  for (const int fd : request.descriptors) {
    const int source = fd >= 0 ? g_systemCalls.dup(fd, count) : ::open("/dev/null", O_RDWR | O_CLOEXEC);
    high.emplace_back(source >= 0 && source < count ? g_systemCalls.dup(source, count) : source);
    if (source >= 0 && source < count) ::close(source);
    if (!high.back()) {
      result.error = errno;
      return result;
    }
  }
  FileActions files;
  for (int i = 0; i < count; ++i)
    result.error |= posix_spawn_file_actions_adddup2(&files.actions, high[static_cast<std::size_t>(i)].get(), i);
  result.error |= posix_spawn_file_actions_addclosefrom_np(&files.actions, count);

  Attributes attr;
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attr.attributes, &heededAtStart());
  posix_spawnattr_setsigmask(&attr.attributes, &none);
  posix_spawnattr_setpgroup(&attr.attributes, 0);
  posix_spawnattr_setflags(&attr.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);

  std::vector<char*> argv;
  for (const std::string& argument : request.arguments)
    argv.push_back(const_cast<char*>(argument.c_str())); // the interface takes char*, and changes nothing
  argv.push_back(nullptr);
  if (result.error) {
    result.error = ENOMEM; // the only reason why an action could not be added
    return result;
  }
  result.error =
      ::posix_spawn(&result.pid, request.program.c_str(), &files.actions, &attr.attributes, argv.data(), environ);
  if (result.error) return result;
  result.pidfd = openPidfd(result.pid);
  if (!result.pidfd) result.error = errno;
  return result;
}

/// Never destroyed: its thread must outlive everything that has children.
class SystemSpawner final : public Spawner {
 public:
  void spawn(SpawnRequest request, std::function<void(Spawned)> answer) override {
    bool started;
    {
      MutexLock lock(m_mutex);
      m_orders.push_back({std::move(request), std::move(answer)});
      started = m_started;
      m_started = true;
    }
    if (!started) {
      try {
        makeServiceThread("spawner", [this] { run(); }).detach();
      } catch (const std::system_error& e) {
        refuseAll(e.code().value());
        return;
      }
    }
    m_wake.notifyAll();
  }

 private:
  struct Order {
    SpawnRequest request;
    std::function<void(Spawned)> answer;
  };

  void run() {
    for (;;) {
      Order order;
      {
        MutexLock lock(m_mutex);
        while (m_orders.empty())
          m_wake.wait(lock);
        order = std::move(m_orders.front());
        m_orders.pop_front();
      }
      order.answer(spawnNow(order.request));
    }
  }

  /// The thread could not be made: nobody waits for ever, and the next order tries again.
  void refuseAll(int error) {
    std::deque<Order> orders;
    {
      MutexLock lock(m_mutex);
      orders.swap(m_orders);
      m_started = false;
    }
    for (Order& order : orders)
      order.answer(Spawned{error, 0, {}});
  }

  Mutex m_mutex;
  Condition m_wake;
  std::deque<Order> m_orders GUARDED_BY(m_mutex);
  bool m_started GUARDED_BY(m_mutex) = false;
};

} // namespace

namespace {
std::atomic<SystemSpawner*> g_system{nullptr}; // made by whoever asks first, once a process
}

Spawner& Spawner::system() {
  static const bool anewInForks = (onForkInChild([] { g_system.store(nullptr, std::memory_order_relaxed); }), true);
  static_cast<void>(anewInForks);
  SystemSpawner* spawner = g_system.load(std::memory_order_acquire);
  if (spawner) return *spawner;
  auto made = std::make_unique<SystemSpawner>();
  if (g_system.compare_exchange_strong(spawner, made.get(), std::memory_order_acq_rel)) spawner = made.release();
  return *spawner;
}

} // namespace poolscope
