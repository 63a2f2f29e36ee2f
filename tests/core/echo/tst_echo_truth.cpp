#include "core/echo/echo_server.h"

#include "core/event/event_log.h"
#include "core/pool/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

TEST(EchoServer, itsClientsAreThoseOfTheKernel) {
  for (const ServeMode mode :
       {ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::ProcessPool, ServeMode::Reactor}) {
    EventLog log;
    EchoServerOptions options = serveIn(mode);
    options.log = &log;
    EchoServer server(options);
    server.start();
    std::vector<EchoClient> clients;
    std::set<std::string> expected;
    for (int i = 0; i < 30; ++i) {
      clients.emplace_back(server.port());
      expected.insert(clients.back().name());
    }
    ASSERT_TRUE(eventually([&] { return server.clientCount() == 30; }));
    const FoldedLog folded(log);
    std::set<std::string> told, kernels;
    for (const auto& [id, client] : folded.state.clients)
      told.insert(std::string(log.recording().texts().text(client.peer)));
    std::ifstream table("/proc/net/tcp");
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
      unsigned localPort = 0, remotePort = 0, state = 0;
      std::sscanf(line.c_str(), " %*u: %*x:%x %*x:%x %x", &localPort, &remotePort, &state);
      if (localPort == server.port() && state == 1) kernels.insert("127.0.0.1:" + std::to_string(remotePort));
    }
    EXPECT_EQ(told, expected);
    EXPECT_EQ(kernels, expected);
  }
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
