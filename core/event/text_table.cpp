#include "core/base/mutex.h"
#include "core/event/recording.h"
#include "core/event/utf8.h"

#include <array>
#include <bit>
#include <cstring>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace poolscope {

namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
constexpr std::uint32_t kFirstRow = 256; // row k holds 256 << k texts, so 24 rows hold every id

struct Place {
  std::uint32_t row, column;
};

Place placeOf(std::uint32_t index) {
  const std::uint32_t group = index / kFirstRow + 1;
  const auto row = static_cast<std::uint32_t>(std::bit_width(group)) - 1;
  return {row, index - kFirstRow * ((std::uint32_t{1} << row) - 1)};
}

} // namespace

/// Rows of views never move, so a reader needs no lock: it finds its row through `size`, which is published last.
struct TextTable::Impl {
  mutable Mutex mutex{LockRank::Texts};
  std::unordered_map<std::string_view, std::uint32_t> ids GUARDED_BY(mutex);
  std::deque<std::unique_ptr<char[]>> blocks GUARDED_BY(mutex);
  std::size_t blockFree GUARDED_BY(mutex) = 0;
  char* blockNext GUARDED_BY(mutex) = nullptr;
  std::array<std::unique_ptr<std::string_view[]>, 24> rows; // a row is made before `size` reaches it
  std::atomic<std::uint32_t> size{0};                       // written under the lock, read by any thread

  std::string_view keep(std::string_view text) REQUIRES(mutex) {
    if (text.size() > kBlockBytes / 4) { // a large text has a block of its own
      blocks.push_back(std::make_unique_for_overwrite<char[]>(text.size()));
      std::memcpy(blocks.back().get(), text.data(), text.size());
      return {blocks.back().get(), text.size()};
    }
    if (text.size() > blockFree) {
      blocks.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
      blockNext = blocks.back().get(), blockFree = kBlockBytes;
    }
    std::memcpy(blockNext, text.data(), text.size());
    const std::string_view kept(blockNext, text.size());
    blockNext += text.size(), blockFree -= text.size();
    return kept;
  }
};

TextTable::TextTable() : m_impl(std::make_unique<Impl>()) {}

TextTable::~TextTable() = default;

TextId TextTable::intern(std::string_view text) {
  if (text.empty()) return {};
  std::string repaired;
  if (text.size() > kMaxTextBytes) text = text.substr(0, utf8CutBefore(text, kMaxTextBytes));
  if (!isUtf8(text)) {
    repaired = repairUtf8(text);
    text = repaired;
    text = text.substr(0, utf8CutBefore(text, kMaxTextBytes)); // a repaired byte is three bytes long
  }
  MutexLock lock(m_impl->mutex);
  if (const auto it = m_impl->ids.find(text); it != m_impl->ids.end()) return TextId{it->second};
  const std::uint32_t index = m_impl->size.load(std::memory_order_relaxed);
  const auto [row, column] = placeOf(index);
  if (!m_impl->rows[row]) m_impl->rows[row] = std::make_unique<std::string_view[]>(std::size_t{kFirstRow} << row);
  const std::string_view kept = m_impl->keep(text);
  m_impl->rows[row][column] = kept;
  m_impl->ids.emplace(kept, index + 1);
  m_impl->size.store(index + 1, std::memory_order_release);
  return TextId{index + 1};
}

std::string_view TextTable::text(TextId id) const {
  if (!id || id.value() > m_impl->size.load(std::memory_order_acquire)) return {};
  const auto [row, column] = placeOf(id.value() - 1);
  return m_impl->rows[row][column];
}

std::uint32_t TextTable::size() const {
  return m_impl->size.load(std::memory_order_acquire);
}

} // namespace poolscope
