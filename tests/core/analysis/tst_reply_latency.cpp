#include "core/analysis/reply_latency.h"

#include <gtest/gtest.h>

using namespace poolscope;

namespace {

/// Clients' events at given times, in nanoseconds.
struct Fixture {
  Recording recording;
  ReplyLatency latency;

  Fixture& add(std::int64_t t, EventKind kind, std::uint32_t client, std::int64_t bytes = 0, std::uint32_t lag = 0) {
    Event event;
    event.t = t, event.kind = kind, event.d = client, event.c = lag;
    if (kind == EventKind::ClientReceived || kind == EventKind::ClientSent) event.setAb(bytes);
    recording.append(event);
    recording.publish();
    return *this;
  }
  Fixture& received(std::int64_t t, std::uint32_t client, std::int64_t bytes, std::uint32_t lag = 0) {
    return add(t, EventKind::ClientReceived, client, bytes, lag);
  }
  Fixture& sent(std::int64_t t, std::uint32_t client, std::int64_t bytes, std::uint32_t lag = 0) {
    return add(t, EventKind::ClientSent, client, bytes, lag);
  }
  bool advance() { return latency.advance(recording, recording.size()); }
  std::uint64_t count(std::uint32_t client) const {
    const LatencyHistogram* replies = latency.of(ClientId{client});
    return replies ? replies->count() : 0;
  }
  std::int64_t most(std::uint32_t client) const { return latency.of(ClientId{client})->most(); }
};

} // namespace

TEST(ReplyLatency, measuresFromReadingToTheWholeAnswerOfEachClient) {
  Fixture f;
  f.received(100, 1, 5).received(110, 2, 3).sent(150, 1, 2).sent(170, 2, 3).sent(190, 1, 3);
  EXPECT_TRUE(f.advance());
  EXPECT_EQ(f.count(1), 1u);
  EXPECT_EQ(f.most(1), 90);
  EXPECT_EQ(f.most(2), 60);
}

TEST(ReplyLatency, whatIsToldInOneWithItsAnswerIsNotMeasured) {
  Fixture f;
  f.received(100, 1, 500).sent(100, 1, 500); // twenty milliseconds of a busy client
  f.received(200, 1, 540).sent(200, 1, 500).sent(230, 1, 40);
  f.advance();
  EXPECT_EQ(f.count(1), 1u);
  EXPECT_EQ(f.most(1), 30);
}

TEST(ReplyLatency, aWorkerProcesssOwnTimesCount) {
  Fixture f;
  f.received(1'000, 1, 5, 900).sent(1'000, 1, 5, 860); // its pool heard of both at once
  f.advance();
  EXPECT_EQ(f.most(1), 40);
}

TEST(ReplyLatency, goesOnInPiecesAndBeginsAnewWhenTheCursorMovesBack) {
  Fixture f;
  f.received(100, 1, 5).sent(150, 1, 5).received(200, 1, 5).sent(300, 1, 5);
  EXPECT_FALSE(f.latency.advance(f.recording, 4, 3));
  EXPECT_EQ(f.count(1), 1u);
  EXPECT_TRUE(f.latency.advance(f.recording, 4, 3));
  EXPECT_EQ(f.count(1), 2u);
  EXPECT_TRUE(f.latency.advance(f.recording, 2));
  EXPECT_EQ(f.count(1), 1u);
  EXPECT_EQ(f.most(1), 50);
}

TEST(ReplyLatency, whoHasLeftAndWhatWasLostIsForgotten) {
  Fixture f;
  f.received(100, 1, 5).sent(150, 1, 5).add(160, EventKind::ClientDisconnected, 1);
  f.received(170, 2, 5).add(180, EventKind::Dropped, 0).sent(400, 2, 5);
  f.received(500, 2, 5).sent(520, 2, 5);
  f.advance();
  EXPECT_EQ(f.latency.of(ClientId{1}), nullptr);
  EXPECT_EQ(f.count(2), 1u);
  EXPECT_EQ(f.most(2), 20);
}
