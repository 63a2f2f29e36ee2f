#include "core/echo/crowd.h"

#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/base/syscall.h"
#include "core/base/system_calls.h"
#include "core/base/unique_fd.h"
#include "core/echo/address.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <queue>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace poolscope {

namespace {

constexpr std::array<std::string_view, 5> kPatternNames{"steady", "burst", "slow reader", "idle holder",
                                                        "drop in, drop out"};
constexpr std::int64_t kRetryNs = 100'000'000;
constexpr std::int64_t kDefaultPeriodNs = 1'000'000'000;
constexpr std::size_t kFlood = 64 * 1024; // what a slow reader sends at once

/// Counts durations in buckets that grow with them: 32 for each doubling, so that a bucket is at most 1/32 wide.
/// Threads: add(): one thread; the rest: any thread.
class Histogram {
 public:
  void add(std::int64_t ns) {
    std::atomic<std::uint64_t>& bucket = m_buckets[indexOf(static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 1)))];
    bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (ns > m_longest.load(std::memory_order_relaxed)) m_longest.store(ns, std::memory_order_relaxed);
  }
  std::chrono::nanoseconds at(double share) const {
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count()));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < m_buckets.size(); ++i)
      if ((seen += m_buckets[i].load(std::memory_order_relaxed)) > rank) return valueOf(i);
    return longest();
  }
  std::uint64_t count() const {
    std::uint64_t total = 0;
    for (const auto& bucket : m_buckets)
      total += bucket.load(std::memory_order_relaxed);
    return total;
  }
  std::chrono::nanoseconds longest() const {
    return std::chrono::nanoseconds(m_longest.load(std::memory_order_relaxed));
  }

 private:
  static constexpr int kBits = 5;
  static std::size_t indexOf(std::uint64_t ns) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(ns)) - 1 - kBits);
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(ns >> shift);
  }
  static std::chrono::nanoseconds valueOf(std::size_t index) {
    const std::size_t shift = index < (2u << kBits) ? 0 : (index >> kBits) - 1;
    return std::chrono::nanoseconds(static_cast<std::int64_t>((index - (shift << kBits)) << shift));
  }
  std::array<std::atomic<std::uint64_t>, (64 - kBits + 1) << kBits> m_buckets{};
  std::atomic<std::int64_t> m_longest{0};
};

} // namespace

std::span<const std::string_view> crowdPatternNames() {
  return kPatternNames;
}

/// Everything but figures() belongs to the crowd's thread.
struct Crowd::Impl {
  /// Away (no connection) → Connecting → Ready (connected, nothing to wait for) ⇄ Asking (a reply has not come whole).
  enum class Phase : std::uint8_t { Away, Connecting, Ready, Asking };
  struct Client {
    UniqueFd socket;
    Phase phase = Phase::Away;
    std::uint32_t turn = 0; // a timer of an earlier one counts no longer
    std::size_t unsent = 0, awaited = 0;
    std::int64_t askedAt = 0; // the question that is not answered, though its connection failed meanwhile; else 0
    /// When it began to want what it has not got: a connection to ask on, or the reply. 0: it wants nothing. Written by
    /// the crowd's thread, read by figures().
    std::atomic<std::int64_t> wantsSince{0};
    void want(std::int64_t now) {
      if (wantsSince.load(std::memory_order_relaxed) == 0) wantsSince.store(now, std::memory_order_relaxed);
    }
    void beContent() { askedAt = 0, wantsSince.store(0, std::memory_order_relaxed); }
  };
  struct Timer {
    std::int64_t due;
    std::size_t client;
    std::uint32_t turn;
    friend bool operator>(const Timer& a, const Timer& b) { return a.due > b.due; }
  };

  explicit Impl(CrowdOptions given)
      : options(std::move(given)), thinkNs(std::chrono::nanoseconds(options.thinkTime).count()),
        periodNs(thinkNs > 0 ? thinkNs : kDefaultPeriodNs), message(std::max(options.messageBytes, kFlood), 'x'),
        clients(options.clients), epoll(::epoll_create1(EPOLL_CLOEXEC)),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // The address is looked up once; connecting is the clients' own.
    address = lookUp("cannot connect to", options.host, options.port, false).front();
  }

  void run();
  int untilNext(std::int64_t now) const;
  void runTimers();
  void connect(std::size_t index);
  void connected(std::size_t index);
  void ask(std::size_t index);
  void sendRest(std::size_t index);
  void readable(std::size_t index);
  void replied(std::size_t index);
  void leave(std::size_t index, bool failed, std::int64_t backIn);
  void watch(std::size_t index, int operation, std::uint32_t events);
  void later(std::size_t index, std::int64_t delay) {
    timers.push({monotonicNow() + delay, index, clients[index].turn});
  }
  void enter(Client& client, Phase phase);
  static void add(std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  bool slow() const { return options.pattern == CrowdPattern::SlowReader; }
  /// Who asks as soon as it is connected.
  bool asksAtOnce() const {
    return options.pattern != CrowdPattern::IdleHolder && options.pattern != CrowdPattern::Burst;
  }

  const CrowdOptions options;
  const std::int64_t thinkNs, periodNs;
  const std::string message;
  std::vector<Client> clients;
  UniqueFd epoll, wake;
  SocketAddress address;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers;
  std::int64_t startedAt = monotonicNow();
  std::array<char, 64 * 1024> buffer;

  // Written by the crowd's thread, read by figures().
  std::atomic<std::size_t> connectedCount{0};
  std::atomic<std::uint64_t> replies{0}, errors{0}, connects{0};
  std::atomic<std::int64_t> endedAt{0};
  Histogram latency;
  std::atomic<bool> stopping{false}; // written by stop()

  Mutex stopMutex{LockRank::Server};
  std::thread thread;
};

void Crowd::Impl::enter(Client& client, Phase phase) {
  const auto change = [](std::atomic<std::size_t>& counter, bool was, bool is) {
    if (was != is) counter.store(counter.load(std::memory_order_relaxed) + (is ? 1 : std::size_t(-1)));
  };
  const auto isConnected = [](Phase p) { return p == Phase::Ready || p == Phase::Asking; };
  change(connectedCount, isConnected(client.phase), isConnected(phase));
  client.phase = phase;
}

void Crowd::Impl::watch(std::size_t index, int operation, std::uint32_t events) {
  epoll_event event{};
  event.events = events, event.data.u64 = index;
  ::epoll_ctl(epoll.get(), operation, clients[index].socket.get(), &event);
}

void Crowd::Impl::run() {
  epoll_event event{};
  event.events = EPOLLIN, event.data.u64 = UINT64_MAX;
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event);
  for (std::size_t i = 0; i < clients.size(); ++i)
    timers.push({startedAt, i, 0});
  const std::int64_t end =
      options.duration ? startedAt + std::chrono::nanoseconds(*options.duration).count() : INT64_MAX;
  std::array<epoll_event, 256> events;
  while (!stopping) {
    const std::int64_t now = monotonicNow();
    if (now >= end) break;
    const std::int64_t mostMs = (end == INT64_MAX ? INT64_MAX : (end - now) / 1'000'000 + 1);
    const int next = untilNext(now);
    const int timeout = next < 0 || mostMs < next ? static_cast<int>(std::min<std::int64_t>(mostMs, 1000)) : next;
    const auto count = sysCall([&] { return ::epoll_wait(epoll.get(), events.data(), events.size(), timeout); });
    for (int i = 0; i < count.value; ++i) {
      const epoll_event& happened = events[static_cast<std::size_t>(i)];
      if (happened.data.u64 >= clients.size()) continue;
      const auto index = static_cast<std::size_t>(happened.data.u64);
      if (clients[index].phase == Phase::Connecting) {
        connected(index);
        continue;
      }
      if (happened.events & EPOLLOUT) sendRest(index);
      if (happened.events & ~static_cast<std::uint32_t>(EPOLLOUT) && clients[index].socket) readable(index);
    }
    runTimers();
  }
  for (std::size_t i = 0; i < clients.size(); ++i)
    leave(i, false, -1);
  endedAt = monotonicNow();
}

int Crowd::Impl::untilNext(std::int64_t now) const {
  if (timers.empty()) return -1;
  const std::int64_t left = timers.top().due - now;
  return left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, 1000));
}

void Crowd::Impl::runTimers() {
  while (!timers.empty() && timers.top().due <= monotonicNow()) {
    const Timer timer = timers.top();
    timers.pop();
    Client& client = clients[timer.client];
    if (timer.turn != client.turn) continue;
    if (client.phase == Phase::Away)
      connect(timer.client);
    else if (slow())
      readable(timer.client);
    else if (client.phase == Phase::Ready)
      ask(timer.client);
  }
}

void Crowd::Impl::connect(std::size_t index) {
  Client& client = clients[index];
  if (asksAtOnce()) client.want(monotonicNow());
  client.socket.reset(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!client.socket) {
    add(errors);
    return later(index, kRetryNs);
  }
  const int one = 1;
  ::setsockopt(client.socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const linger resetAtClose{1, 0};
  ::setsockopt(client.socket.get(), SOL_SOCKET, SO_LINGER, &resetAtClose, sizeof resetAtClose);
  enter(client, Phase::Connecting);
  if (::connect(client.socket.get(), address.get(), address.size) != 0 && errno != EINPROGRESS)
    return leave(index, true, kRetryNs);
  watch(index, EPOLL_CTL_ADD, EPOLLOUT);
}

void Crowd::Impl::connected(std::size_t index) {
  Client& client = clients[index];
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(client.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return leave(index, true, kRetryNs);
  add(connects);
  enter(client, Phase::Ready);
  watch(index, EPOLL_CTL_MOD, slow() ? EPOLLOUT : EPOLLIN);
  switch (options.pattern) {
  case CrowdPattern::IdleHolder:
    return;
  case CrowdPattern::Burst: // at the next common moment
    return later(index, periodNs - (monotonicNow() - startedAt) % periodNs);
  case CrowdPattern::SlowReader:
    later(index, periodNs);
    [[fallthrough]];
  case CrowdPattern::Steady:
  case CrowdPattern::DropIn:
    return ask(index);
  }
}

void Crowd::Impl::ask(std::size_t index) {
  Client& client = clients[index];
  enter(client, Phase::Asking);
  const std::int64_t now = monotonicNow();
  client.want(now);
  if (client.askedAt == 0) client.askedAt = now;
  client.unsent = client.awaited = options.messageBytes;
  sendRest(index);
}

void Crowd::Impl::sendRest(std::size_t index) {
  Client& client = clients[index];
  while (client.unsent > 0 || slow()) {
    const std::size_t most = slow() ? kFlood : client.unsent;
    const auto sent = sysCall([&] { return ::send(client.socket.get(), message.data(), most, MSG_NOSIGNAL); });
    if (!sent && sent.error == EAGAIN) {
      if (!slow()) watch(index, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      return;
    }
    if (!sent) return leave(index, true, kRetryNs);
    client.unsent -= std::min(client.unsent, static_cast<std::size_t>(sent.value));
    if (client.unsent == 0 && static_cast<std::size_t>(sent.value) != options.messageBytes && !slow())
      watch(index, EPOLL_CTL_MOD, EPOLLIN);
  }
}

void Crowd::Impl::readable(std::size_t index) {
  Client& client = clients[index];
  const std::size_t most = slow() ? std::min(options.messageBytes, buffer.size()) : buffer.size();
  const auto got = sysCall([&] { return ::recv(client.socket.get(), buffer.data(), most, 0); });
  if (slow()) {
    // It may take its time to read; it waits when there is nothing to read.
    if (got && got.value > 0)
      add(replies), client.beContent();
    else
      client.want(monotonicNow());
    if ((got && got.value == 0) || (!got && got.error != EAGAIN)) return leave(index, true, kRetryNs);
    return later(index, periodNs);
  }
  if (!got && got.error == EAGAIN) return;
  if (!got || got.value == 0) return leave(index, true, kRetryNs);
  const auto count = static_cast<std::size_t>(got.value);
  const bool right =
      count <= client.awaited && std::all_of(buffer.data(), buffer.data() + count, [](char c) { return c == 'X'; });
  if (!right) return leave(index, true, kRetryNs);
  client.awaited -= count;
  if (client.awaited == 0) replied(index);
}

void Crowd::Impl::replied(std::size_t index) {
  Client& client = clients[index];
  const std::int64_t now = monotonicNow();
  add(replies);
  latency.add(now - client.askedAt);
  client.beContent();
  enter(client, Phase::Ready);
  if (options.pattern == CrowdPattern::DropIn) return leave(index, false, thinkNs);
  if (options.pattern == CrowdPattern::Burst) return later(index, periodNs - (now - startedAt) % periodNs);
  if (thinkNs > 0) return later(index, thinkNs);
  ask(index);
}

void Crowd::Impl::leave(std::size_t index, bool failed, std::int64_t backIn) {
  Client& client = clients[index];
  if (failed) add(errors);
  client.socket.reset();
  enter(client, Phase::Away);
  ++client.turn;
  if (backIn >= 0) later(index, backIn);
}

Crowd::Crowd(CrowdOptions options) {
  if (options.clients == 0 || options.clients > kMostCrowd)
    throw std::invalid_argument("a crowd has 1 to 10000 clients, not " + std::to_string(options.clients));
  if (options.messageBytes == 0 || options.messageBytes > kMostMessage)
    throw std::invalid_argument("a message has 1 to 1048576 bytes, not " + std::to_string(options.messageBytes));
  m_impl = std::make_unique<Impl>(std::move(options));
  m_impl->thread = makeServiceThread("crowd", [impl = m_impl.get()] { impl->run(); });
}

Crowd::~Crowd() {
  stop();
}

void Crowd::stop() {
  MutexLock lock(m_impl->stopMutex); // the second of two waits for the first
  if (!m_impl->thread.joinable()) return;
  m_impl->stopping = true;
  const std::uint64_t one = 1;
  static_cast<void>(!::write(m_impl->wake.get(), &one, sizeof one));
  m_impl->thread.join();
}

bool Crowd::running() const {
  return m_impl->endedAt == 0;
}

CrowdFigures Crowd::figures() const {
  const Impl& impl = *m_impl;
  CrowdFigures figures;
  const std::int64_t ended = impl.endedAt;
  figures.elapsed = std::chrono::nanoseconds((ended ? ended : monotonicNow()) - impl.startedAt);
  figures.connected = impl.connectedCount;
  std::int64_t first = INT64_MAX;
  for (const Impl::Client& client : impl.clients)
    if (const std::int64_t since = client.wantsSince.load(std::memory_order_relaxed); since != 0)
      ++figures.waiting, first = std::min(first, since);
  const std::int64_t at = ended ? ended : monotonicNow();
  if (figures.waiting > 0) figures.waitingLongest = std::chrono::nanoseconds(std::max<std::int64_t>(0, at - first));
  figures.replies = impl.replies, figures.errors = impl.errors, figures.connects = impl.connects;
  if (const double seconds = std::chrono::duration<double>(figures.elapsed).count(); seconds > 0)
    figures.repliesPerSecond = static_cast<double>(figures.replies) / seconds;
  figures.measured = impl.latency.count();
  figures.p50 = impl.latency.at(0.5), figures.p99 = impl.latency.at(0.99), figures.longest = impl.latency.longest();
  return figures;
}

} // namespace poolscope
