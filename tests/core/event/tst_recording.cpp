#include "core/base/pages.h"
#include "core/event/recording.h"

#include <gtest/gtest.h>

#include <cstdint>

using namespace poolscope;

namespace {

void appendBytes(Recording& recording, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes / sizeof(Event); ++i)
    recording.append(Event{});
  recording.publish();
}

} // namespace

TEST(Recording, asksForTheNextHugePageOnceTheOneBeforeIsHalfFull) {
  Recording recording;
  EXPECT_TRUE(recording.toPrepare().empty());
  appendBytes(recording, kHugePage / 2 - 4800);
  EXPECT_TRUE(recording.toPrepare().empty());
  appendBytes(recording, 9600);
  const auto next = recording.toPrepare();
  ASSERT_EQ(next.size(), kHugePage);
  const auto firstEvent = reinterpret_cast<std::uintptr_t>(&recording[0]);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(next.data()), firstEvent + kHugePage);
  EXPECT_TRUE(recording.toPrepare().empty()) << "each is asked for once";
}

TEST(Recording, whatWasPreparedIsWhereTheNextEventsGo) {
  Recording recording;
  for (std::size_t page = 0; page < 7; ++page) { // over two ends of a chunk, which is three huge pages
    appendBytes(recording, kHugePage - kHugePage / 4);
    const auto next = recording.toPrepare();
    ASSERT_EQ(next.size(), kHugePage) << page;
    Pages::populate(next.data(), next.size());
    while ((recording.size() - 1) * sizeof(Event) / kHugePage <= page)
      appendBytes(recording, sizeof(Event));
    const auto place = reinterpret_cast<std::uintptr_t>(&recording[recording.size() - 1]);
    EXPECT_GE(place, reinterpret_cast<std::uintptr_t>(next.data()));
    EXPECT_LT(place, reinterpret_cast<std::uintptr_t>(next.data()) + sizeof(Event));
  }
}

TEST(Recording, preparesNothingBeyondItsBound) {
  Recording recording(kHugePage);
  appendBytes(recording, 2 * kHugePage);
  EXPECT_EQ(recording.size(), kHugePage / sizeof(Event));
  EXPECT_GT(recording.dropped(), 0u);
  EXPECT_TRUE(recording.toPrepare().empty());
}
