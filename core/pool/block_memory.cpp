// Where task blocks come from. A block is made by a submitter and mostly freed by a worker, and malloc's arenas are
// slow at just that: a task then costs half as much again, up to twice (resources/docs/decisions has the figures). So:
//
// A thread keeps free blocks by size class, up to two batches of 64 in each. Whole batches go to, and come from, a
// shelf that all threads share; what the shelf does not hold goes back to its slab, block by block, under the same
// lock. A slab is 64 KiB of blocks of one class, aligned, so that a block finds it by its address. Slabs are cut from
// regions that grow with the demand up to a huge page: a queue of a million tasks costs some hundred page faults.
//
// A burst's memory goes back: free slabs are kept up to what is in use and 16 MiB. Beyond that whole free regions are
// unmapped, and where there is none, free slabs give their pages back.
//
// A thread's lists have no destructor: a static or thread_local future may free its block after everything else of its
// thread is gone. The keeper of the lists gives them back at the thread's end, and from then on each block goes its
// way alone. fork() waits for the lock, so that the child finds it free.
//
// Under AddressSanitizer free blocks are poisoned but for the link, and regions are roots for the leak check.

#include "core/pool/block_memory.h"

#include "core/base/mutex.h"
#include "core/base/pages.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <new>
#include <sys/mman.h>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace poolscope::detail {

namespace {

constexpr std::size_t kClassStep = 32, kClasses = 16; // up to 512 bytes; greater ones come from malloc
constexpr std::size_t kBatch = 64;                    // blocks exchanged at once: the lock costs little per block
constexpr std::size_t kShelf = 4;                     // batches of a class on the shelf
constexpr std::size_t kSlab = 64 * 1024;              // holds the largest batch twice; 400 tasks of the usual size
constexpr std::size_t kHeader = 32;                   // at a slab's start: its Slab*
constexpr std::size_t kKept = std::size_t{16} << 20;  // free bytes that stay whatever is in use

struct FreeBlock {
  void* unused; // where an object has its virtual table: stays poisoned
  FreeBlock* next;
};
struct FreeBatch {
  FreeBlock* head = nullptr;
  std::size_t count = 0;
};

#if defined(__SANITIZE_ADDRESS__)
void poison(FreeBlock* block, std::size_t size) {
  __asan_poison_memory_region(block, sizeof(void*));
  __asan_poison_memory_region(block + 1, size - sizeof(FreeBlock));
}
void unpoison(void* memory, std::size_t size) {
  __asan_unpoison_memory_region(memory, size);
}
void isRoot(void* memory, std::size_t size, bool yes) {
  yes ? __lsan_register_root_region(memory, size) : __lsan_unregister_root_region(memory, size);
}
#else
void poison(FreeBlock*, std::size_t) {}
void unpoison(void*, std::size_t) {}
void isRoot(void*, std::size_t, bool) {}
#endif

FreeBlock* link(void* memory, FreeBlock* next, std::size_t size) {
  auto* block = static_cast<FreeBlock*>(memory);
  block->next = next;
  poison(block, size);
  return block;
}

struct Region;
struct Slab {
  Slab* prev = nullptr; // in one of the lists below, or in none while it has no free block
  Slab* next = nullptr;
  Region* region = nullptr;
  char* memory = nullptr;
  FreeBlock* free = nullptr;
  std::size_t freeCount = 0; // blocks in `free` and those that were never cut
  std::size_t capacity = 0;
  char* uncut = nullptr; // from here to the end
  bool resident = true;  // it has its pages
};
struct Region {
  Region* prev = nullptr; // while it is free
  Region* next = nullptr;
  Pages pages;
  char* start = nullptr;
  std::size_t slabCount = 0, freeSlabs = 0;
  std::array<Slab, kHugePage / kSlab> slabs;
};

/// Doubly linked, intrusive.
template <class T> struct List {
  T* head = nullptr;
  void push(T& node) {
    node.prev = nullptr, node.next = head;
    if (head) head->prev = &node;
    head = &node;
  }
  void remove(T& node) {
    (node.prev ? node.prev->next : head) = node.next;
    if (node.next) node.next->prev = node.prev;
    node.prev = node.next = nullptr;
  }
};

/// What all threads share. Never destroyed.
class Shared {
 public:
  static Shared& instance() {
    static Shared& shared = *new Shared;
    return shared;
  }

  FreeBatch take(std::size_t sizeClass, std::size_t count) {
    MutexLock lock(mutex);
    auto& shelf = m_shelves[sizeClass];
    if (count == kBatch && shelf.count > 0) return std::exchange(shelf.batches[--shelf.count], {});
    const std::size_t size = (sizeClass + 1) * kClassStep;
    FreeBatch batch;
    while (batch.count < count) {
      Slab* slab = m_partial[sizeClass].head;
      if (!slab) {
        if (batch.count > 0) break; // no memory for more than is needed
        slab = &newSlabLocked(sizeClass);
      }
      for (; batch.count < count && slab->freeCount > 0; --slab->freeCount, ++batch.count) {
        FreeBlock* block = slab->free;
        if (block) {
          slab->free = block->next;
        } else {
          block = reinterpret_cast<FreeBlock*>(slab->uncut);
          slab->uncut += size;
          unpoison(block, size);
        }
        batch.head = link(block, batch.head, size);
      }
      if (slab->freeCount == 0) m_partial[sizeClass].remove(*slab);
    }
    return batch;
  }

  /// What has become too much is unmapped without the lock.
  void give(std::size_t sizeClass, FreeBatch batch) noexcept {
    MutexLock lock(mutex);
    auto& shelf = m_shelves[sizeClass];
    if (batch.count == kBatch && shelf.count < kShelf) {
      shelf.batches[shelf.count++] = batch;
      return;
    }
    giveLocked(sizeClass, batch);
    while (Region* region = tooMuchLocked()) {
      lock.unlock();
      isRoot(region->start, region->slabCount * kSlab, false);
      region->pages.free();
      delete region;
      lock.lock();
    }
    while (Slab* slab = tooMuchOfSlabsLocked()) {
      // With the lock: the slab could be taken into use meanwhile. Rare: a region with one living block.
      ::madvise(slab->memory, kSlab, MADV_DONTNEED);
    }
  }

  std::size_t held() {
    MutexLock lock(mutex);
    return m_used + m_free;
  }

  Mutex mutex{LockRank::Leaf};

 private:
  struct Shelf {
    std::array<FreeBatch, kShelf> batches;
    std::size_t count = 0;
  };

  static Slab& slabOf(void* block) {
    return **reinterpret_cast<Slab**>(reinterpret_cast<std::uintptr_t>(block) & ~std::uintptr_t{kSlab - 1});
  }

  void giveLocked(std::size_t sizeClass, FreeBatch batch) noexcept REQUIRES(mutex) {
    while (FreeBlock* block = batch.head) {
      batch.head = block->next;
      Slab& slab = slabOf(block);
      block->next = slab.free;
      slab.free = block;
      if (slab.freeCount++ == 0) m_partial[sizeClass].push(slab);
      if (slab.freeCount < slab.capacity) continue;
      m_partial[sizeClass].remove(slab);
      m_freeSlabs.push(slab);
      m_used -= kSlab, m_free += kSlab;
      if (++slab.region->freeSlabs == slab.region->slabCount) m_freeRegions.push(*slab.region);
    }
  }

  Slab& newSlabLocked(std::size_t sizeClass) REQUIRES(mutex) {
    Slab* slab = m_freeSlabs.head ? m_freeSlabs.head : m_bareSlabs.head;
    if (!slab) {
      newRegionLocked();
      slab = m_freeSlabs.head;
    }
    Region& region = *slab->region;
    if (region.freeSlabs-- == region.slabCount) m_freeRegions.remove(region);
    if (slab->resident) {
      m_freeSlabs.remove(*slab);
      m_free -= kSlab;
    } else {
      m_bareSlabs.remove(*slab);
      Pages::populate(slab->memory, kSlab);
      slab->resident = true;
    }
    m_used += kSlab;
    unpoison(slab->memory, kSlab);
    *reinterpret_cast<Slab**>(slab->memory) = slab;
    const std::size_t size = (sizeClass + 1) * kClassStep;
    slab->free = nullptr;
    slab->capacity = slab->freeCount = (kSlab - kHeader) / size;
    slab->uncut = slab->memory + kHeader;
    m_partial[sizeClass].push(*slab);
    return *slab;
  }

  void newRegionLocked() REQUIRES(mutex) {
    const std::size_t wanted = std::min(2 * m_lastRegion, kHugePage);
    const bool huge = wanted == kHugePage;
    auto* region = new Region;
    region->pages = Pages::lazy(huge ? wanted : wanted + kSlab); // a huge page is aligned enough by itself
    if (!region->pages.data) {
      delete region;
      throw std::bad_alloc();
    }
    const auto data = reinterpret_cast<std::uintptr_t>(region->pages.data);
    region->start = reinterpret_cast<char*>((data + kSlab - 1) & ~std::uintptr_t{kSlab - 1});
    if (!huge) Pages::populate(region->start, wanted);
    isRoot(region->start, wanted, true);
    region->slabCount = region->freeSlabs = wanted / kSlab;
    for (std::size_t i = region->slabCount; i-- > 0;) {
      region->slabs[i].region = region;
      region->slabs[i].memory = region->start + i * kSlab;
      m_freeSlabs.push(region->slabs[i]);
    }
    m_freeRegions.push(*region);
    m_free += wanted;
    m_lastRegion = wanted;
  }

  bool keepsTooMuchLocked() const REQUIRES(mutex) { return m_free > m_used + kKept; }

  /// A free region that is to be unmapped, taken out of everything; null when what is free may stay.
  Region* tooMuchLocked() REQUIRES(mutex) {
    Region* const region = m_freeRegions.head;
    if (!region || !keepsTooMuchLocked()) return nullptr;
    m_freeRegions.remove(*region);
    for (std::size_t i = 0; i < region->slabCount; ++i) {
      Slab& slab = region->slabs[i];
      (slab.resident ? m_freeSlabs : m_bareSlabs).remove(slab);
      if (slab.resident) m_free -= kSlab;
    }
    return region;
  }
  Slab* tooMuchOfSlabsLocked() REQUIRES(mutex) {
    Slab* const slab = m_freeSlabs.head;
    if (!slab || !keepsTooMuchLocked()) return nullptr;
    m_freeSlabs.remove(*slab);
    m_bareSlabs.push(*slab);
    slab->resident = false;
    m_free -= kSlab;
    return slab;
  }

  std::array<Shelf, kClasses> m_shelves GUARDED_BY(mutex);
  std::array<List<Slab>, kClasses> m_partial GUARDED_BY(mutex);            // with a free block and one in use
  List<Slab> m_freeSlabs GUARDED_BY(mutex), m_bareSlabs GUARDED_BY(mutex); // wholly free, with their pages and without
  List<Region> m_freeRegions GUARDED_BY(mutex);
  std::size_t m_used GUARDED_BY(mutex) = 0, m_free
                                            GUARDED_BY(mutex) = 0; // bytes of slabs, those without pages left out
  std::size_t m_lastRegion GUARDED_BY(mutex) = kSlab / 2;
};

/// A thread's free blocks: up to two batches a class, then one goes to the others. No destructor.
struct ThreadBlocks {
  std::array<FreeBatch, kClasses> current, spare;
  std::size_t most = 0; // blocks in `current`: 0 before the keeper is there and after it has gone
  bool ended = false;
};
constinit thread_local ThreadBlocks t_blocks;

struct Keeper {
  ~Keeper() {
    t_blocks.most = 0, t_blocks.ended = true;
    for (std::size_t i = 0; i < kClasses; ++i)
      for (FreeBatch* batch : {&t_blocks.current[i], &t_blocks.spare[i]})
        if (batch->head) Shared::instance().give(i, std::exchange(*batch, {}));
  }
  void arm() { t_blocks.most = kBatch; }
};

/// False when this thread keeps no blocks any more.
bool keepsBlocks() {
  if (t_blocks.ended) return false;
  if (t_blocks.most == 0) {
    thread_local Keeper keeper;
    keeper.arm();
  }
  return true;
}

void refill(std::size_t sizeClass) {
  FreeBatch& batch = t_blocks.current[sizeClass];
  std::swap(batch, t_blocks.spare[sizeClass]);
  if (!batch.head) batch = Shared::instance().take(sizeClass, keepsBlocks() ? kBatch : 1);
}

void makePlace(std::size_t sizeClass) {
  if (!keepsBlocks()) return;
  FreeBatch& batch = t_blocks.current[sizeClass];
  if (batch.count < kBatch) return;
  FreeBatch& spare = t_blocks.spare[sizeClass];
  const FreeBatch tooMuch = std::exchange(spare, std::exchange(batch, {}));
  if (tooMuch.head) Shared::instance().give(sizeClass, tooMuch);
}

} // namespace

void* takeBlockMemory(std::size_t size) {
  const std::size_t sizeClass = (size - 1) / kClassStep;
  if (sizeClass >= kClasses) return ::operator new(size);
  FreeBatch& batch = t_blocks.current[sizeClass];
  if (!batch.head) [[unlikely]]
    refill(sizeClass);
  FreeBlock* const block = batch.head;
  batch.head = block->next;
  --batch.count;
  unpoison(block, (sizeClass + 1) * kClassStep);
  return block;
}

void giveBlockMemory(void* memory, std::size_t size) noexcept {
  const std::size_t sizeClass = (size - 1) / kClassStep;
  if (sizeClass >= kClasses) return ::operator delete(memory); // without its size: Clang 14 has no sized form
  FreeBatch& batch = t_blocks.current[sizeClass];
  if (batch.count >= t_blocks.most) [[unlikely]]
    makePlace(sizeClass);
  batch.head = link(memory, batch.head, (sizeClass + 1) * kClassStep);
  ++batch.count;
  if (t_blocks.ended) [[unlikely]]
    Shared::instance().give(sizeClass, std::exchange(batch, {}));
}

std::size_t blockMemoryHeld() {
  return Shared::instance().held();
}

void lockBlockMemoryForFork() {
  Shared::instance().mutex.lockForFork();
}
void unlockBlockMemoryAfterFork() {
  Shared::instance().mutex.unlockAfterFork();
}

} // namespace poolscope::detail
