// Servers and their load for the echo benchmarks; echo.py runs them, each a process of its own:
//   bench_echo serve MODE WORKERS     ours, recording on: thread-per-connection | thread-pool | process-pool | reactor
//   |
//                                     inline
//   bench_echo plain                  a thread a connection in plain C++
//   bench_echo asio THREADS           Boost.Asio
//     each prints its port; at the end of its stdin it prints "user_ns system_ns dropped" and ends
//   bench_echo load PORT CLIENTS BYTES SECONDS   prints "replies_per_second p50_ns p99_ns replies errors"
//   bench_echo burst PORT CLIENTS                connects all at once; prints the ns until all have their reply
//   bench_echo trip PORT COUNT        one blocking client; prints "p50_ns p99_ns"
#include "core/base/clock.h"
#include "core/echo/address.h"
#include "core/echo/crowd.h"
#include "core/echo/echo_server.h"
#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"

#include <boost/asio.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace poolscope;

namespace {

void upper(char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (bytes[i] >= 'a' && bytes[i] <= 'z') bytes[i] = static_cast<char>(bytes[i] - 32);
}

void printPort(unsigned port) {
  std::printf("%u\n", port);
  std::fflush(stdout);
}

long long ns(const timeval& time) {
  return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1000LL;
}

/// Serves until nobody holds stdin's other end any more, then tells what it cost. `stop` is called between the two.
template <class Stop> int untilEnd(const EventLog* log, Stop&& stop) {
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  stop();
  rusage self{}, children{};
  ::getrusage(RUSAGE_SELF, &self);
  ::getrusage(RUSAGE_CHILDREN, &children);
  std::printf("%lld %lld %llu\n", ns(self.ru_utime) + ns(children.ru_utime), ns(self.ru_stime) + ns(children.ru_stime),
              static_cast<unsigned long long>(log ? log->recording().dropped() : 0));
  std::fflush(stdout);
  std::_Exit(0);
}

int serve(std::string_view mode, std::size_t workers) {
  EventLog log;
  EchoServerOptions options;
  options.answerInline = mode == "inline";
  options.mode = options.answerInline ? ServeMode::Reactor : findServeMode(mode).value();
  options.maxWorkers = workers, options.log = &log, options.stopDeadline = std::chrono::milliseconds(100);
  EchoServer server(options);
  server.start();
  printPort(server.port());
  return untilEnd(&log, [&] {
    if (options.mode == ServeMode::ProcessPool) server.stop(); // what a worker cost is known when it has ended
  });
}

int plain() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int one = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
  ::listen(listener, 1024);
  printPort(boundPort(listener));
  std::thread([listener, one] {
    for (;;) {
      const int client = ::accept(listener, nullptr, nullptr);
      ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      std::thread([client] {
        char buffer[1024];
        for (ssize_t n; (n = ::recv(client, buffer, sizeof buffer, 0)) > 0;) {
          upper(buffer, static_cast<std::size_t>(n));
          if (::send(client, buffer, static_cast<std::size_t>(n), MSG_NOSIGNAL) < 0) break;
        }
        ::close(client);
      }).detach();
    }
  }).detach();
  return untilEnd(nullptr, [] {});
}

using boost::asio::ip::tcp;

struct Session : std::enable_shared_from_this<Session> {
  explicit Session(tcp::socket s) : socket(std::move(s)) {}
  void read() {
    socket.async_read_some(boost::asio::buffer(data), [self = shared_from_this()](auto error, std::size_t count) {
      if (error) return;
      upper(self->data, count);
      boost::asio::async_write(self->socket, boost::asio::buffer(self->data, count), [self](auto failed, std::size_t) {
        if (!failed) self->read();
      });
    });
  }
  tcp::socket socket;
  char data[1024];
};

void acceptNext(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](auto error, tcp::socket socket) {
    if (!error) {
      socket.set_option(tcp::no_delay(true));
      std::make_shared<Session>(std::move(socket))->read();
    }
    acceptNext(acceptor);
  });
}

int asio(int threads) {
  boost::asio::io_context context(threads);
  tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  acceptor.listen(1024);
  printPort(acceptor.local_endpoint().port());
  acceptNext(acceptor);
  for (int i = 0; i < threads; ++i)
    std::thread([&context] { context.run(); }).detach();
  return untilEnd(nullptr, [] {});
}

int load(std::uint16_t port, std::size_t clients, std::size_t bytes, double seconds) {
  CrowdOptions options;
  options.port = port, options.clients = clients, options.messageBytes = bytes;
  Crowd crowd(options);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  crowd.stop();
  const CrowdFigures f = crowd.figures();
  std::printf("%.0f %lld %lld %llu %llu\n", f.repliesPerSecond, static_cast<long long>(f.p50.count()),
              static_cast<long long>(f.p99.count()), static_cast<unsigned long long>(f.replies),
              static_cast<unsigned long long>(f.errors));
  return 0;
}

int burst(std::uint16_t port, std::size_t clients) {
  const std::int64_t begin = monotonicNow();
  CrowdOptions options;
  options.port = port, options.clients = clients, options.thinkTime = std::chrono::hours(1);
  Crowd crowd(options);
  while (crowd.figures().replies < clients && monotonicNow() - begin < 60'000'000'000)
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  std::printf("%lld\n", static_cast<long long>(monotonicNow() - begin));
  return 0;
}

int trip(std::uint16_t port, std::size_t count) {
  const UniqueFd socket = connectTo("127.0.0.1", port);
  std::vector<std::int64_t> times;
  char buffer[16] = "abcdefghijklmno";
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t begin = monotonicNow();
    if (::send(socket.get(), buffer, sizeof buffer, 0) != sizeof buffer ||
        ::recv(socket.get(), buffer, sizeof buffer, MSG_WAITALL) != sizeof buffer)
      return 1;
    times.push_back(monotonicNow() - begin);
  }
  std::sort(times.begin(), times.end());
  std::printf("%lld %lld\n", static_cast<long long>(times[count / 2]), static_cast<long long>(times[count * 99 / 100]));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t i) { return static_cast<std::size_t>(std::atol(words.at(i).c_str())); };
  const std::string what = words.empty() ? "" : words[0];
  if (what == "serve") return serve(words.at(1), number(2));
  if (what == "plain") return plain();
  if (what == "asio") return asio(static_cast<int>(number(1)));
  const auto port = static_cast<std::uint16_t>(words.size() > 1 ? number(1) : 0);
  if (what == "load") return load(port, number(2), number(3), std::atof(words.at(4).c_str()));
  if (what == "burst") return burst(port, number(2));
  if (what == "trip") return trip(port, number(2));
  std::fputs("usage: see the head of tests/bench/echo.cpp\n", stderr);
  return 2;
}
