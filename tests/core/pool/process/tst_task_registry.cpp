#include "core/pool/process/remote_error.h"
#include "core/pool/process/serialize.h"
#include "core/pool/process/task_registry.h"

#include <gtest/gtest.h>

#include <any>
#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <regex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
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

/// Calls check() with the exception of type E that arrived.
template <class E, class F> void expectArrives(const std::exception_ptr& arrived, F&& check) {
  try {
    std::rethrow_exception(arrived);
  } catch (const E& e) {
    check(e);
  } catch (const std::exception& e) {
    ADD_FAILURE() << "another: " << e.what();
  }
}
template <class E> void expectTheSame(const E& original) {
  expectArrives<E>(travelled(original), [&](const E& e) { EXPECT_STREQ(e.what(), original.what()); });
}

TEST(RemoteError, standardExceptionsKeepWhatTheyHave) {
  const std::error_code missing = std::make_error_code(std::errc::no_such_file_or_directory);
  const std::filesystem::filesystem_error files("cannot copy", "/from/here", "/to/there", missing);
  expectTheSame(files);
  expectArrives<std::filesystem::filesystem_error>(travelled(files), [&](const auto& e) {
    EXPECT_EQ(e.path1(), "/from/here");
    EXPECT_EQ(e.path2(), "/to/there");
    EXPECT_EQ(e.code(), missing);
  });
  const std::ios_base::failure stream("cannot read", std::io_errc::stream);
  expectTheSame(stream);
  expectArrives<std::ios_base::failure>(travelled(stream), [&](const auto& e) { EXPECT_EQ(e.code(), stream.code()); });
  const std::future_error broken(std::future_errc::broken_promise);
  expectTheSame(broken);
  expectArrives<std::future_error>(travelled(broken), [&](const auto& e) { EXPECT_EQ(e.code(), broken.code()); });
  try {
    std::regex("(");
  } catch (const std::regex_error& e) {
    expectTheSame(e);
    expectArrives<std::regex_error>(travelled(e), [&](const auto& got) {
      EXPECT_EQ(got.code(), e.code());
      expectTheSame<std::regex_error>(got);
    });
  }
  expectTheSame(std::system_error(std::make_error_code(std::future_errc::no_state), "mine"));
  const WorkerDied died("it died", 77, {}, SIGKILL);
  expectArrives<WorkerDied>(travelled(died), [&](const WorkerDied& e) {
    EXPECT_EQ(e.pid(), 77);
    EXPECT_EQ(e.signal(), SIGKILL);
    EXPECT_FALSE(e.exitCode());
  });
  expectTheSame(BrokenThreadPool("its threads"));
  expectTheSame(BrokenProcessPool("its processes"));
  expectTheSame(std::bad_weak_ptr());
  expectTheSame(std::bad_array_new_length());
  expectTheSame(std::bad_any_cast());
  expectTheSame(std::exception());
  expectTheSame(std::filesystem::filesystem_error("no path", missing));
  expectTheSame(std::filesystem::filesystem_error("one path", "/here", missing));
  expectTheSame(std::filesystem::filesystem_error("two paths, one empty", "/here", "", missing));
}

TEST(RemoteError, whatWasNestedKeepsWhatItHas) {
  std::exception_ptr arrived;
  try {
    try {
      throw std::logic_error("inner");
    } catch (...) {
      std::throw_with_nested(std::filesystem::filesystem_error("outer", "/p", std::error_code()));
    }
  } catch (...) {
    std::string type, what, trace;
    describeCurrentException(type, what, trace);
    arrived = rebuildException(type, what, trace);
  }
  expectArrives<std::filesystem::filesystem_error>(arrived, [](const auto& e) {
    EXPECT_EQ(e.path1(), "/p");
    EXPECT_THROW(std::rethrow_if_nested(e), RemoteError);
  });
}

TEST(RemoteError, aCodeOfAnotherCategoryIsToldAsWhatItIs) {
  struct Weather : std::error_category {
    const char* name() const noexcept override { return "weather"; }
    std::string message(int) const override { return "it rains"; }
  };
  static const Weather weather;
  expectArrives<RemoteError>(travelled(std::system_error(5, weather, "outside")), [](const RemoteError& e) {
    EXPECT_EQ(e.type(), "std::system_error");
    EXPECT_STREQ(e.what(), "outside: it rains (error 5 of the category weather)");
  });
  struct Liar : std::error_category { // by name it is the system's
    const char* name() const noexcept override { return "system"; }
    std::string message(int) const override { return "hello"; }
  };
  static const Liar liar;
  expectArrives<RemoteError>(travelled(std::system_error(5, liar)), [](const RemoteError&) {});
}

TEST(RemoteError, whatTravelledBeforeTravelsOn) {
  expectArrives<RemoteError>(travelled(RemoteError("their::Error", "far away")), [](const RemoteError& e) {
    EXPECT_EQ(e.type(), "their::Error");
    EXPECT_STREQ(e.what(), "far away");
  });
}

TEST(RemoteError, anExceptionMayHaveNoText) {
  struct Wordless : std::exception {
    const char* what() const noexcept override { return nullptr; }
  };
  expectArrives<RemoteError>(travelled(Wordless()),
                             [](const RemoteError& e) { EXPECT_STREQ(e.what(), "an exception without a text"); });
}

TEST(RemoteError, damagedFieldsMakeNoFalseException) {
  for (const std::string type :
       {std::string("std::system_error"), std::string("std::system_error\0", 18),
        std::string("std::system_error\0x\0y", 21), std::string("std::filesystem::filesystem_error\0001\0002", 37),
        std::string("std::regex_error\0", 17), std::string("poolscope::WorkerDied\0", 22),
        std::string("std::system_error\0009\0001\0z", 23)})
    expectArrives<RemoteError>(rebuildException(type, "text", ""), [](const RemoteError&) {});
}

// What a task may not return.
struct Owner {
  std::string text;
  std::vector<Owner> children;
  MSGPACK_DEFINE(text, children);
};
static_assert(!HoldsViews<std::string>::value && !HoldsViews<Owner>::value);
static_assert(!HoldsViews<std::map<std::string, std::vector<std::optional<int>>>>::value);
static_assert(!HoldsViews<std::array<double, 3>>::value && !HoldsViews<std::unique_ptr<int>>::value);
static_assert(HoldsViews<std::string_view>::value && HoldsViews<std::u8string_view>::value);
static_assert(HoldsViews<std::span<const int>>::value && HoldsViews<std::span<int, 4>>::value);
static_assert(HoldsViews<const char*>::value && HoldsViews<std::reference_wrapper<const std::string>>::value);
static_assert(HoldsViews<std::vector<std::string_view>>::value && HoldsViews<std::tuple<int, const char*>>::value);
static_assert(HoldsViews<std::map<std::string_view, int>>::value && HoldsViews<std::pair<int, std::span<int>>>::value);
static_assert(HoldsViews<std::optional<std::vector<std::array<std::string_view, 2>>>>::value);
static_assert(HoldsViews<msgpack::object>::value);

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
