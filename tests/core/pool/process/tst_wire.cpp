#include "core/pool/process/ledger.h"
#include "core/pool/process/wire.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

namespace poolscope::wire {
namespace {

std::string everyMessage() {
  std::string out;
  append(out, Hello{kVersion, 1205, "build", FunctionRef{"setUp", {}, 0}});
  append(out, Hello{kVersion, 1206, "build", {}});
  append(out, Task{1, {"upper", {}, 0}, "arguments"});
  append(out, Task{2, {{}, "image", 4711}, {}});
  append(out, Started{1, 100});
  append(out, Blocked{1, 110, 3});
  append(out, Unblocked{1, 120});
  append(out, Log{1, 130, "子进程0 is running, it is pid 1205"});
  append(out, Client{1, 140, 7, 16, 15, 2});
  append(out, Result{1, 150, std::string_view("a\0b", 3)});
  append(out, Error{2, 160, "std::runtime_error", "doh!", "outer\n"});
  append(out, Cancel{9});
  append(out, Bye{2});
  append(out, Descriptor{7});
  append(out, Sampled{1, 145, 12'000'000});
  return out;
}

void put(FrameReader& reader, std::string_view bytes) {
  const auto room = reader.room(bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  reader.filled(bytes.size());
}

/// Decodes what the tag says. False when the body is not exactly that.
bool decodes(const Frame& frame) {
  switch (frame.tag) {
  case Tag::Hello:
    return decodeHello(frame.body).has_value();
  case Tag::Task:
    return decodeTask(frame.body).has_value();
  case Tag::Started:
    return decodeStarted(frame.body).has_value();
  case Tag::Blocked:
    return decodeBlocked(frame.body).has_value();
  case Tag::Unblocked:
    return decodeUnblocked(frame.body).has_value();
  case Tag::Log:
    return decodeLog(frame.body).has_value();
  case Tag::Client:
    return decodeClient(frame.body).has_value();
  case Tag::Result:
    return decodeResult(frame.body).has_value();
  case Tag::Error:
    return decodeError(frame.body).has_value();
  case Tag::Cancel:
    return decodeCancel(frame.body).has_value();
  case Tag::Bye:
    return decodeBye(frame.body).has_value();
  case Tag::Descriptor:
    return decodeDescriptor(frame.body).has_value();
  case Tag::Sampled:
    return decodeSampled(frame.body).has_value();
  }
  return false;
}

TEST(Wire, everyMessageSurvivesTheWay) {
  FrameReader reader;
  put(reader, everyMessage());
  const auto hello = decodeHello(reader.next()->body);
  ASSERT_TRUE(hello && hello->initializer);
  EXPECT_EQ(hello->pid, 1205u);
  EXPECT_EQ(hello->initializer->name, "setUp");
  EXPECT_FALSE(decodeHello(reader.next()->body)->initializer);
  const auto task = decodeTask(reader.next()->body);
  ASSERT_TRUE(task);
  EXPECT_EQ(task->function.name, "upper");
  EXPECT_EQ(task->arguments, "arguments");
  EXPECT_EQ(decodeTask(reader.next()->body)->function, (FunctionRef{{}, "image", 4711}));
  EXPECT_EQ(decodeStarted(reader.next()->body)->stamp, 100);
  EXPECT_EQ(decodeBlocked(reader.next()->body)->reason, 3);
  EXPECT_EQ(decodeUnblocked(reader.next()->body)->stamp, 120);
  EXPECT_EQ(decodeLog(reader.next()->body)->text, "子进程0 is running, it is pid 1205");
  EXPECT_EQ(decodeClient(reader.next()->body)->messages, 2u);
  EXPECT_EQ(decodeResult(reader.next()->body)->value, std::string_view("a\0b", 3));
  const auto error = decodeError(reader.next()->body);
  EXPECT_EQ(error->type, "std::runtime_error");
  EXPECT_EQ(error->what, "doh!");
  EXPECT_EQ(error->trace, "outer\n");
  EXPECT_EQ(decodeCancel(reader.next()->body)->ticket, 9u);
  EXPECT_EQ(decodeBye(reader.next()->body)->reason, 2);
  EXPECT_EQ(decodeDescriptor(reader.next()->body)->ticket, 7u);
  const auto sampled = decodeSampled(reader.next()->body);
  EXPECT_EQ(sampled->stamp, 145);
  EXPECT_EQ(sampled->cpu, 12'000'000);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.error().empty());
  EXPECT_EQ(reader.pending(), 0u);
}

TEST(Wire, framesArriveWholeHoweverTheyAreSplit) {
  const std::string all = everyMessage();
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    FrameReader reader;
    int frames = 0;
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t part = std::min<std::size_t>(1 + random() % (round < 2 ? 1 : 40), all.size() - at);
      put(reader, std::string_view(all).substr(at, part));
      at += part;
      while (const auto frame = reader.next()) {
        EXPECT_TRUE(decodes(*frame));
        ++frames;
      }
    }
    EXPECT_EQ(frames, 15);
  }
}

TEST(Wire, aLengthOfZeroOrAboveTheBoundIsAnError) {
  for (const std::uint32_t length : {0u, static_cast<std::uint32_t>(kMostFrameBytes) + 1, 0xFFFFFFFFu}) {
    FrameReader reader;
    put(reader, {reinterpret_cast<const char*>(&length), sizeof length});
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.error().empty()) << length;
    put(reader, everyMessage());
    EXPECT_FALSE(reader.next()) << "a broken stream stays broken";
  }
}

TEST(Wire, anUnknownTagIsAnErrorBeforeItsBodyCame) {
  for (const char tag : {'\0', '\x0E', '\xFF'}) {
    FrameReader reader;
    put(reader, std::string("\x10\0\0\0", 4) + tag);
    EXPECT_FALSE(reader.next());
    EXPECT_NE(reader.error().find("unknown tag"), std::string::npos);
  }
}

TEST(Wire, aLengthAloneAllocatesNothing) {
  FrameReader reader;
  const auto length = static_cast<std::uint32_t>(kMostFrameBytes);
  put(reader, {reinterpret_cast<const char*>(&length), sizeof length});
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.error().empty());
  EXPECT_LT(reader.room(1).size(), 128u * 1024);
}

TEST(Wire, aBodyTooShortOrTooLongIsNoMessage) {
  FrameReader reader;
  put(reader, everyMessage());
  while (const auto frame = reader.next()) {
    // Messages that end in free bytes take more or fewer of them.
    const bool open = frame->tag == Tag::Task || frame->tag == Tag::Log || frame->tag == Tag::Result;
    if (open) continue;
    std::string longer(frame->body);
    EXPECT_TRUE(decodes({frame->tag, longer}));
    longer.push_back('x');
    EXPECT_FALSE(decodes({frame->tag, longer}));
    for (std::size_t size = 0; size < frame->body.size(); ++size)
      EXPECT_FALSE(decodes({frame->tag, frame->body.substr(0, size)}));
  }
}

TEST(Wire, aHugeFrameGivesItsMemoryBack) {
  FrameReader reader;
  std::string big;
  append(big, Result{1, 2, std::string(8 << 20, 'x')});
  for (std::size_t at = 0; at < big.size(); at += 65536)
    put(reader, std::string_view(big).substr(at, 65536));
  EXPECT_EQ(decodeResult(reader.next()->body)->value.size(), 8u << 20);
  EXPECT_LT(reader.room(1).size(), 128u * 1024);
}

TEST(Ledger, aTaskIsClaimedOrRecalledNeverBoth) {
  Ledger pool = Ledger::make();
  ASSERT_TRUE(pool.valid());
  Ledger worker = Ledger::adopt(UniqueFd(::dup(pool.descriptor())));
  ASSERT_TRUE(worker.valid());
  pool.offer(5);
  EXPECT_TRUE(worker.claim(5));
  EXPECT_FALSE(pool.recall(5));
  pool.offer(6);
  EXPECT_TRUE(pool.recall(6));
  EXPECT_FALSE(worker.claim(6));
  pool.offer(5 + Ledger::kPlaces);
  EXPECT_FALSE(worker.claim(5)) << "a place that was used again is not the old task's";
}

TEST(Ledger, theOutboxKeepsWhatWasNotSent) {
  Ledger pool = Ledger::make();
  Ledger worker = Ledger::adopt(UniqueFd(::dup(pool.descriptor())));
  const std::string part(1000, 'a');
  std::string all;
  for (int i = 0; i < 100; ++i) {
    std::string piece = part;
    piece[0] = static_cast<char>('A' + i % 26);
    worker.write(piece);
    all += piece;
  }
  const std::uint64_t received = all.size() - 30'000;
  ASSERT_TRUE(pool.holds(received));
  std::string rest;
  while (received + rest.size() < pool.written())
    rest += pool.at(received + rest.size());
  EXPECT_EQ(rest, all.substr(received));
  EXPECT_FALSE(pool.holds(0)) << "it was overwritten";
  EXPECT_FALSE(pool.holds(all.size() + 1)) << "a worker cannot have sent what it has not written";
}

} // namespace
} // namespace poolscope::wire
