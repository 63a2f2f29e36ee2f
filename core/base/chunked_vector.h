#pragma once

#include <cassert>
#include <compare>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace poolscope {

/// A vector that only grows and never moves what it holds: references stay valid, and appending the millionth element
/// costs what appending the first did (a std::vector would copy 100 MB in the middle of a frame).
///
/// Threads: owner.
template <class T, std::size_t kChunkShift = 10> class ChunkedVector {
  static constexpr std::size_t kChunk = std::size_t{1} << kChunkShift;

 public:
  using value_type = T;

  template <class Owner, class Value> class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    Iterator() = default;
    Iterator(Owner* owner, std::size_t at) : m_owner(owner), m_at(at) {}
    reference operator*() const { return (*m_owner)[m_at]; }
    pointer operator->() const { return &(*m_owner)[m_at]; }
    reference operator[](difference_type n) const { return *(*this + n); }
    Iterator& operator++() { return ++m_at, *this; }
    Iterator& operator--() { return --m_at, *this; }
    Iterator operator++(int) { return {m_owner, m_at++}; }
    Iterator operator--(int) { return {m_owner, m_at--}; }
    Iterator& operator+=(difference_type n) { return m_at += static_cast<std::size_t>(n), *this; }
    Iterator& operator-=(difference_type n) { return m_at -= static_cast<std::size_t>(n), *this; }
    friend Iterator operator+(Iterator it, difference_type n) { return it += n; }
    friend Iterator operator+(difference_type n, Iterator it) { return it += n; }
    friend Iterator operator-(Iterator it, difference_type n) { return it -= n; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) {
      return static_cast<difference_type>(a.m_at) - static_cast<difference_type>(b.m_at);
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.m_at == b.m_at; }
    friend auto operator<=>(const Iterator& a, const Iterator& b) { return a.m_at <=> b.m_at; }

   private:
    Owner* m_owner = nullptr;
    std::size_t m_at = 0;
  };
  using iterator = Iterator<ChunkedVector, T>;
  using const_iterator = Iterator<const ChunkedVector, const T>;

  ChunkedVector() = default;
  ChunkedVector(ChunkedVector&& other) noexcept
      : m_chunks(std::move(other.m_chunks)), m_size(std::exchange(other.m_size, 0)) {}
  ChunkedVector& operator=(ChunkedVector&& other) noexcept {
    std::swap(m_chunks, other.m_chunks), std::swap(m_size, other.m_size);
    return *this;
  }
  ~ChunkedVector() {
    while (m_size > 0)
      pop_back();
  }

  std::size_t size() const { return m_size; }
  bool empty() const { return m_size == 0; }
  T& operator[](std::size_t i) {
    assert(i < m_size);
    return m_chunks[i >> kChunkShift].get()[i & (kChunk - 1)].value;
  }
  const T& operator[](std::size_t i) const {
    assert(i < m_size);
    return m_chunks[i >> kChunkShift].get()[i & (kChunk - 1)].value;
  }
  T& back() { return (*this)[m_size - 1]; }
  const T& back() const { return (*this)[m_size - 1]; }
  const T& front() const { return (*this)[0]; }

  template <class... A> T& emplace_back(A&&... arguments) {
    if (m_size >> kChunkShift == m_chunks.size()) m_chunks.emplace_back(new Place[kChunk]);
    // Braces make an aggregate too; parentheses would not with every compiler that we build with.
    T* made = ::new (static_cast<void*>(&m_chunks[m_size >> kChunkShift].get()[m_size & (kChunk - 1)].value))
        T{std::forward<A>(arguments)...};
    ++m_size;
    return *made;
  }
  void push_back(T value) { emplace_back(std::move(value)); }
  void pop_back() {
    std::destroy_at(&back());
    --m_size;
  }

  iterator begin() { return {this, 0}; }
  iterator end() { return {this, m_size}; }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, m_size}; }

 private:
  /// Room for one T that is not yet made.
  union Place {
    Place() {}
    ~Place() {}
    T value;
  };
  std::vector<std::unique_ptr<Place[]>> m_chunks;
  std::size_t m_size = 0;
};

} // namespace poolscope
