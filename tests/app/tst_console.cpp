#include "app/console.h"
#include "app/serve_text.h"
#include "tests/support/system_faults.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>

using namespace poolscope;
using namespace poolscope::test;
using namespace std::chrono_literals;

namespace {

struct Pipe {
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() { ::close(ends[0]), ::close(ends[1]); }
  int ends[2];
};

} // namespace

TEST(Console, showsControlCharactersAndObeysNone) {
  EXPECT_EQ(escaped("plain \xC3\xB6 \xE4\xBD\xA0 \xF0\x9F\x98\x80\t\n"), "plain \xC3\xB6 \xE4\xBD\xA0 \xF0\x9F\x98\x80\t\n");
  EXPECT_EQ(escaped("\x1B[31m\r\x7F"), "\\x1b[31m\\x0d\\x7f");
  EXPECT_EQ(escaped(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(escaped("\xC2\x9B" "31m"), "\\xc2\\x9b31m") << "a control character of two bytes";
  EXPECT_EQ(escaped("\xFF\xC3"), "\\xff\\xc3") << "no UTF-8";
  EXPECT_EQ(escaped("\xE2\x80\xAE" "abc\xE2\x81\xA6"), "\\u202eabc\\u2066") << "the direction of writing";
}

TEST(Console, knowsWhereACharacterIsCut) {
  const std::string text = "a\xC3\xB6\xE4\xBD\xA0\xF0\x9F\x98\x80";
  EXPECT_EQ(cutCharacter(""), 0u);
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::size_t whole = length < 1 ? 0 : length < 3 ? 1 : length < 6 ? 3 : length < 10 ? 6 : 10;
    EXPECT_EQ(cutCharacter(std::string_view(text).substr(0, length)), length - whole) << length;
  }
  EXPECT_EQ(cutCharacter("abc\x80\x80\x80"), 0u) << "the middle of nothing";
}

TEST(Output, writesAllOfItToAReaderWhoIsSlow) {
  Pipe pipe;
  ::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
  const std::string text(300'000, 'x'); // several times what a pipe holds
  std::string got;
  std::thread reader([&] {
    char buffer[1000];
    while (got.size() < text.size()) {
      const ssize_t n = ::read(pipe.ends[0], buffer, sizeof buffer);
      if (n <= 0) break;
      got.append(buffer, static_cast<std::size_t>(n));
    }
  });
  Output output(pipe.ends[1]);
  EXPECT_TRUE(output.write(text));
  reader.join();
  EXPECT_TRUE(got == text);
  EXPECT_EQ(output.why(), "");
}

TEST(Output, remembersTheFirstFailure) {
  Pipe pipe;
  const SystemFaults faults;
  Output output(pipe.ends[1]);
  EXPECT_TRUE(output.write("a"));
  SystemFaults::failWrite = ENOSPC;
  EXPECT_FALSE(output.write("b"));
  SystemFaults::failWrite = EIO;
  EXPECT_FALSE(output.write("c"));
  SystemFaults::failWrite = 0;
  EXPECT_FALSE(output.write("d")) << "what came before is missing: nothing may follow";
  EXPECT_FALSE(output.ok());
  EXPECT_EQ(output.why(), "the output could not be written: No space left on device");
}

TEST(Output, waitsForNobodyOnceItHasGivenUp) {
  Pipe pipe;
  Output output(pipe.ends[1]);
  std::thread writer([&] { EXPECT_FALSE(output.write(std::string(300'000, 'x'))); });
  output.giveUp();
  writer.join();
  EXPECT_EQ(output.why(), "the output could not be written: nobody reads it");
}

TEST(ServeText, saysTimesAndSizesAsAPersonDoes) {
  EXPECT_EQ(timeText(830us), "0.8 ms");
  EXPECT_EQ(timeText(3200ms), "3.2 s");
  EXPECT_EQ(timeText(725s), "12 min 5 s");
  EXPECT_EQ(bytesText(1), "1 byte");
  EXPECT_EQ(bytesText(9999), "9999 bytes");
  EXPECT_EQ(bytesText(1'234'567), "1.2 MB");
}
