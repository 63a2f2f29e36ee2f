#include "core/event/recording.h"

#include "core/base/assert.h"
#include "core/base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <vector>

namespace poolscope {

namespace {

// 2^17 events of 48 bytes are exactly three huge pages: the kernel then clears 2 MiB at a fault instead of 4 KiB, which
// is 3 ns an event instead of 10 (resources/docs/decisions/0002).
constexpr std::uint64_t kChunkShift = 17;
constexpr std::uint64_t kChunkEvents = std::uint64_t{1} << kChunkShift;
constexpr std::size_t kChunkBytes = kChunkEvents * sizeof(Event);
static_assert(kChunkBytes % kHugePage == 0);
constexpr std::uint64_t kMostChunks = 16384; // 96 GiB of events; the table of them takes 256 KiB

Event* eventsOf(const Pages& chunk) {
  return static_cast<Event*>(chunk.data);
}

} // namespace

struct Recording::Impl {
  std::uint64_t maxEvents;
  std::vector<Pages> chunks;             // sized once, for readers walk on it; a chunk is made before `size` reaches it
  std::uint64_t written = 0;             // by the appending thread alone
  std::uint64_t preparedPage = 0;        // by the appending thread: huge pages before it need no preparation
  std::atomic<std::uint64_t> size{0};    // written by publish(), read by any thread
  std::atomic<std::uint64_t> dropped{0}; // added to by any thread
  TextTable texts;
};

Recording::Recording(std::size_t maxBytes) : m_impl(std::make_unique<Impl>()) {
  m_impl->chunks.resize(kMostChunks);
  setMaxBytes(maxBytes);
}

void Recording::setMaxBytes(std::size_t maxBytes) {
  const std::uint64_t least = std::max<std::uint64_t>(m_impl->written, 1);
  m_impl->maxEvents = std::clamp<std::uint64_t>(maxBytes / sizeof(Event), least, kMostChunks << kChunkShift);
}

Recording::~Recording() {
  for (const Pages& chunk : m_impl->chunks)
    chunk.free();
}

std::uint64_t Recording::size() const {
  return m_impl->size.load(std::memory_order_acquire);
}

const Event& Recording::operator[](std::uint64_t q) const {
  POOLSCOPE_ASSERT(q < size(), "an event is read that is not there yet");
  return eventsOf(m_impl->chunks[q >> kChunkShift])[q & (kChunkEvents - 1)];
}

std::span<const Event> Recording::from(std::uint64_t q) const {
  const std::uint64_t end = size();
  if (q >= end) return {};
  const std::uint64_t inChunk = q & (kChunkEvents - 1);
  return {eventsOf(m_impl->chunks[q >> kChunkShift]) + inChunk, std::min(end - q, kChunkEvents - inChunk)};
}

std::int64_t Recording::firstTime() const {
  return size() == 0 ? 0 : (*this)[0].t;
}

std::int64_t Recording::lastTime() const {
  const std::uint64_t count = size();
  return count == 0 ? 0 : (*this)[count - 1].t;
}

std::uint64_t Recording::dropped() const {
  return m_impl->dropped.load(std::memory_order_relaxed);
}

std::uint64_t Recording::countUntil(std::int64_t time) const {
  std::uint64_t low = 0, high = size();
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if ((*this)[middle].t <= time)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

TextTable& Recording::texts() {
  return m_impl->texts;
}

const TextTable& Recording::texts() const {
  return m_impl->texts;
}

std::span<Event> Recording::room() {
  const std::uint64_t at = m_impl->written;
  if (at >= m_impl->maxEvents) return {};
  Pages& chunk = m_impl->chunks[at >> kChunkShift];
  if (chunk.data == nullptr) chunk = Pages::lazy(kChunkBytes);
  if (chunk.data == nullptr) {
    m_impl->maxEvents = at; // the system has no more memory: this is the bound
    return {};
  }
  const std::uint64_t inChunk = at & (kChunkEvents - 1);
  return {eventsOf(chunk) + inChunk, std::min(kChunkEvents - inChunk, m_impl->maxEvents - at)};
}

void Recording::appended(std::size_t count) {
  m_impl->written += count;
}

bool Recording::append(const Event& event) {
  const std::span<Event> free = room();
  if (free.empty()) {
    countDropped(1);
    return false;
  }
  new (free.data()) Event(event);
  appended(1);
  return true;
}

void Recording::publish() {
  m_impl->size.store(m_impl->written, std::memory_order_release);
}

std::span<std::byte> Recording::toPrepare() {
  const std::uint64_t page = m_impl->written * sizeof(Event) / kHugePage;
  const std::uint64_t next = (page + 1) * kHugePage, place = next / kChunkBytes;
  if (m_impl->preparedPage > page || m_impl->written * sizeof(Event) < next - kHugePage / 2) return {};
  if (place >= kMostChunks || next / sizeof(Event) >= m_impl->maxEvents) return {};
  m_impl->preparedPage = page + 1;
  Pages& chunk = m_impl->chunks[place];
  if (chunk.data == nullptr) chunk = Pages::lazy(kChunkBytes);
  if (chunk.data == nullptr) return {};
  return {static_cast<std::byte*>(chunk.data) + next % kChunkBytes, kHugePage};
}

void Recording::countDropped(std::uint64_t n) {
  m_impl->dropped.fetch_add(n, std::memory_order_relaxed);
}

} // namespace poolscope
