#include "core/base/unique_fd.h"
#include "core/event/chrome_trace_reader.h"
#include "core/event/chrome_trace_writer.h"
#include "core/event/state_history.h"
#include "tests/support/event_maker.h"
#include "tests/support/process_test.h"
#include "tests/support/random_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <random>
#include <sstream>
#include <stop_token>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace poolscope;
using namespace poolscope::test;

namespace {

/// The file that a recording becomes, in memory.
std::string written(const Recording& recording, std::uint32_t processId = 77) {
  std::string file;
  ChromeTraceWriter writer(
      recording, [&](std::string_view part) { return file += part, 0; }, processId);
  writer.finish();
  return file;
}

TraceReadResult read(const std::string& file, Recording& into) {
  std::istringstream in(file);
  return readChromeTrace(in, into);
}

/// The event's text fields point into another table: the same words may have other numbers there.
std::string wordsAndNumbers(const Recording& recording, Event event) {
  std::ostringstream out;
  for (const EventField& field : eventFields(event.kind)) {
    if (field.type != FieldType::Text) continue;
    std::uint32_t& id = field.place == FieldPlace::A   ? event.a
                        : field.place == FieldPlace::B ? event.b
                        : field.place == FieldPlace::C ? event.c
                                                       : event.d;
    out << field.name << '=' << recording.texts().text(TextId{id}) << ' ';
    id = 0;
  }
  out << eventKindName(event.kind) << " t" << event.t << " o" << event.order << " #" << event.task << " p"
      << event.pool.value() << " s" << event.slot << " f" << int(event.flag) << " a" << event.a << " b" << event.b
      << " c" << event.c << " d" << event.d;
  return out.str();
}

/// The first `count` events are the same; empty, or where they differ.
std::string difference(const Recording& one, const Recording& other, std::uint64_t count) {
  for (std::uint64_t q = 0; q < count; ++q)
    if (const auto a = wordsAndNumbers(one, one[q]), b = wordsAndNumbers(other, other[q]); a != b)
      return "event " + std::to_string(q) + ": " + a + " is not " + b;
  return {};
}

struct Kept {
  explicit Kept(const std::string& file) { result = read(file, recording); }
  Recording recording;
  TraceReadResult result;
};

std::string eventLine(int q, const std::string& time, const std::string& rest) {
  return "{\"name\":\"Submitted\",\"cat\":\"poolscope\",\"ph\":\"i\",\"ts\":" + time +
         ",\"args\":{\"q\":" + std::to_string(q) + ",\"pool\":1" + rest + "}}";
}

} // namespace

class Seeds : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(ChromeTrace, Seeds, testing::Range<std::uint64_t>(1, 21));

TEST_P(Seeds, eventsToFileToEventsAreIdentical) {
  Recording recording;
  const RandomRun run(GetParam(), 400, recording, 1000);
  const Kept kept(written(recording));
  EXPECT_EQ(kept.result.fault, TraceFault::None);
  EXPECT_TRUE(kept.result.closed);
  EXPECT_EQ(kept.result.processId, 77u);
  ASSERT_EQ(kept.recording.size(), recording.size());
  EXPECT_EQ(difference(recording, kept.recording, recording.size()), "");
}

TEST_P(Seeds, aFileThatFollowsARecordingTellsTheSameAsOneWrittenAtTheEnd) {
  Recording all, growing;
  const RandomRun run(GetParam(), 200, all, 1000);
  std::string file;
  ChromeTraceWriter writer(
      growing, [&](std::string_view part) { return file += part, 0; }, 77);
  for (std::uint64_t q = 0; q < all.size(); ++q) {
    Event event = all[q];
    for (const EventField& field : eventFields(event.kind))
      if (field.type == FieldType::Text) {
        std::uint32_t& id = field.place == FieldPlace::A ? event.a : field.place == FieldPlace::C ? event.c : event.d;
        id = growing.texts().intern(all.texts().text(TextId{id})).value();
      }
    growing.append(event);
    growing.publish();
    if (q % 7 == 0) {
      writer.update();
      const Kept kept(file); // open, as after a kill -9
      ASSERT_EQ(kept.result.fault, TraceFault::None);
      ASSERT_FALSE(kept.result.closed);
      ASSERT_EQ(kept.recording.size(), q + 1);
    }
  }
  writer.finish();
  const Kept kept(file);
  ASSERT_EQ(kept.recording.size(), all.size());
  EXPECT_EQ(difference(all, kept.recording, all.size()), "");
}

TEST(ChromeTrace, everyFieldAtItsBoundsSurvives) {
  Recording recording;
  const std::uint32_t text = recording.texts().intern("\"quoted\" \\ \n\t\x01\x7f 主线程 \U0001F600").value();
  std::int64_t t = 0;
  for (std::size_t i = 0; i < kEventKindCount; ++i)
    for (const bool greatest : {false, true}) {
      Event event;
      event.kind = static_cast<EventKind>(i), event.t = t++, event.pool = PoolId{greatest ? UINT32_MAX : 1};
      event.order = greatest ? std::uint64_t{1} << 62 : 0;
      for (const EventField& field : eventFields(event.kind)) {
        const std::uint32_t word = field.type == FieldType::Text ? text : greatest ? UINT32_MAX : 0;
        const std::int64_t wide = (greatest ? 1 : -1) * (std::int64_t{1} << 62);
        switch (field.place) {
        case FieldPlace::Task:
          event.task = greatest ? UINT64_MAX : 1;
          break;
        case FieldPlace::Slot:
          event.slot = static_cast<SlotIndex>(field.type == FieldType::Priority ? (greatest ? INT16_MAX : INT16_MIN)
                                              : greatest                        ? 4095
                                                                                : kNoSlot);
          break;
        case FieldPlace::Flag:
          event.flag = greatest ? field.most : 0;
          break;
        case FieldPlace::A:
          event.a = word;
          break;
        case FieldPlace::B:
          event.b = event.kind == EventKind::PoolOpened || event.kind == EventKind::PoolResized ? 4096 : word;
          break;
        case FieldPlace::C:
          event.c = word;
          break;
        case FieldPlace::D:
          event.d = word;
          break;
        case FieldPlace::AB:
          event.setAb(wide);
          break;
        case FieldPlace::CD:
          event.setCd(wide);
          break;
        }
      }
      recording.append(event);
    }
  recording.publish();
  const Kept kept(written(recording));
  EXPECT_EQ(kept.result.fault, TraceFault::None);
  ASSERT_EQ(kept.recording.size(), recording.size());
  EXPECT_EQ(difference(recording, kept.recording, recording.size()), "");
}

TEST(ChromeTrace, aFileCutAtAnyByteGivesWhatIsWholeAndSaysWhereItStopped) {
  Recording recording;
  const RandomRun run(5, 60, recording, 1000);
  const std::string file = written(recording);
  std::vector<std::size_t> lineEnds, eventEnds; // where a line, and an event of ours, is whole
  for (std::size_t begin = 2; begin < file.size() - 3;) {
    const std::size_t end = file.find('\n', begin);
    lineEnds.push_back(file[end - 1] == ',' ? end - 1 : end);
    if (file.substr(begin, end - begin).find(R"("cat":"poolscope")") != std::string::npos)
      eventEnds.push_back(lineEnds.back());
    begin = end + 1;
  }
  ASSERT_EQ(eventEnds.size(), recording.size());
  constexpr std::size_t kStep = kSanitized ? 8 : 1; // ThreadSanitizer takes 14 ms to give back a recording's memory
  std::vector<std::size_t> cuts;
  for (std::size_t cut = file.size() - 4096; cut <= file.size(); cut += kStep)
    cuts.push_back(cut);
  std::minstd_rand random(1);
  while (cuts.size() < 5000 / kStep)
    cuts.push_back(1000 + random() % (file.size() - 1000));
  for (const std::size_t cut : cuts) {
    const Kept kept(file.substr(0, cut));
    const auto whole = std::upper_bound(eventEnds.begin(), eventEnds.end(), cut) - eventEnds.begin();
    ASSERT_EQ(kept.recording.size(), static_cast<std::uint64_t>(whole)) << "cut at " << cut;
    ASSERT_EQ(kept.result.events, kept.recording.size());
    const std::size_t lineEnd = *std::prev(std::upper_bound(lineEnds.begin(), lineEnds.end(), cut));
    if (cut - lineEnd <= 2 || lineEnd == lineEnds.back()) { // behind the line, its comma, its newline
      ASSERT_EQ(kept.result.fault, TraceFault::None) << "cut at " << cut;
    } else {
      ASSERT_EQ(kept.result.stoppedAt, cut);
      ASSERT_EQ(kept.result.fault, TraceFault::CutShort);
    }
    if (cut % 100 == 0) {
      ASSERT_EQ(difference(recording, kept.recording, kept.recording.size()), "");
    }
  }
}

TEST(ChromeTrace, flippedBitsNeverCrashTheReaderNorTheFold) {
  Recording recording;
  const RandomRun run(6, 30, recording, 1000);
  const std::string whole = written(recording);
  std::minstd_rand random(1);
  const int times = kSanitized ? 1'000 : 10'000; // for the same reason
  for (int i = 0; i < times; ++i) {
    std::string file = whole.substr(0, 8'000);
    for (int n = 0; n < 1 + i % 3; ++n)
      file[random() % file.size()] ^= static_cast<char>(1 << random() % 8);
    const Kept kept(file);
    if (i % 20 != 0) continue;
    StateHistory states(kept.recording);
    states.advance();
    states.stateAfter(kept.recording.size() / 2);
  }
}

TEST(ChromeTrace, aReadingOfAnOlderFileSaysNothingOfRunDelays) {
  Recording recording;
  EventMaker maker(recording);
  maker.opened(1, 1).ready(1, 0).sampled(1, 0, 5'000, 0); // 0 ns, and known
  const std::string now = written(recording);
  const std::size_t told = now.find(R"("told":)");
  ASSERT_NE(told, std::string::npos);
  std::string then = now;
  then.replace(told, now.find("}", told) - told, R"("cpu":5000,"rss":0)"); // as it was written before
  for (const auto& [file, delay] : {std::pair(now, 0), std::pair(then, -1)}) {
    const Kept kept(file);
    EXPECT_EQ(kept.result.fault, TraceFault::None);
    StateHistory states(kept.recording);
    states.advance();
    const WorkerState& worker = *states.live().worker(PoolId{1}, 0);
    EXPECT_EQ(worker.cpuNs, 5'000);
    EXPECT_EQ(worker.runDelayNs, delay);
    EXPECT_EQ(states.lanes().worker(PoolId{1}, 0)->runDelay.empty(), delay < 0);
  }
}

TEST(ChromeTrace, aRecordingCutByACrashKeepsItsRunningTasks) {
  Recording recording;
  EventMaker(recording).opened(1, 2).submitted(1, 1).ready(1, 0).started(1, 1, 0).blocked(1, 1, 0).submitted(1, 2);
  std::string file;
  ChromeTraceWriter writer(
      recording, [&](std::string_view part) { return file += part, 0; }, 77);
  writer.update();
  const Kept kept(file);
  StateHistory states(kept.recording);
  states.advance();
  EXPECT_EQ(describe(states.live(), states.tasks(), PoolId{1}),
            "target 2: 0 blocked #1, 1 vacant, queue 2; submitted 2 queued 1 dispatched 0 running 1 blocked 1 done 0 "
            "failed 0 cancelled 0");
}

TEST(ChromeTrace, theLinesOfEveryViewerTellATasksLife) {
  Recording recording;
  EventMaker e(recording);
  Event opened;
  opened.kind = EventKind::PoolOpened, opened.pool = PoolId{1}, opened.b = 2;
  opened.a = recording.texts().intern("P-0").value();
  e.at(1000).add(opened);
  Event submitted;
  submitted.kind = EventKind::TaskSubmitted, submitted.pool = PoolId{1}, submitted.task = 1, submitted.slot = 0;
  submitted.b = 5;
  e.at(2000).add(submitted);
  submitted.task = 2;
  e.at(2500).add(submitted);
  e.at(3000).ready(1, 0);
  e.at(4000).started(1, 1, 0);
  e.at(5000).blocked(1, 1, 0);
  e.at(6500).task(EventKind::TaskUnblocked, 1, 1, 0);
  e.at(9001).finished(1, 1, 0);
  e.at(10000).task(EventKind::TaskCancelled, 1, 2);
  const std::string file = written(recording);
  for (
      const char* line : {
          R"({"name":"thread_name","ph":"M","pid":1000,"tid":1001,"args":{"name":""}})",
          R"({"name":"task 1","cat":"queue","ph":"b","id":1,"ts":2.000,"pid":77,"tid":5,"args":{"task":1}})",
          R"({"name":"submit","cat":"submit","ph":"X","ts":2.000,"dur":0.500,"pid":77,"tid":5,"args":{"task":1}})",
          R"({"name":"submit","cat":"submit","ph":"s","id":1,"ts":2.000,"pid":77,"tid":5})",
          R"({"name":"submit","cat":"submit","ph":"X","ts":2.500,"dur":1.000,"pid":77,"tid":5,"args":{"task":2}})",
          R"({"name":"task 1","cat":"queue","ph":"e","id":1,"ts":4.000,"pid":77,"tid":5,"args":{"task":1}})",
          R"({"name":"sleeping","cat":"blocked","ph":"X","ts":5.000,"dur":1.500,"pid":1000,"tid":1001,"args":{"task":1}})",
          R"({"name":"task 1","cat":"task","ph":"X","ts":4.000,"dur":5.001,"pid":1000,"tid":1001,"args":{"task":1,"state":"ok"}})",
          R"({"name":"submit","cat":"submit","ph":"f","bp":"e","id":1,"ts":4.000,"pid":1000,"tid":1001})",
          R"({"name":"task 2","cat":"queue","ph":"e","id":2,"ts":10.000,"pid":77,"tid":5,"args":{"task":2,"state":"cancelled"}})",
          R"({"name":"pool size","ph":"C","id":"P-0","ts":1.000,"pid":77,"tid":77,"args":{"value":2}})",
          R"({"name":"queue depth","ph":"C","id":"P-0","ts":2.500,"pid":77,"tid":77,"args":{"value":2}})",
          R"({"name":"busy","ph":"C","id":"P-0","ts":4.000,"pid":77,"tid":77,"args":{"value":1}})",
          R"({"name":"busy","ph":"C","id":"P-0","ts":9.001,"pid":77,"tid":77,"args":{"value":0}})",
      })
    EXPECT_NE((file + ",\n").find(std::string(line) + ",\n"), std::string::npos) << line << "\n" << file;
}

TEST(ChromeTrace, aTaskThatIsRunningAtTheEndIsABeginWithoutAnEnd) {
  Recording recording;
  EventMaker(recording).opened(1, 1).submitted(1, 1).ready(1, 0).started(1, 1, 0);
  EXPECT_NE(written(recording).find(R"("cat":"task","ph":"B")"), std::string::npos);
}

TEST(ChromeTrace, aFailedWriteEndsTheWritingWithItsReason) {
  Recording recording;
  EventMaker(recording).opened(1, 1);
  ChromeTraceWriter writer(recording, "/dev/full");
  writer.update();
  EXPECT_EQ(writer.error(), "/dev/full cannot be written: No space left on device");
  writer.finish();
}

TEST(ChromeTrace, aPathThatCannotBeMadeIsSaidAtOnce) {
  Recording recording;
  const ChromeTraceWriter writer(recording, "/nowhere/a.pooltrace.json");
  EXPECT_EQ(writer.error(), "/nowhere/a.pooltrace.json cannot be written: No such file or directory");
}

TEST(ChromeTrace, aForeignTraceIsNamedForWhatItIs) {
  for (const char* file : {R"([{"name":"a","ph":"X","ts":1,"dur":2,"pid":1,"tid":1}])",
                           R"([{"name":"a","ph":"X","ts":1,"dur":2,"pid":1,"tid":1},)", "[]", "{\"a\":[1,2]}", "12",
                           R"({"displayTimeUnit":"ms","traceEvents":[{"name":"a","ph":"B"}]})"}) {
    const Kept kept(file);
    EXPECT_EQ(kept.result.fault, TraceFault::Foreign) << file;
    EXPECT_EQ(kept.result.events, 0u);
  }
}

TEST(ChromeTrace, ourLinesAreFoundInsideTheObjectForm) {
  const Kept kept("{\"otherData\":{\"a\":[1]},\"traceEvents\":[" + eventLine(0, "1.5", ",\"task\":1") + "]}");
  EXPECT_EQ(kept.result.fault, TraceFault::None);
  ASSERT_EQ(kept.result.events, 1u);
  EXPECT_EQ(kept.recording[0].t, 1500);
}

TEST(ChromeTrace, whatCannotBeIsRefusedAtItsPlace) {
  const std::string first = "[" + eventLine(0, "5.000", "");
  struct Row {
    const char* name;
    std::string file;
    TraceFault fault;
    std::uint64_t number = 0;
  };
  const Row rows[] = {
      {"time going back", first + "," + eventLine(1, "4.999", ""), TraceFault::BadTime, 1},
      {"no time", first + "," + eventLine(1, "\"x\"", ""), TraceFault::BadTime, 1},
      {"infinite time", first + "," + eventLine(1, "1e300", ""), TraceFault::BadTime, 1},
      {"not a number", first + "," + eventLine(1, "NaN", ""), TraceFault::BrokenSyntax},
      {"missing event", first + "," + eventLine(2, "6", ""), TraceFault::EventMissing, 1},
      {"flag", first + "," + eventLine(1, "6", ",\"kind\":9"), TraceFault::BadField, 1},
      {"slot", first + "," + eventLine(1, "6", ",\"priority\":70000"), TraceFault::BadField, 1},
      {"negative", first + "," + eventLine(1, "6", ",\"task\":-1"), TraceFault::BadField, 1},
      {"text for a number", first + "," + eventLine(1, "6", ",\"task\":\"1\""), TraceFault::BadField, 1},
      {"number for a text", first + "," + eventLine(1, "6", ",\"name\":1"), TraceFault::BadField, 1},
      {"cut", first + ",{\"na", TraceFault::CutShort},
      {"garbage", first + ",\x01\x02", TraceFault::BrokenSyntax},
      {"nesting", first + "," + std::string(1'000'000, '['), TraceFault::TooDeep},
      {"giant text", first + ",{\"name\":\"" + std::string(20 << 20, 'x') + "\"}", TraceFault::TextTooLong},
      {"large text", first + ",{\"name\":\"" + std::string(2 << 20, 'x') + "\"}", TraceFault::TextTooLong},
      {"giant number", first + ",{\"ts\":" + std::string(20 << 20, '1') + "}", TraceFault::BrokenSyntax},
  };
  for (const Row& row : rows) {
    const Kept kept(row.file);
    EXPECT_EQ(kept.result.fault, row.fault) << row.name;
    EXPECT_EQ(kept.result.number, row.number) << row.name;
    EXPECT_EQ(kept.result.events, 1u) << row.name;
    EXPECT_GT(kept.result.stoppedAt, 0u) << row.name;
  }
  EXPECT_EQ(Kept("").result.fault, TraceFault::Empty);
}

TEST(ChromeTrace, kindsOfANewerVersionAreLeftOutAndCounted) {
  const std::string newer = R"({"name":"Teleported","cat":"poolscope","ph":"i","ts":6,"args":{"q":1}})";
  const Kept kept("[" + eventLine(0, "5", "") + "," + newer + "," + eventLine(2, "7", "") + "]");
  EXPECT_EQ(kept.result.events, 2u);
  EXPECT_EQ(kept.result.fault, TraceFault::UnknownKinds);
  EXPECT_EQ(kept.result.number, 1u);
}

TEST(ChromeTrace, whatDoesNotFitInTheRecordingIsSaid) {
  Recording recording, small(10 * sizeof(Event));
  const RandomRun run(3, 100, recording, 1000);
  const TraceReadResult result = read(written(recording), small);
  EXPECT_EQ(small.size(), 10u);
  EXPECT_EQ(result.fault, TraceFault::DoesNotFit);
  EXPECT_EQ(result.events, 10u);
}

TEST(ChromeTrace, aHostileFileCannotAskForMoreSlotsThanMemoryHolds) {
  std::string file = "[";
  for (int q = 0; q < 2000; ++q)
    file += (q ? "," : "") + std::string(R"({"name":"PoolOpened","cat":"poolscope","ph":"i","ts":1,"args":{"q":)") +
            std::to_string(q) + ",\"pool\":" + std::to_string(q + 1) + ",\"target\":4096}}";
  const Kept kept(file + "]");
  EXPECT_EQ(kept.result.fault, TraceFault::TooManySlots);
  EXPECT_EQ(kept.result.events, 976u);
}

TEST(ChromeTrace, readingEndsAtARequest) {
  Recording recording, into;
  const RandomRun run(3, 5000, recording, 100000);
  std::istringstream in(written(recording));
  std::stop_source stop;
  stop.request_stop();
  std::atomic<std::uint64_t> bytes{0};
  const TraceReadResult result = readChromeTrace(in, into, {.stop = stop.get_token(), .bytesRead = &bytes});
  EXPECT_EQ(result.fault, TraceFault::Stopped);
}

TEST(ChromeTrace, aFileThatIsNotThereIsNamedWithItsReason) {
  Recording into;
  const TraceReadResult missing = readChromeTrace("/nowhere/a.json", into), folder = readChromeTrace("/tmp", into);
  EXPECT_EQ(missing.fault, TraceFault::Unreadable);
  EXPECT_EQ(missing.systemError, ENOENT);
  EXPECT_EQ(folder.fault, TraceFault::Unreadable);
  EXPECT_EQ(folder.systemError, EISDIR);
}

namespace {
/// A named pipe that goes with the test.
struct Pipe {
  const std::string path = testing::TempDir() + "pipe-" + std::to_string(::getpid()) + ".pooltrace.json";
  Pipe() { EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0); }
  ~Pipe() { ::unlink(path.c_str()); }
};
} // namespace

TEST(ChromeTrace, aWaitForAPipeGivesWayToAStop) {
  const Pipe pipe;
  const auto stopped = [&](std::uint64_t bytes) {
    Recording into;
    std::stop_source stop;
    std::atomic<std::uint64_t> read{0};
    TraceReadResult result;
    std::thread reader([&] {
      result = readChromeTrace(pipe.path, into, {.stop = stop.get_token(), .bytesRead = &read});
    });
    EXPECT_TRUE(eventually([&] { return read == bytes; }));
    stop.request_stop();
    reader.join();
    return result.fault == TraceFault::Stopped;
  };
  EXPECT_TRUE(stopped(0)) << "nobody writes";
  const UniqueFd silent(::open(pipe.path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::write(silent.get(), "[\n", 2), 2);
  EXPECT_TRUE(stopped(2)) << "who writes has begun and says no more";
}

TEST(ChromeTrace, aPipeIsReadToItsEnd) {
  const Pipe pipe;
  Recording recording, into;
  const RandomRun run(3, 500, recording, 100000);
  TraceReadResult result;
  std::thread reader([&] { result = readChromeTrace(pipe.path, into); });
  {
    ChromeTraceWriter writer(recording, pipe.path); // waits for the reader
    writer.finish();
    EXPECT_EQ(writer.error(), "");
  }
  reader.join();
  EXPECT_EQ(result.fault, TraceFault::None);
  EXPECT_EQ(into.size(), recording.size());
  EXPECT_EQ(difference(recording, into, recording.size()), "");
}
