#include "core/pool/future.h"

#include "core/event/event_log.h"
#include "core/pool/thread_pool_executor.h"
#include "core/pool/wait.h"
#include "tests/support/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace poolscope;
using namespace std::chrono_literals;

namespace {

/// A future in each state a Promise can bring about.
struct States {
  Promise<int> pending, running, cancelled, failed, finished;
  States() {
    running.setRunningOrNotifyCancel();
    cancelled.future().cancel();
    failed.setException(std::make_exception_ptr(std::runtime_error("no")));
    finished.setValue(42);
  }
};

std::string textOf(const std::exception_ptr& error) {
  return detail::describe(error);
}

} // namespace

TEST(Future, cancelSucceedsOnlyBeforeTheStart) {
  States s;
  EXPECT_TRUE(s.pending.future().cancel());
  EXPECT_FALSE(s.running.future().cancel());
  EXPECT_TRUE(s.cancelled.future().cancel());
  EXPECT_FALSE(s.failed.future().cancel());
  EXPECT_FALSE(s.finished.future().cancel());
  EXPECT_EQ(s.pending.future().state(), FutureState::Cancelled);
  EXPECT_EQ(s.running.future().state(), FutureState::Running);
  EXPECT_EQ(s.finished.future().state(), FutureState::Finished);
}

TEST(Future, doneIsTrueFromTheCancelOn) {
  States s;
  EXPECT_FALSE(s.pending.future().done());
  EXPECT_FALSE(s.running.future().done());
  EXPECT_TRUE(s.cancelled.future().done());
  EXPECT_TRUE(s.failed.future().done());
  EXPECT_TRUE(s.finished.future().done());
}

TEST(Future, resultWithoutTimeSaysWhyThereIsNone) {
  States s;
  EXPECT_THROW(s.pending.future().result(0ns), TimeoutError);
  EXPECT_THROW(s.running.future().result(0ns), TimeoutError);
  EXPECT_THROW(s.cancelled.future().result(0ns), CancelledError);
  EXPECT_THROW(s.failed.future().result(0ns), std::runtime_error);
  EXPECT_EQ(s.finished.future().result(0ns), 42);
}

TEST(Future, exceptionReturnsTheTasksAndThrowsTheWaitsOwn) {
  States s;
  EXPECT_THROW(s.pending.future().exception(0ns), TimeoutError);
  EXPECT_THROW(s.running.future().exception(0ns), TimeoutError);
  EXPECT_THROW(s.cancelled.future().exception(0ns), CancelledError);
  EXPECT_EQ(textOf(s.failed.future().exception(0ns)), "no");
  EXPECT_EQ(s.finished.future().exception(0ns), nullptr);
}

TEST(Future, aSecondOutcomeIsRefusedAndTheFirstKept) {
  States s;
  EXPECT_THROW(s.finished.setValue(1), InvalidStateError);
  EXPECT_THROW(s.finished.setException(std::make_exception_ptr(1)), InvalidStateError);
  EXPECT_EQ(s.finished.future().result(), 42);
  EXPECT_THROW(s.failed.setException(std::make_exception_ptr(1)), InvalidStateError);
  EXPECT_EQ(textOf(s.failed.future().exception()), "no");
  EXPECT_THROW(s.cancelled.setValue(1), InvalidStateError);
}

TEST(Future, setRunningTellsACancelledPromiseApart) {
  States s;
  EXPECT_FALSE(s.cancelled.setRunningOrNotifyCancel());
  EXPECT_TRUE(s.pending.setRunningOrNotifyCancel());
  EXPECT_TRUE(s.pending.future().running());
  EXPECT_THROW(s.finished.setRunningOrNotifyCancel(), InvalidStateError);
}

TEST(Future, aBlockedResultWakesOnValueAndOnCancel) {
  Promise<int> valued, dropped;
  std::latch waiting(2);
  int value = 0;
  bool cancelled = false;
  {
    std::jthread a([&, future = valued.future()] {
      waiting.count_down();
      value = future.result(20s);
    });
    std::jthread b([&, future = dropped.future()] {
      waiting.count_down();
      try {
        future.result(20s);
      } catch (const CancelledError&) {
        cancelled = true;
      }
    });
    waiting.wait();
    valued.setValue(7);
    EXPECT_TRUE(dropped.future().cancel());
  }
  EXPECT_EQ(value, 7);
  EXPECT_TRUE(cancelled);
}

TEST(Future, callbacksRunOnceInOrderAndSeeTheOutcome) {
  Promise<int> promise;
  std::vector<int> calls;
  promise.future().addDoneCallback([&](const Future<int>& f) { calls.push_back(f.result()); });
  promise.future().addDoneCallback([&](const Future<int>&) -> void { throw std::runtime_error("doh!"); });
  promise.future().addDoneCallback([&](const Future<int>& f) { calls.push_back(f.result() + 1); });
  promise.setValue(5);
  EXPECT_EQ(calls, (std::vector{5, 6}));
  promise.future().addDoneCallback([&](const Future<int>&) { calls.push_back(9); }); // done already: here and now
  promise.future().addDoneCallback([&](const Future<int>&) -> void { throw 1; });
  EXPECT_EQ(calls, (std::vector{5, 6, 9}));
}

TEST(Future, cancelRunsItsCallbacksBeforeItReturns) {
  Promise<void> promise;
  int calls = 0;
  promise.future().addDoneCallback([&](const Future<void>& f) { calls += f.cancelled(); });
  EXPECT_TRUE(promise.future().cancel());
  EXPECT_TRUE(promise.future().cancel()); // true again, and no second call
  EXPECT_EQ(calls, 1);
}

TEST(Future, aPromiseThatGoesWithoutAnOutcomeBreaksItsFuture) {
  Future<int> future;
  {
    Promise<int> promise;
    future = promise.future();
  }
  EXPECT_THROW(future.result(), BrokenExecutor);
}

TEST(Future, moveOnlyResultsMoveOutOfATemporary) {
  static_assert(std::is_same_v<decltype(std::declval<const Future<std::unique_ptr<int>>&>().result()),
                               const std::unique_ptr<int>&>);
  ThreadPoolExecutor pool(1);
  std::unique_ptr<int> value = pool.submit([] { return std::make_unique<int>(3); }).result();
  EXPECT_EQ(*value, 3);
  Promise<std::string> text;
  text.setValue("copied");
  EXPECT_EQ(text.future().result(), "copied");
  EXPECT_EQ(text.future().result(), "copied"); // a temporary of a copyable type left the value where it was
}

TEST(Future, argumentsMayBeMovedInOrReferred) {
  ThreadPoolExecutor pool(1);
  int seen = 0;
  pool.submit([](std::unique_ptr<int> p, int& out) { out = *p; }, std::make_unique<int>(8), std::ref(seen)).result();
  EXPECT_EQ(seen, 8);
}

TEST(Future, mayOutliveItsPool) {
  Future<int> future, cancelled;
  {
    ThreadPoolExecutor pool(1);
    future = pool.submit([] { return 1; });
    std::latch started(1), go(1);
    pool.submit([&] { started.count_down(), go.wait(); });
    started.wait();
    cancelled = pool.submit([] { return 2; });
    EXPECT_TRUE(cancelled.cancel());
    go.count_down();
  }
  EXPECT_EQ(future.result(), 1);
  EXPECT_FALSE(future.cancel());
  EXPECT_TRUE(cancelled.cancel());
}

TEST(Future, cancelAndStartNeverBothHappen) {
  ThreadPoolExecutor pool(2);
  std::vector<Future<void>> futures;
  std::atomic<int> ran = 0;
  int cancelled = 0;
  for (int i = 0; i < 5000; ++i)
    futures.push_back(pool.submit([&] { ++ran; }));
  for (auto& future : futures)
    cancelled += future.cancel();
  wait(futures);
  EXPECT_EQ(ran + cancelled, 5000);
  EXPECT_EQ(pool.stats().cancelled, static_cast<std::size_t>(cancelled));
  EXPECT_EQ(pool.stats().queued, 0u);
}

TEST(Future, aWaiterAboutToWakeIsNotTakenForADeadlock) {
  // The first task waits for the second, which ends; the third then waits for the fourth while the first may not have
  // woken yet: its worker will run the fourth.
  for (int round = 0; round < 300; ++round) {
    ThreadPoolExecutor pool(2);
    std::latch ready(1);
    Future<int> second, third;
    Future<int> first = pool.submit([&] {
      second = pool.submit([&] {
        ready.wait();
        return 1;
      });
      third = pool.submit([&] { return pool.submit([] { return 2; }).result(); });
      ready.count_down();
      return second.result();
    });
    EXPECT_EQ(first.result(20s), 1);
    EXPECT_EQ(third.result(20s), 2);
  }
}

namespace {

/// Counts its copies; moving leaves an empty one behind.
struct Counting {
  std::shared_ptr<int> copies = std::make_shared<int>(0);
  Counting() = default;
  Counting(const Counting& other) : copies(other.copies) { ++*copies; }
  Counting(Counting&&) = default;
  Counting& operator=(const Counting&) = default;
  Counting& operator=(Counting&&) = default;
};

struct ThrowsWhenDestroyed {
  bool armed = false;
  ThrowsWhenDestroyed() = default;
  ThrowsWhenDestroyed(ThrowsWhenDestroyed&& other) noexcept : armed(std::exchange(other.armed, false)) {}
  ~ThrowsWhenDestroyed() noexcept(false) {
    if (armed) throw std::runtime_error("in a destructor");
  }
};

struct NullWhat : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

struct alignas(64) Aligned {
  char bytes[64] = {};
  bool fits() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
};

template <class F> void expectEmpty(F&& call) {
  EXPECT_THROW(call(), InvalidStateError);
}

} // namespace

TEST(Future, theLastHandleMovesTheResultOutAndAnyOtherCopies) {
  ThreadPoolExecutor pool(1);
  EXPECT_EQ(*pool.submit([] { return Counting(); }).get().copies, 0);
  EXPECT_EQ(*pool.submit([] { return Counting(); }).result().copies, 0);
  Future<Counting> a = pool.submit([] { return Counting(); }), b = a;
  EXPECT_EQ(*a.get().copies, 1);
  EXPECT_EQ(*a.get().copies, 2) << "it may be asked again while others have a handle";
  b = {};
  EXPECT_EQ(*a.get().copies, 2);
  EXPECT_THROW(a.get(), InvalidStateError) << "it was moved out";
  EXPECT_THROW(a.result(), InvalidStateError);
  Future<int> number = pool.submit([] { return 4; });
  EXPECT_EQ(number.get() + number.get(), 8) << "nothing is lost by moving an int";
}

TEST(Future, aCallbackToComeCountsAsAHandle) {
  for (int round = 0; round < 200; ++round) {
    ThreadPoolExecutor pool(1);
    Gate gate;
    auto future = pool.submit([&] { return gate.pass(), std::string(100, 'x'); });
    Promise<std::size_t> seen;
    future.addDoneCallback([&](const Future<std::string>& f) { seen.setValue(f.result().size()); });
    gate.open();
    EXPECT_EQ(future.get().size(), 100u); // perhaps before the callback has run
    EXPECT_EQ(seen.future().result(20s), 100u);
  }
}

TEST(Future, ofTwoWhoTakeAMoveOnlyResultOneGetsIt) {
  ThreadPoolExecutor pool(1);
  for (int round = 0; round < 100; ++round) {
    Future<std::unique_ptr<int>> future = pool.submit([] { return std::make_unique<int>(1); });
    std::atomic<int> got = 0, refused = 0;
    const auto take = [&, future] {
      try {
        got += *future.get();
      } catch (const InvalidStateError&) {
        ++refused;
      }
    };
    {
      std::jthread other(take);
      take();
    }
    EXPECT_EQ(got, 1);
    EXPECT_EQ(refused, 1);
  }
}

TEST(Future, anEmptyOneRefusesEveryCall) {
  Promise<int> promise;
  Future<int> future = promise.future();
  Future<int> moved = std::move(future);
  for (Future<int> empty : {Future<int>(), future}) {
    expectEmpty([&] { static_cast<void>(empty.state()); });
    expectEmpty([&] { static_cast<void>(empty.done()); });
    expectEmpty([&] { static_cast<void>(empty.running()); });
    expectEmpty([&] { static_cast<void>(empty.cancelled()); });
    expectEmpty([&] { empty.cancel(); });
    expectEmpty([&] { empty.requestStop(); });
    expectEmpty([&] { empty.result(); });
    expectEmpty([&] { empty.result(1ns); });
    expectEmpty([&] { Future<int>().result(); });
    expectEmpty([&] { Future<int>().result(1ns); });
    expectEmpty([&] { empty.get(); });
    expectEmpty([&] { empty.exception(); });
    expectEmpty([&] { empty.exception(1ns); });
    expectEmpty([&] { empty.addDoneCallback([](const Future<int>&) {}); });
    expectEmpty([&] { empty.then([](int) {}); });
    expectEmpty([&] { static_cast<void>(empty.taskId()); });
    expectEmpty([&] { wait(std::vector{empty}); });
    expectEmpty([&] { wait(ReturnWhen::AllCompleted, {}, moved, empty); });
    expectEmpty([&] { asCompleted(std::vector{moved, empty}); });
    EXPECT_FALSE(empty.valid());
  }
  Promise<int> gone = std::move(promise);
  expectEmpty([&] { promise.future(); });
  expectEmpty([&] { promise.setValue(1); });
  expectEmpty([&] { promise.setException(std::make_exception_ptr(1)); });
  expectEmpty([&] { promise.setRunningOrNotifyCancel(); });
  gone.setValue(3);
  EXPECT_EQ(moved.result(), 3);
}

TEST(Future, callbacksMayBeMoveOnly) {
  Promise<int> promise;
  int seen = 0;
  promise.future().addDoneCallback(
      [&, owner = std::make_unique<int>(5)](const Future<int>& f) mutable { seen = f.result() + *owner; });
  promise.setValue(1);
  EXPECT_EQ(seen, 6);
}

TEST(Future, aPromiseTakesNoNullException) {
  Promise<int> promise;
  EXPECT_THROW(promise.setException(nullptr), std::invalid_argument);
  promise.setValue(2); // it has no outcome yet
  EXPECT_EQ(promise.future().result(), 2);
}

TEST(Future, whatThrowsInADestructorEndsNobody) {
  ThreadPoolExecutor pool(1);
  std::latch go(1);
  auto blocker = pool.submit([&] { go.wait(); });
  const auto armed = [](ThrowsWhenDestroyed bomb) {
    bomb.armed = true;
    return bomb;
  };
  auto ran = pool.submit([bomb = armed({})]() mutable { return 1; });
  auto dropped = pool.submit([bomb = armed({})]() mutable { return 2; });
  ran.addDoneCallback([bomb = armed({})](const Future<int>&) mutable {});
  EXPECT_TRUE(dropped.cancel());
  go.count_down();
  EXPECT_EQ(ran.result(20s), 1);
  EXPECT_EQ(pool.submit([] { return 3; }).result(20s), 3) << "the worker lives";
}

TEST(Future, anExceptionWithoutAWordIsToldAllTheSame) {
  EXPECT_EQ(textOf(std::make_exception_ptr(NullWhat())), "unknown exception");
  EventLog log;
  ThreadPoolOptions options;
  options.maxWorkers = 1, options.log = &log;
  ThreadPoolExecutor pool(std::move(options));
  EXPECT_THROW(pool.submit([] { throw NullWhat(); }).result(20s), NullWhat);
  EXPECT_EQ(pool.submit([] { return 3; }).result(20s), 3);
  ThreadPoolOptions broken;
  broken.maxWorkers = 1, broken.initializer = [] { throw NullWhat(); };
  ThreadPoolExecutor other(std::move(broken));
  EXPECT_THROW(other.submit([] {}).result(20s), BrokenThreadPool);
}

TEST(Future, capturesAndResultsHaveTheirAlignment) {
  ThreadPoolExecutor pool(2);
  std::vector<Future<bool>> captured;
  std::vector<Future<Aligned>> returned;
  for (int i = 0; i < 100; ++i) {
    captured.push_back(pool.submit([a = Aligned()] { return a.fits(); }));
    returned.push_back(pool.submit([] { return Aligned(); }));
  }
  for (auto& future : captured)
    EXPECT_TRUE(future.result());
  for (auto& future : returned)
    EXPECT_TRUE(future.result().fits());
}

TEST(Future, aResultMayBeReadAfterItsLog) {
  Future<int> read, unread, failed;
  Promise<int> open;
  {
    EventLog log;
    ThreadPoolOptions options;
    options.maxWorkers = 1, options.log = &log;
    ThreadPoolExecutor pool(std::move(options));
    read = pool.submit([] { return 1; });
    unread = pool.submit([] { return 2; });
    failed = pool.submit([]() -> int { throw std::domain_error("x"); });
    EXPECT_EQ(read.result(), 1);
  }
  EXPECT_EQ(read.result(), 1);
  EXPECT_EQ(unread.result(), 2);
  EXPECT_THROW(failed.result(), std::domain_error);
  EXPECT_NE(failed.exception(), nullptr);
  EXPECT_FALSE(unread.cancel());
  EXPECT_FALSE(unread.requestStop());
  EXPECT_EQ(wait(std::vector{unread, open.future()}, ReturnWhen::AllCompleted, 1ms).done.size(), 1u);
  EXPECT_EQ(unread.then([](int x) { return x + 1; }).get(), 3);
  std::jthread elsewhere([&] { EXPECT_EQ(unread.result(), 2); }); // a thread that never knew the log
}

TEST(Future, aLogMayEndWhileSomebodyReadsResults) {
  for (int round = 0; round < 100; ++round) {
    auto log = std::make_unique<EventLog>();
    std::vector<Future<int>> futures;
    {
      ThreadPoolOptions options;
      options.maxWorkers = 1, options.log = log.get();
      ThreadPoolExecutor pool(std::move(options));
      for (int i = 0; i < 50; ++i)
        futures.push_back(pool.submit([i] { return i; }));
    }
    std::latch begun(1);
    std::jthread reader([&] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(), i);
        if (i == 5) begun.count_down();
      }
    });
    begun.wait();
    log.reset();
  }
}
