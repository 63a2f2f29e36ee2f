#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/pool/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {
class EchoLoad : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, EchoLoad, everyMode(), modeOfRow);
} // namespace

TEST_P(EchoLoad, keepTheMemoryOfAnEndlessStreamSmall) {
  EventLog log;
  EchoServerOptions options = serveIn(GetParam());
  options.log = &log;
  EchoServer server(options);
  server.start();
  const auto residentKiB = [] {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == "VmRSS:") {
        std::size_t kib = 0;
        status >> kib;
        return kib;
      }
    return std::size_t{0};
  };
  EchoClient client(server.port());
  const std::size_t pieces = 1'000; // of 64 KiB
  const std::string piece(65'536, 'y');
  const std::size_t before = residentKiB();
  std::thread sender([&] {
    for (std::size_t i = 0; i < pieces; ++i)
      ASSERT_TRUE(client.send(piece));
    client.endSending();
  });
  std::size_t got = 0;
  for (std::string part; !(part = client.receive(65'536)).empty(); got += part.size()) {
  }
  sender.join();
  EXPECT_EQ(got, pieces * piece.size());
#ifndef __SANITIZE_ADDRESS__ // which keeps what is freed for a while
  EXPECT_LT(residentKiB(), before + 16 * 1024);
#else
  static_cast<void>(before);
#endif
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
