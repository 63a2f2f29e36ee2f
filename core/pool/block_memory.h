#pragma once

#include <cstddef>

namespace poolscope::detail {

/// Memory of task blocks (block_memory.cpp opens with the plan): aligned for anything that plain new aligns, usable at
/// any time, also by threads past their end, after main() and in a forked child. Throws std::bad_alloc.
/// Threads: any thread.
void* takeBlockMemory(std::size_t size);
void giveBlockMemory(void* memory, std::size_t size) noexcept;

/// Bytes that are held of the system, in use or free; for tests.
std::size_t blockMemoryHeld();

/// pthread_atfork's three parts, called in the order of the locks' ranks (task_block.cpp).
void lockBlockMemoryForFork();
void unlockBlockMemoryAfterFork();

} // namespace poolscope::detail
