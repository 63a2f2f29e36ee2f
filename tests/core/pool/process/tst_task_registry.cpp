#include "core/pool/process/remote_error.h"
#include "core/pool/process/serialize.h"
#include "core/pool/process/task_registry.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <vector>

namespace shapes {
int area(int width, int height) {
  return width * height;
}
std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string all;
  for (const std::string& part : parts)
    all += (all.empty() ? "" : std::string(between)) + part;
  return all;
}
void nothing() {}
int reciprocal(int x) {
  if (x == 0) throw std::domain_error("zero has none");
  return 100 / x;
}
} // namespace shapes

namespace poolscope::detail {
namespace {

int twice(int x) {
  return 2 * x;
}

template <auto Fn, class... A> ResultOf<Fn> call(A&&... arguments) {
  std::string packed, result;
  packInto(packed, ArgumentsOf<Fn>(std::forward<A>(arguments)...));
  invokeTask<Fn>(packed, result);
  if constexpr (!std::is_void_v<ResultOf<Fn>>) return unpackAs<ResultOf<Fn>>(result);
}

TEST(Serialize, argumentsAndResultsTravelByValue) {
  EXPECT_EQ(call<shapes::area>(3, 4), 12);
  EXPECT_EQ((call<shapes::join>(std::vector<std::string>{"a", "b"}, "-")), "a-b");
  call<shapes::nothing>();
}

TEST(Serialize, aChunkKeepsTheNeighboursOfAFailure) {
  std::string packed, result;
  packInto(packed, std::vector<std::tuple<int>>{{1}, {0}, {5}});
  invokeChunk<shapes::reciprocal>(packed, result);
  const auto handle = unpackBounded(result);
  ASSERT_EQ(handle->via.array.size, 3u);
  const auto* outcomes = handle->via.array.ptr;
  EXPECT_EQ(outcomes[0].as<std::tuple<int>>(), std::tuple(100));
  EXPECT_EQ((outcomes[1].as<std::tuple<std::string, std::string, std::string>>()),
            std::tuple("std::domain_error", "zero has none", ""));
  EXPECT_EQ(outcomes[2].as<std::tuple<int>>(), std::tuple(20));
}

TEST(Serialize, damagedBytesAreAnErrorAndNoMemory) {
  const std::string claimsFourBillion("\xdd\xff\xff\xff\xff", 5);
  EXPECT_THROW(unpackAs<std::vector<int>>(claimsFourBillion), SerializationError);
  EXPECT_THROW(unpackAs<std::vector<int>>(claimsFourBillion + std::string(10'000, '\x01')), SerializationError);
  EXPECT_THROW(unpackAs<int>(std::string()), SerializationError);
  EXPECT_THROW(unpackAs<int>(std::string("\x01\x02")), SerializationError) << "more than one value";
  EXPECT_THROW(unpackAs<int>(std::string("\xa1x")), SerializationError) << "another type";
  EXPECT_THROW(unpackAs<int>(std::string(100, '\x91') + '\x01'), SerializationError) << "too deep";
  EXPECT_THROW(unpackAs<int>(std::string(100'000, '\x91') + '\x01'), SerializationError) << "far too deep";
}

TEST(Serialize, whatIsTooLargeIsRefused) {
  std::string out;
  EXPECT_THROW(packInto(out, std::string(100, 'x'), 50), SerializationError);
}

TEST(Serialize, aTaskIsCalledByItsFunctionsName) {
  EXPECT_EQ(functionName<shapes::area>(), "area");
  EXPECT_EQ(functionName<twice>(), "twice");
}

TEST(TaskRegistry, aPlaceLeadsBackToItsFunction) {
  const FunctionPlace& place = placeOfInvoker<invokeTask<twice>>();
  EXPECT_TRUE(place.image.empty()) << "it lies in this program";
  EXPECT_EQ(resolve({{}, {}, place.offset}), place.function);
  EXPECT_EQ(resolve({{}, programImage(), place.offset}), place.function);
  EXPECT_NE(place.offset, placeOfInvoker<invokeTask<shapes::area>>().offset);
}

TEST(TaskRegistry, aPlaceWithoutCodeIsRefused) {
  EXPECT_EQ(resolve({{}, {}, 1}), nullptr) << "the ELF header";
  EXPECT_EQ(resolve({{}, {}, ~0ull}), nullptr);
  EXPECT_EQ(resolve({{}, "no such program", 4096}), nullptr);
}

TEST(TaskRegistry, aFunctionInALibraryIsFoundThroughItsBuildId) {
  const auto function = reinterpret_cast<AnyFunction>(&std::strtol);
  const FunctionPlace place = placeOf(function);
  if (place.image.empty()) GTEST_SKIP() << "linked statically";
  EXPECT_EQ(resolve({{}, place.image, place.offset}), function);
}

TEST(TaskRegistry, aNameIsTakenOnce) {
  registerTask<shapes::area>("area");
  EXPECT_THROW(registerTask<shapes::join>("area"), std::invalid_argument);
  EXPECT_THROW(registerTask<shapes::area>("area"), std::invalid_argument);
  EXPECT_EQ(resolve({"area", {}, 0}), reinterpret_cast<AnyFunction>(&invokeTask<shapes::area>));
  EXPECT_EQ(resolve({"area[]", {}, 0}), reinterpret_cast<AnyFunction>(&invokeChunk<shapes::area>));
  EXPECT_EQ(resolve({"volume", {}, 0}), nullptr);
}

TEST(TaskRegistry, anotherProgramIsToldNames) {
  registerTask<shapes::join>("join");
  wire::FunctionRef told;
  ASSERT_TRUE(reference(placeOfInvoker<invokeTask<shapes::join>>(), false, told));
  EXPECT_EQ(told.name, "join");
  EXPECT_FALSE(reference(placeOfInvoker<invokeTask<twice>>(), false, told)) << "it has none";
  EXPECT_TRUE(reference(placeOfInvoker<invokeTask<twice>>(), true, told));
}

/// Throws, describes, rebuilds.
template <class E> std::exception_ptr travelled(E error) {
  std::string type, what, trace;
  try {
    throw error;
  } catch (...) {
    describeCurrentException(type, what, trace);
  }
  return rebuildException(type, what, trace);
}

TEST(RemoteError, standardExceptionsArriveAsThemselves) {
  try {
    std::rethrow_exception(travelled(std::out_of_range("far out")));
  } catch (const std::out_of_range& e) {
    EXPECT_STREQ(e.what(), "far out");
  }
  EXPECT_THROW(std::rethrow_exception(travelled(std::bad_alloc())), std::bad_alloc);
  EXPECT_THROW(std::rethrow_exception(travelled(TimeoutError("mine"))), TimeoutError);
  const std::system_error original(std::make_error_code(std::errc::no_such_file_or_directory), "open");
  try {
    std::rethrow_exception(travelled(original));
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), original.code());
    EXPECT_STREQ(e.what(), original.what());
  }
}

struct Special : std::runtime_error {
  using std::runtime_error::runtime_error;
};

TEST(RemoteError, othersSayWhatTheyWere) {
  try {
    std::rethrow_exception(travelled(Special("very")));
  } catch (const RemoteError& e) {
    EXPECT_NE(e.type().find("Special"), std::string::npos);
    EXPECT_STREQ(e.what(), "very");
  }
  try {
    std::rethrow_exception(travelled(42));
  } catch (const RemoteError& e) {
    EXPECT_EQ(e.type(), "int");
  }
}

TEST(RemoteError, nestedExceptionsTravelAsATrace) {
  std::string type, what, trace;
  try {
    try {
      throw std::logic_error("inner");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("outer"));
    }
  } catch (...) {
    describeCurrentException(type, what, trace);
  }
  EXPECT_EQ(type, "std::runtime_error");
  try {
    std::rethrow_exception(rebuildException(type, what, trace));
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "outer");
    try {
      std::rethrow_if_nested(e);
      FAIL() << "nothing was nested";
    } catch (const RemoteError& nested) {
      EXPECT_STREQ(nested.what(), "std::logic_error: inner\n");
    }
  }
}

TEST(RemoteError, longTextsAreCutAtACharacter) {
  std::string type, what, trace;
  try {
    std::string text;
    while (text.size() < (2u << 20))
      text += "é";
    throw std::runtime_error("x" + text);
  } catch (...) {
    describeCurrentException(type, what, trace);
  }
  EXPECT_LE(what.size(), 1u << 20);
  EXPECT_EQ(what.substr(what.size() - 2), "é");
}

} // namespace
} // namespace poolscope::detail
