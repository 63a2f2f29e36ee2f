#include "core/event/event_log.h"
#include "core/pool/process_pool_executor.h"
#include "core/pool/wait.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

// One figure of the process pool, or of the machine's floor, for processes.py:
//   bench_processes ours submit|map1|map100|trip|start|memory COUNT WORKERS      bench_processes socketpair trip COUNT
//   1
// Recording is on, as in the window.

using namespace poolscope;
using Clock = std::chrono::steady_clock;

namespace {

int same(int x) {
  return x;
}
int answer() {
  ::usleep(1000); // long enough that the other worker gets the other task
  return ::getpid();
}

double nsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

void printQuantiles(std::vector<double> ns) {
  std::sort(ns.begin(), ns.end());
  std::printf("%f %f\n", ns[ns.size() / 2], ns[ns.size() * 99 / 100]);
}

void printMemory(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  double pss = 0, dirty = 0;
  for (std::string word; file >> word;) {
    if (word == "Pss:") file >> pss;
    if (word == "Private_Dirty:") file >> dirty;
  }
  std::printf("%f %f\n", pss, dirty);
}

int ours(const std::string& what, int count, std::size_t workers) {
  EventLog log;
  ProcessPoolOptions options;
  options.maxWorkers = workers, options.log = &log;
  const auto born = Clock::now();
  ProcessPoolExecutor pool(options);
  if (what == "start") {
    auto first = pool.submit<&answer>(), second = pool.submit<&answer>();
    first.result(), second.result();
    std::printf("%f\n", nsSince(born));
    return 0;
  }
  std::vector<Future<int>> warm;
  for (std::size_t i = 0; i < workers; ++i)
    warm.push_back(pool.submit<&answer>());
  wait(warm);
  const auto start = Clock::now();
  if (what == "submit") {
    std::vector<Future<int>> futures;
    futures.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
      futures.push_back(pool.submit<&same>(i));
    for (auto& future : futures)
      future.result();
    std::printf("%f\n", nsSince(start) / count);
  } else if (what == "map1" || what == "map100") {
    std::vector<int> in(static_cast<std::size_t>(count));
    std::iota(in.begin(), in.end(), 0);
    long sum = 0;
    for (const int value : pool.map<&same>(in, {.chunkSize = what == "map1" ? 1u : 100u}))
      sum += value;
    if (sum != long{count} * (count - 1) / 2) return 1;
    std::printf("%f\n", nsSince(start) / count);
  } else if (what == "trip") {
    std::vector<double> ns;
    for (int i = 0; i < count; ++i) {
      const auto begin = Clock::now();
      pool.submit<&same>(i).result();
      ns.push_back(nsSince(begin));
    }
    printQuantiles(std::move(ns));
  } else if (what == "memory") {
    for (int i = 0; i < count; ++i)
      pool.submit<&same>(i).result();
    printMemory(pool.workerPids().at(0));
  } else {
    return 2;
  }
  return 0;
}

/// 64 bytes to another process and back.
int socketpairTrip(int count) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 1;
  char bytes[64] = {};
  if (::fork() == 0) {
    ::close(pair[0]);
    while (::recv(pair[1], bytes, sizeof bytes, 0) > 0)
      if (::send(pair[1], bytes, sizeof bytes, 0) < 0) break;
    ::_exit(0);
  }
  std::vector<double> ns;
  for (int i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    if (::send(pair[0], bytes, sizeof bytes, 0) < 0 || ::recv(pair[0], bytes, sizeof bytes, 0) <= 0) return 1;
    ns.push_back(nsSince(begin));
  }
  printQuantiles(std::move(ns));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (const auto code = runWorkerIfRequested(argc, argv)) return *code;
  if (argc != 5) return 2;
  const int count = std::atoi(argv[3]);
  if (std::string(argv[1]) == "socketpair") return socketpairTrip(count);
  return ours(argv[2], count, static_cast<std::size_t>(std::atoi(argv[4])));
}
