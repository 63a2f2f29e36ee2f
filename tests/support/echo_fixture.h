#pragma once

#include "core/echo/echo_server.h"
#include "core/event/event_log.h"
#include "core/event/pool_state.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace poolscope::test {

inline EchoServerOptions serveIn(ServeMode mode, std::size_t workers = 4) {
  EchoServerOptions options;
  options.mode = mode, options.maxWorkers = workers;
  return options;
}

/// A mode as a word for a test's name.
inline std::string modeWord(ServeMode mode) {
  std::string word;
  for (const char c : serveModeName(mode))
    if (c != '-') word += c;
  return word;
}

/// For tests of all modes: INSTANTIATE_TEST_SUITE_P(Echo, Suite, everyMode(), modeOfRow).
inline auto everyMode() {
  return testing::Values(ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool,
                         ServeMode::Reactor);
}
inline std::string modeOfRow(const testing::TestParamInfo<ServeMode>& row) {
  return modeWord(row.param);
}

/// A log's state now, its invariants checked after every event.
struct FoldedLog {
  explicit FoldedLog(EventLog& log) {
    const std::uint64_t count = log.drainNow();
    const Recording& recording = log.recording();
    for (std::uint64_t q = 0; q < count; ++q) {
      StateFold::extend(state, history, recording[q]);
      if (broken.empty()) broken = StateFold::checkInvariants(state, history);
    }
  }
  const PoolLive& pool(const EchoServer& server) const { return *state.pool(server.pool()); }

  PoolState state;
  TaskHistory history;
  std::string broken;
};

/// Until the condition holds, at most 20 s; true when it did. For what has no event that a test could wait for.
template <class F> bool eventually(F&& condition) {
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
       std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return condition();
}

} // namespace poolscope::test
