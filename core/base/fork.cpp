#include "core/base/fork.h"

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <pthread.h>

namespace poolscope {

namespace {

using Prepare = void (*)();

// Some few: one for each thing that a whole program has one of.
std::array<std::atomic<Prepare>, 16> g_prepare; // filled by onForkInChild()
std::atomic<std::size_t> g_prepares{0};         // places given there
std::atomic<unsigned> g_generation{0};          // counted up in a child, while it has one thread

void enterChild() {
  g_generation.fetch_add(1, std::memory_order_relaxed);
  for (const auto& prepare : g_prepare)
    if (const Prepare call = prepare.load(std::memory_order_acquire)) call();
}

/// Before anything asks: who asks has something that a child must not use.
void watchForks() {
  static const int watched = ::pthread_atfork(nullptr, nullptr, enterChild);
  static_cast<void>(watched);
}

} // namespace

unsigned forkGeneration() {
  watchForks();
  return g_generation.load(std::memory_order_relaxed);
}

void onForkInChild(Prepare prepare) {
  watchForks();
  const std::size_t place = g_prepares.fetch_add(1, std::memory_order_relaxed);
  assert(place < g_prepare.size());
  g_prepare[place].store(prepare, std::memory_order_release);
}

} // namespace poolscope
