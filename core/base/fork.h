#pragma once

namespace poolscope {

/// How often fork() made this process out of one that had begun already: 0 in a program as it was started. A child has
/// a copy of every object and only the thread that forked: whatever lives with threads or processes of its own is dead
/// there.
unsigned forkGeneration();
/// Called in each child, by the thread that forked, before its fork() returns: for what is made once for a whole
/// program and must be made anew. May be registered any time, and never goes.
void onForkInChild(void (*prepare)());

/// Remembers in which process it was made. Threads: immutable.
class HomeProcess {
 public:
  bool isHere() const { return m_generation == forkGeneration(); }

 private:
  const unsigned m_generation = forkGeneration();
};

} // namespace poolscope
