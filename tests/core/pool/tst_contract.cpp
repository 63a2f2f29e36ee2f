// The names that programs outside the tree rely on, used as such a program would: every member, every overload.

#include "core/pool/executor.h"
#include "core/pool/future.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <latch>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;

namespace {

using poolscope::Future;
using poolscope::FutureState;
using poolscope::MapOptions;
using poolscope::Promise;
using poolscope::ReturnWhen;
using poolscope::ThreadPoolExecutor;

// --- Types

static_assert(std::is_base_of_v<std::runtime_error, poolscope::CancelledError>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::TimeoutError>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::InvalidStateError>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::ExecutorShutdown>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::QueueFull>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::TaskTimeout>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::SerializationError>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::WouldDeadlock>);
static_assert(std::is_base_of_v<std::runtime_error, poolscope::BrokenExecutor>);
static_assert(std::is_base_of_v<poolscope::BrokenExecutor, poolscope::BrokenThreadPool>);
static_assert(std::is_base_of_v<poolscope::BrokenExecutor, poolscope::BrokenProcessPool>);
static_assert(std::is_base_of_v<poolscope::BrokenProcessPool, poolscope::WorkerDied>);

template <class T> using ResultOfLvalue = decltype(std::declval<const Future<T>&>().result());
template <class T> using ResultOfTemporary = decltype(std::declval<Future<T>>().result());
static_assert(std::is_same_v<ResultOfLvalue<int>, const int&>);
static_assert(std::is_same_v<ResultOfTemporary<int>, int>);
static_assert(std::is_same_v<ResultOfLvalue<void>, void>);
static_assert(std::is_same_v<ResultOfTemporary<void>, void>);
static_assert(std::is_same_v<ResultOfLvalue<std::unique_ptr<int>>, const std::unique_ptr<int>&>);
static_assert(std::is_same_v<decltype(std::declval<const Future<int>&>().result(1ns)), const int&>);
static_assert(std::is_same_v<decltype(std::declval<Future<int>>().result(1s)), int>);
static_assert(std::is_same_v<decltype(std::declval<const Future<int>&>().exception()), std::exception_ptr>);
static_assert(std::is_same_v<decltype(std::declval<const Future<int>&>().exception(1ms)), std::exception_ptr>);
static_assert(std::is_copy_constructible_v<Future<std::unique_ptr<int>>> && std::is_copy_assignable_v<Future<void>>);
static_assert(std::is_default_constructible_v<Promise<int>> && std::is_move_constructible_v<Promise<void>>);
static_assert(std::is_nothrow_move_constructible_v<Promise<int>> && std::is_move_assignable_v<Promise<int>>);
static_assert(!std::is_copy_constructible_v<Promise<int>>);
static_assert(!std::is_convertible_v<std::size_t, ThreadPoolExecutor>, "both constructors are explicit");
static_assert(std::is_default_constructible_v<ThreadPoolExecutor>);
static_assert(std::ranges::input_range<poolscope::MapResults<int>>);
static_assert(std::ranges::input_range<poolscope::MapResults<bool>>);
static_assert(std::ranges::input_range<poolscope::MapResults<std::unique_ptr<int>>>);
static_assert(std::ranges::input_range<poolscope::AsCompleted<void>>);
static_assert(std::is_same_v<std::ranges::range_value_t<poolscope::AsCompleted<int>>, Future<int>>);

int plain(int x) {
  return x + 1;
}
int thrower() noexcept(false) {
  throw std::out_of_range("no such");
}
struct Member {
  int base = 10;
  int add(int x) const { return base + x; }
  int bump() { return ++base; }
};
struct MoveOnlyCall {
  std::unique_ptr<int> p = std::make_unique<int>(4);
  int operator()() { return *p; }
};

} // namespace

// --- Promise and Future

TEST(Contract, aPromiseGivesItsValueToEveryCopyOfItsFuture) {
  Promise<std::string> promise;
  const Future<std::string> a = promise.future();
  Future<std::string> b = a;
  EXPECT_EQ(a.state(), FutureState::Pending);
  promise.setValue("text");
  EXPECT_EQ(a.result(), "text");
  EXPECT_EQ(&a.result(), &b.result());
  EXPECT_EQ(b.result(0ns), "text");
  EXPECT_TRUE(b.done() && !b.running() && !b.cancelled());
  Promise<std::vector<int>> list;
  list.setValue(3u, 7); // as emplace
  EXPECT_EQ(list.future().result(), std::vector<int>(3, 7));
  Promise<std::vector<int>> braced;
  braced.setValue(std::vector<int>{1, 2});
  EXPECT_EQ(braced.future().result().size(), 2u);
}

TEST(Contract, voidAndMoveOnlyFutures) {
  Promise<void> nothing;
  EXPECT_TRUE(nothing.setRunningOrNotifyCancel());
  nothing.setValue();
  nothing.future().result();
  nothing.future().result(1s);
  const Future<void> named = nothing.future();
  named.result();
  named.result(1s);
  EXPECT_EQ(named.exception(), nullptr);
  Promise<std::unique_ptr<int>> owner;
  owner.setValue(std::make_unique<int>(5));
  const Future<std::unique_ptr<int>> future = owner.future();
  EXPECT_EQ(*future.result(), 5);
  std::unique_ptr<int> out = Future(future).result(1s);
  EXPECT_EQ(*out, 5);
  Promise<int> moved = Promise<int>();
  Promise<int> target;
  const Future<int> old = target.future();
  target = std::move(moved);
  EXPECT_THROW(old.result(), poolscope::BrokenExecutor);
  target.setValue(1);
}

TEST(Contract, callbacksGetTheFuture) {
  Promise<int> promise;
  int seen = 0;
  Future<int> future = promise.future();
  future.addDoneCallback([&](const Future<int>& f) { seen = f.result(); });
  future.addDoneCallback([](auto&&) {});
  promise.setException(std::make_exception_ptr(std::runtime_error("x")));
  EXPECT_EQ(seen, 0) << "the callback threw: it goes nowhere";
  EXPECT_NE(future.exception(), nullptr);
  EXPECT_THROW(future.result(), std::runtime_error);
  EXPECT_THROW(Future(future).result(), std::runtime_error);
}

TEST(Contract, promisesOfReferencesToConstAndOfEnums) {
  Promise<FutureState> state;
  state.setValue(FutureState::Running);
  EXPECT_EQ(state.future().result(), FutureState::Running);
  Promise<std::optional<int>> optional;
  optional.setValue(std::nullopt);
  EXPECT_EQ(optional.future().result(), std::nullopt);
  Promise<bool> boolean;
  boolean.setValue(true);
  EXPECT_TRUE(boolean.future().result());
}

// --- wait, asCompleted

TEST(Contract, waitTakesListsAndTheirTimeouts) {
  ThreadPoolExecutor pool(2);
  std::vector<Future<int>> futures;
  for (int i = 0; i < 4; ++i)
    futures.push_back(pool.submit(plain, i));
  const poolscope::WaitResult<int> all = wait(futures);
  EXPECT_EQ(all.done.size(), 4u);
  EXPECT_EQ(wait(futures, ReturnWhen::FirstCompleted).done.size(), 4u);
  EXPECT_EQ(wait(futures, ReturnWhen::FirstException, 1s).done.size(), 4u);
  EXPECT_EQ(poolscope::wait(futures, ReturnWhen::AllCompleted, 10ms).notDone.size(), 0u);
  auto [done, notDone] = wait(std::vector<Future<void>>{});
  EXPECT_TRUE(done.empty() && notDone.empty());
  int sum = 0;
  for (Future<int> future : poolscope::asCompleted(futures))
    sum += future.result();
  EXPECT_EQ(sum, 10);
  for (const auto& future : asCompleted(futures, 5s))
    sum -= future.result();
  EXPECT_EQ(sum, 0);
  auto range = asCompleted(futures);
  std::ranges::for_each(range, [&](const Future<int>& f) { sum += f.result(); });
  EXPECT_EQ(sum, 10);
  auto again = asCompleted(futures);
  EXPECT_EQ(std::ranges::count_if(again, [](const Future<int>& f) { return f.done(); }), 4);
  auto last = asCompleted(futures);
  const auto found = std::ranges::find_if(last, [](const Future<int>& f) { return f.result() == 2; });
  EXPECT_TRUE(found != last.end());
  auto none = asCompleted(std::vector<Future<int>>{});
  EXPECT_TRUE(none.begin() == none.end());
}

TEST(Contract, anAsCompletedRangeMayBeMoved) {
  Promise<int> promise;
  promise.setValue(1);
  auto a = asCompleted(std::vector{promise.future()});
  auto b = std::move(a);
  EXPECT_EQ((*b.begin()).result(), 1);
}

// --- submit

TEST(Contract, submitTakesEveryCallable) {
  ThreadPoolExecutor pool(poolscope::ThreadPoolOptions{});
  EXPECT_EQ(pool.submit(plain, 1).result(), 2);
  EXPECT_EQ(pool.submit(&plain, 1).result(), 2);
  EXPECT_EQ(pool.submit([](const std::string& s) { return s.size(); }, "four").result(), 4u);
  Member member;
  EXPECT_EQ(pool.submit(&Member::add, member, 5).result(), 15);
  EXPECT_EQ(pool.submit(&Member::add, &member, 5).result(), 15);
  EXPECT_EQ(pool.submit(&Member::bump, std::ref(member)).result(), 11);
  EXPECT_EQ(pool.submit(&Member::base, member).result(), 11);
  EXPECT_EQ(pool.submit(MoveOnlyCall{}).result(), 4);
  std::function<int(int)> function = plain;
  EXPECT_EQ(pool.submit(function, 2).result(), 3);
  const auto constant = [] { return std::string("const"); };
  EXPECT_EQ(pool.submit(constant).result(), "const");
  EXPECT_EQ(*pool.submit([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(9)).result(), 9);
  EXPECT_EQ(pool.submit([](std::string&& s, int n) { return s + std::to_string(n); }, std::string("n"), 1).result(),
            "n1");
  EXPECT_EQ(pool.submit([counter = 0]() mutable { return ++counter; }).result(), 1);
  int target = 3;
  static_assert(std::is_same_v<decltype(pool.submit([&]() -> int& { return target; })), Future<int>>);
  EXPECT_EQ(pool.submit([&]() -> int& { return target; }).result(), 3);
  static_assert(std::is_same_v<decltype(pool.submit([]() -> const std::string { return "c"; })), Future<std::string>>);
  EXPECT_THROW(pool.submit(thrower).result(), std::out_of_range);
  Future<void> nothing = pool.submit([] {});
  nothing.result();
  std::array<char, 2000> large{};
  large[1999] = 'z';
  EXPECT_EQ(pool.submit([large] { return large[1999]; }).result(), 'z');
  EXPECT_EQ(pool.submit([] { return poolscope::currentWorkerName(); }).result().substr(0, 19), "ThreadPoolExecutor-");
  EXPECT_EQ(poolscope::currentWorkerName(), "");
}

TEST(Contract, optionsAreNamedAndSizesChecked) {
  EXPECT_EQ(ThreadPoolExecutor().maxWorkers(), poolscope::defaultThreadCount());
  EXPECT_GE(poolscope::defaultProcessCount(), 1u);
  EXPECT_LE(poolscope::defaultThreadCount(), 32u);
  poolscope::ThreadPoolOptions options{.maxWorkers = 2, .threadNamePrefix = "Named", .initializer = [] {}};
  ThreadPoolExecutor pool(std::move(options));
  EXPECT_EQ(pool.submit([] { return poolscope::currentWorkerName(); }).result(), "Named_0");
  EXPECT_THROW(ThreadPoolExecutor(std::size_t{0}), std::invalid_argument);
  EXPECT_THROW(ThreadPoolExecutor(4097), std::invalid_argument);
  EXPECT_NO_THROW(ThreadPoolExecutor(4096));
  const poolscope::PoolStats stats = pool.stats();
  EXPECT_EQ(stats.submitted, 1u);
  EXPECT_EQ(stats.done, 1u);
  pool.resize(3);
  EXPECT_EQ(pool.maxWorkers(), 3u);
  pool.shutdown({.wait = true, .cancelFutures = true});
  pool.shutdown({.wait = false});
  pool.shutdown();
  pool.resize(5); // it has ended: nothing
  EXPECT_EQ(pool.maxWorkers(), 3u);
  EXPECT_THROW(pool.resize(0), std::invalid_argument);
  EXPECT_THROW(pool.submit(plain, 1), poolscope::ExecutorShutdown);
  EXPECT_THROW(pool.map(plain, std::vector{1}), poolscope::ExecutorShutdown);
}

// --- map

TEST(Contract, mapTakesEveryInputRange) {
  ThreadPoolExecutor pool(2);
  const auto sum = [](auto&& results) {
    int total = 0;
    for (int value : results)
      total += value;
    return total;
  };
  std::vector<int> vector{1, 2, 3};
  const std::vector<int> constant{1, 2, 3};
  int array[] = {1, 2, 3};
  EXPECT_EQ(sum(pool.map(plain, vector)), 9);
  EXPECT_EQ(sum(pool.map(plain, constant)), 9);
  EXPECT_EQ(sum(pool.map(plain, std::vector<int>{1, 2, 3})), 9);
  EXPECT_EQ(sum(pool.map(plain, array)), 9);
  EXPECT_EQ(sum(pool.map(plain, std::list<int>{1, 2, 3})), 9);
  EXPECT_EQ(sum(pool.map(plain, std::set<int>{1, 2, 3})), 9);
  EXPECT_EQ(sum(pool.map(plain, std::views::iota(1, 4))), 9);
  EXPECT_EQ(sum(pool.map(plain, std::array<int, 3>{1, 2, 3})), 9);
  EXPECT_EQ(sum(pool.map(plain, vector | std::views::transform([](int i) { return i * 2; }))), 15);
  std::istringstream in("1 2 3");
  EXPECT_EQ(sum(pool.map(plain, std::ranges::istream_view<int>(in))), 9);
  std::istringstream more("1 2 3");
  EXPECT_EQ(sum(pool.map(plain, std::ranges::istream_view<int>(more), MapOptions{.bufferSize = 2})), 9);
  for (std::size_t buffer : {1u, 2u, 8u}) {
    EXPECT_EQ(sum(pool.map(plain, vector, {.bufferSize = buffer})), 9);
    EXPECT_EQ(sum(pool.map(plain, constant, {.bufferSize = buffer})), 9);
    EXPECT_EQ(sum(pool.map(plain, std::vector<int>{1, 2, 3}, {.bufferSize = buffer})), 9);
    EXPECT_EQ(sum(pool.map(plain, std::list<int>{1, 2, 3}, {.bufferSize = buffer})), 9);
  }
  EXPECT_EQ(sum(pool.map(plain, std::vector<int>{})), 0);
  EXPECT_EQ(sum(pool.map(plain, std::views::empty<int>, {.chunkSize = 4, .bufferSize = 2})), 0);
}

TEST(Contract, mapTakesOddElements) {
  ThreadPoolExecutor pool(2);
  const std::vector<bool> bits{true, false, true};
  int trues = 0;
  for (bool bit : pool.map([](bool b) { return !b; }, bits))
    trues += bit;
  EXPECT_EQ(trues, 1);
  std::vector<bool> changing{true, true};
  for (bool bit : pool.map([](bool b) { return b; }, changing, {.bufferSize = 1}))
    trues += bit;
  EXPECT_EQ(trues, 3);
  std::string upper;
  for (char c : pool.map([](char c) { return static_cast<char>(c - 32); }, std::string("abc")))
    upper += c;
  EXPECT_EQ(upper, "ABC");
  std::size_t length = 0;
  for (std::size_t n : pool.map(&std::string::size, std::vector<std::string>{"a", "bc"}))
    length += n;
  EXPECT_EQ(length, 3u);
  std::vector<std::unique_ptr<int>> owners;
  owners.push_back(std::make_unique<int>(1));
  owners.push_back(std::make_unique<int>(2));
  int total = 0;
  auto moved = std::ranges::subrange(std::make_move_iterator(owners.begin()), std::make_move_iterator(owners.end()));
  for (const std::unique_ptr<int>& p :
       pool.map([](std::unique_ptr<int> p) { return std::make_unique<int>(*p * 10); }, moved))
    total += *p;
  EXPECT_EQ(total, 30);
  std::vector<std::unique_ptr<int>> given;
  given.push_back(std::make_unique<int>(3));
  for (int value : pool.map([](std::unique_ptr<int> p) { return *p; }, std::move(given)))
    EXPECT_EQ(value, 3) << "moved out of a container that is a temporary";
  const std::map<std::string, int> table{{"a", 1}, {"b", 2}};
  std::string keys;
  for (const std::string& s : pool.map([](const auto& entry) { return entry.first; }, table))
    keys += s;
  EXPECT_EQ(keys, "ab");
  for (const std::string& s : pool.map([](const std::string&k, int v) { return k + std::to_string(v); }, table))
    keys += s;
  EXPECT_EQ(keys, "aba1b2");
}

TEST(Contract, tuplesAreAppliedAsArguments) {
  ThreadPoolExecutor pool(2);
  std::vector<std::tuple<int, std::string>> rows{{1, "x"}, {2, "y"}};
  std::string text;
  for (const std::string& s : pool.map([](int n, const std::string&s) { return s + std::to_string(n); }, rows))
    text += s;
  EXPECT_EQ(text, "x1y2");
  const std::vector<std::pair<int, int>> pairs{{1, 2}, {3, 4}};
  int sum = 0;
  for (int value : pool.map([](int a, int b) { return a * b; }, pairs, {.bufferSize = 1}))
    sum += value;
  EXPECT_EQ(sum, 14);
  const std::vector<std::tuple<int>> ones{{5}};
  for (int value : pool.map(plain, ones))
    sum += value;
  EXPECT_EQ(sum, 20);
  for (std::size_t size :
       pool.map([](const std::tuple<int, int>& t) { return std::tuple_size_v<std::decay_t<decltype(t)>>; },
                std::vector<std::tuple<int, int>>{{1, 2}}))
    EXPECT_EQ(size, 2u) << "a callable that takes the tuple itself gets it";
  for (int value : pool.map([] { return 7; }, std::vector<std::tuple<>>(2)))
    EXPECT_EQ(value, 7);
}

TEST(Contract, mapResultsWorkWithTheAlgorithms) {
  ThreadPoolExecutor pool(2);
  std::vector<int> out;
  std::ranges::copy(pool.map(plain, std::views::iota(0, 4)), std::back_inserter(out));
  EXPECT_EQ(out, (std::vector{1, 2, 3, 4}));
  auto results = pool.map(plain, std::views::iota(0, 4));
  EXPECT_EQ(std::ranges::count(results, 3), 1);
  auto others = pool.map(plain, std::views::iota(0, 4));
  EXPECT_TRUE(std::ranges::any_of(others, [](int i) { return i == 2; }));
  auto firsts = pool.map([](int i) { return std::to_string(i); }, std::views::iota(0), {.bufferSize = 3});
  std::string text;
  auto it = firsts.begin();
  for (int i = 0; i < 4; ++i, ++it)
    text += *it;
  EXPECT_EQ(text, "0123");
  for (std::monostate nothing : pool.map([](int) {}, std::vector{1, 2}))
    static_cast<void>(nothing);
  auto moving = pool.map([](int i) { return std::make_unique<int>(i); }, std::vector{4});
  for (auto& p : moving) {
    const std::unique_ptr<int> taken = std::move(p);
    EXPECT_EQ(*taken, 4);
  }
  pool.map(plain, std::vector{1}); // not [[nodiscard]]
  auto kept = pool.map(plain, std::vector{1, 2}, {.timeout = 5s, .chunkSize = 10, .bufferSize = {}});
  auto elsewhere = std::move(kept);
  EXPECT_EQ(*elsewhere.begin(), 2);
  auto flags = pool.map([](int i) { return i > 0; }, std::vector{0, 1});
  EXPECT_EQ(std::ranges::count(flags, true), 1);
}

TEST(Contract, mapTakesMoveOnlyAndMutableCallables) {
  ThreadPoolExecutor pool(1);
  auto owner = std::make_unique<int>(100);
  int sum = 0;
  for (int value : pool.map([owner = std::move(owner)](int i) { return *owner + i; }, std::vector{1, 2}))
    sum += value;
  EXPECT_EQ(sum, 203);
  Member member;
  for (int value : pool.map(std::bind_front(&Member::add, &member), std::vector{1}))
    sum += value;
  EXPECT_EQ(sum, 214);
}

TEST(Contract, mapThrowsWhereTheElementOrTheTimeoutDoes) {
  ThreadPoolExecutor pool(1);
  EXPECT_THROW(pool.map(plain, std::vector{1}, {.chunkSize = 0}), std::invalid_argument);
  EXPECT_THROW(pool.map(plain, std::vector{1}, {.bufferSize = 0}), std::invalid_argument);
  auto results = pool.map(
      [](int i) {
        if (i == 1) throw std::domain_error("one");
        return i;
      },
      std::views::iota(0, 3));
  auto it = results.begin();
  EXPECT_EQ(*it, 0);
  EXPECT_EQ(*it, 0) << "read twice";
  ++it;
  EXPECT_THROW(*it, std::domain_error);
  EXPECT_THROW(*it, std::domain_error);
  it++;
  EXPECT_EQ(*it, 2);
  ++it;
  EXPECT_TRUE(it == results.end());
  std::latch go(1);
  auto late = pool.map([&](int) { go.wait(); }, std::vector{1, 2}, {.timeout = 10ms});
  auto at = late.begin();
  EXPECT_THROW(*at, poolscope::TimeoutError);
  EXPECT_TRUE(at == late.end());
  go.count_down();
}
