#include "core/echo/echo_server.h"

#include "core/echo/address.h"
#include "core/event/event_log.h"
#include "core/pool/process/worker_main.h"
#include "tests/support/echo_client.h"
#include "tests/support/echo_fixture.h"
#include "tests/support/process_test.h"
#include "tests/support/socket_faults.h"
#include "tests/support/system_faults.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netdb.h>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

// FAULTS: system calls that fail as the kernel lets them fail under load (F26, F35).

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

class SocketFaultsIn : public testing::TestWithParam<std::tuple<ServeMode, SocketFault>> {};
INSTANTIATE_TEST_SUITE_P(
    Echo, SocketFaultsIn,
    testing::Combine(everyMode(),
                     testing::Values(SocketFault::Interrupted, SocketFault::OneByteSends, SocketFault::OneByteReads,
                                     SocketFault::NotNow, SocketFault::AllOfThem)),
    [](const auto& row) { return modeWord(std::get<0>(row.param)) + socketFaultName(std::get<1>(row.param)); });

class EveryMode : public testing::TestWithParam<ServeMode> {};
INSTANTIATE_TEST_SUITE_P(Echo, EveryMode, everyMode(), modeOfRow);

class AcceptFaults : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Errors, AcceptFaults, testing::Values(EMFILE, ENFILE, ENOBUFS, ENOMEM),
                         [](const auto& row) { return std::string(::strerrorname_np(row.param)); });

std::string randomBytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& c : bytes)
    c = static_cast<char>(random());
  return bytes;
}

std::string upper(std::string bytes) {
  for (char& c : bytes)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return bytes;
}

} // namespace

TEST_P(SocketFaultsIn, giveTheSameBytesAndCountsAndLeaveNothing) {
  constexpr std::size_t kClients = 6, kBytes = 4'000;
  const auto [mode, fault] = GetParam();
  { // what is made once for the whole program is there now
    EchoServer first(serveIn(mode));
    first.start();
  }
  EventLog log;
  const std::size_t descriptors = openDescriptors();
  PoolStats stats;
  {
    const SocketFaults faults(fault);
    EchoServerOptions options = serveIn(mode, 3);
    options.log = &log;
    EchoServer server(options);
    server.start();
    std::vector<std::thread> clients;
    for (unsigned i = 0; i < kClients; ++i)
      clients.emplace_back([&, i] {
        const std::string bytes = randomBytes(kBytes, i);
        EchoClient client(server.port());
        std::thread sender([&] {
          for (std::size_t done = 0; done < kBytes; done += 500)
            ASSERT_TRUE(client.send(std::string_view(bytes).substr(done, 500)));
          client.endSending();
        });
        const std::optional<std::string> got = client.receiveAll();
        sender.join();
        EXPECT_TRUE(got == upper(bytes)) << (got ? std::to_string(got->size()) : "no") << " bytes";
      });
    for (std::thread& client : clients)
      client.join();
    EXPECT_TRUE(eventually([&] { return server.clientCount() == 0; }));
    server.stop();
    stats = server.stats();
  }
  EXPECT_EQ(openDescriptors(), descriptors);
  EXPECT_EQ(stats.done, stats.submitted);
  EXPECT_EQ(stats.failed + stats.cancelled + stats.liveWorkers, 0u);
  const FoldedLog folded(log);
  EXPECT_EQ(folded.broken, "");
  ASSERT_EQ(folded.history.clients().size(), kClients);
  for (const ClientRow& client : folded.history.clients()) {
    EXPECT_EQ(client.cause, DisconnectCause::EndOfStream);
    EXPECT_EQ(client.received, kBytes);
    EXPECT_EQ(client.sent, kBytes);
  }
}

/// Nothing can be accepted, not even to say so: who has connected waits, the server hardly works, and all are served
/// once it can.
TEST_P(AcceptFaults, keepWhoHasConnectedWaiting) {
  std::atomic<int> notes{0};
  std::string sentence; // by the accepting thread, before notes
  EchoServerOptions options = serveIn(ServeMode::ThreadPool);
  options.note = [&](std::string_view said) {
    if (notes == 0) sentence = said;
    ++notes;
  };
  const SocketFaults faults(SocketFault::AsTold);
  SocketFaults::failAccept = GetParam();
  EchoServer server(options);
  server.start();
  const auto begin = std::chrono::steady_clock::now();
  std::vector<EchoClient> clients;
  for (int i = 0; i < 3; ++i)
    clients.emplace_back(server.port());
  const int callsOfALook = GetParam() == EMFILE || GetParam() == ENFILE ? 2 : 1; // the second is for the spare one
  ASSERT_TRUE(eventually([&] { return SocketFaults::accepts >= 4 * callsOfALook; }));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(took, 50ms + 100ms + 200ms) << "the pauses between four looks";
  SocketFaults::failAccept = 0;
  for (EchoClient& client : clients)
    EXPECT_EQ(client.ask("at last"), "AT LAST");
  ASSERT_GE(notes, 1);
  EXPECT_LE(notes, 1 + took / 1s + 1);
  EXPECT_EQ(sentence, "clients are refused: " + std::string(::strerrordesc_np(GetParam())));
}

/// Only the spare descriptor is left: each look tells one client so, and the next is served when there are more.
TEST(AcceptFaultsWithASpare, tellWhoComesThatThereAreTooMany) {
  for (const int error : {EMFILE, ENFILE}) {
    const SocketFaults faults(SocketFault::AsTold);
    SocketFaults::failAccept = error, SocketFaults::spareHelps = true;
    EchoServer server(serveIn(ServeMode::ThreadPool));
    server.start();
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(EchoClient(server.port()).receiveAll(), "ERR too many clients\n");
    SocketFaults::failAccept = 0;
    EXPECT_EQ(EchoClient(server.port()).ask("back"), "BACK");
    server.stop();
    EXPECT_EQ(server.stats().submitted, 1u);
  }
}

/// However many wait, they are told at once, one after the other.
TEST(AcceptFaultsWithASpare, tellAllWhoWaitAtOnce) {
  const SocketFaults faults(SocketFault::AsTold);
  EchoServer server(serveIn(ServeMode::ThreadPool));
  server.start();
  SocketFaults::failAccept = EMFILE, SocketFaults::spareHelps = true;
  std::vector<EchoClient> crowd;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i)
    crowd.emplace_back(server.port());
  for (EchoClient& client : crowd)
    EXPECT_EQ(client.receiveAll(), "ERR too many clients\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s) << "with a pause after each it takes a minute and a half";
  EXPECT_EQ(server.totals().refused, 100u);
}

TEST(LookUpFaults, areSaidAsTheyAre) {
  const SocketFaults faults(SocketFault::AsTold);
  SocketFaults::failLookUp = EAI_NONAME;
  EchoServerOptions options = serveIn(ServeMode::ThreadPool);
  options.host = "nobody", options.port = 80;
  EchoServer server(options);
  try {
    server.start();
    FAIL() << "it listens at an address that there is not";
  } catch (const AddressError& error) {
    EXPECT_STREQ(error.what(), "cannot listen on nobody:80: Name or service not known");
  }
}

/// A name is what it is looked up as, however it reads.
TEST(LookUp, aNameIsServedAtEachOfItsAddresses) {
  g_getaddrinfo = [](const char* host, const char* port, const addrinfo* wanted, addrinfo** found) {
    const std::string_view name(host);
    if (!name.ends_with(".example")) return ::getaddrinfo(host, port, wanted, found);
    const bool both = name == "both.example";
    const int error = ::getaddrinfo(both ? "127.0.0.1" : "0.0.0.0", port, wanted, found);
    return error != 0 || !both ? error : ::getaddrinfo("::1", port, wanted, &(*found)->ai_next);
  };
  EchoServerOptions options = serveIn(ServeMode::ThreadPool);
  options.host = "both.example";
  EchoServer server(options);
  server.start();
  EXPECT_FALSE(server.reachableFromNetwork());
  EXPECT_EQ(EchoClient(server.port()).ask("a"), "A");
  const std::string v4 = "127.0.0.1:" + std::to_string(server.port());
  ASSERT_FALSE(server.addresses().empty());
  EXPECT_EQ(server.addresses()[0], v4);
  if (server.addresses().size() == 2) { // the machine has the other, too
    EXPECT_EQ(server.addresses()[1], "[::1]:" + std::to_string(server.port()));
    const UniqueFd six = connectTo("::1", server.port());
    char answer = 0;
    EXPECT_EQ(::send(six.get(), "b", 1, MSG_NOSIGNAL), 1);
    EXPECT_EQ(::recv(six.get(), &answer, 1, 0), 1);
    EXPECT_EQ(answer, 'B');
  }
  options.host = "127.0.0.1.example"; // looks like this machine alone, and is every address of it
  EchoServer open(options);
  open.start();
  EXPECT_TRUE(open.reachableFromNetwork());
  server.stop(), open.stop();
  g_getaddrinfo = ::getaddrinfo;
}

/// Worker processes that cannot be made: that is told, with the reason, and nobody is left waiting.
TEST(ProcessFaults, aPoolWithoutWorkersIsToldAsBroken) {
  for (std::atomic<int>* fault : {&SystemFaults::failDup, &SystemFaults::failPidfd}) {
    const SystemFaults faults;
    std::atomic<bool> told{false};
    std::string why; // before told
    EchoServerOptions options = serveIn(ServeMode::ProcessPool, 1);
    options.broken = options.note = [&](std::string_view sentence) {
      if (told) return;
      why = sentence;
      told = true;
    };
    EchoServer server(options);
    server.start();
    *fault = EMFILE;
    EchoClient client(server.port());
    EXPECT_EQ(client.receiveAll(), "");
    ASSERT_TRUE(eventually([&] { return told.load(); }));
    EXPECT_NE(why.find("Too many open files"), std::string::npos) << why;
    server.stop();
  }
}

TEST_P(EveryMode, acceptTheNextWhenOneHasGoneMeanwhile) {
  const SocketFaults faults(SocketFault::AsTold);
  SocketFaults::failAccept = ECONNABORTED, SocketFaults::failAcceptTimes = 5;
  EchoServer server(serveIn(GetParam()));
  server.start();
  EXPECT_EQ(EchoClient(server.port()).ask("next"), "NEXT");
  EXPECT_EQ(SocketFaults::accepts, 5);
}

/// What a system call cannot do for one client is that client's end and nobody else's.
TEST(SendFaults, endOneClientAndNoOther) {
  for (const ServeMode mode : {ServeMode::ThreadPerConnection, ServeMode::ThreadPool, ServeMode::Reactor}) {
    const SocketFaults faults(SocketFault::AsTold);
    EventLog log;
    EchoServerOptions options = serveIn(mode);
    options.log = &log;
    EchoServer server(options);
    server.start();
    EchoClient neighbour(server.port());
    ASSERT_EQ(neighbour.ask("a"), "A");
    EchoClient unlucky(server.port());
    ASSERT_EQ(unlucky.ask("b"), "B");
    SocketFaults::failSend = ENOBUFS;
    ASSERT_TRUE(unlucky.send("c"));
    EXPECT_EQ(unlucky.receive(1), "");
    ASSERT_TRUE(eventually([&] { return server.clientCount() == 1; }));
    EXPECT_EQ(neighbour.ask("d"), "D");
    server.stop();
    const FoldedLog folded(log);
    EXPECT_EQ(folded.broken, "");
    ASSERT_EQ(folded.history.clients().size(), 2u);
    EXPECT_EQ(folded.history.clients()[1].cause, DisconnectCause::Error);
  }
}

TEST(ReactorFaults, aClientThatCannotBeWatchedIsClosedAndNoOther) {
  const SocketFaults faults(SocketFault::AsTold);
  EchoServer server(serveIn(ServeMode::Reactor));
  server.start();
  EchoClient neighbour(server.port());
  ASSERT_EQ(neighbour.ask("a"), "A");
  SocketFaults::failWatch = ENOSPC;
  EchoClient(server.port()).receiveAll();
  EXPECT_TRUE(eventually([&] { return server.clientCount() == 1; }));
  EXPECT_EQ(neighbour.ask("d"), "D");
}

/// The test is its own worker program, so that it needs none beside it.
int main(int argc, char** argv) {
  SocketFaults::inheritInWorker();
  if (const auto code = poolscope::runWorkerIfRequested(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
