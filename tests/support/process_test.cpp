#include "tests/support/process_test.h"

#include "core/event/state_history.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace poolscope::test {

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2)); // between two looks; nothing is assumed of its length
  }
  return true;
}

ProcessFacts factsOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return {};
  const std::size_t open = line.find('('), close = line.rfind(')');
  ProcessFacts facts;
  facts.comm = line.substr(open + 1, close - open - 1);
  std::istringstream(line.substr(close + 2)) >> facts.state >> facts.parent;
  return facts;
}

std::vector<pid_t> childrenOf(pid_t pid) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t child = std::atoi(entry.path().filename().c_str());
    if (child > 0 && factsOf(child).parent == pid) children.push_back(child);
  }
  return children;
}

std::size_t openDescriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

std::string foldDiffers(EventLog& log, PoolId id, const PoolStats& stats) {
  log.drainNow();
  StateHistory history(log.recording());
  history.advance();
  if (const std::string broken = StateFold::checkInvariants(history.live(), history.tasks()); !broken.empty())
    return broken;
  const PoolLive* pool = history.live().pool(id);
  if (!pool) return "the log does not know the pool";
  const PoolCounters& c = pool->counters;
  std::ostringstream mine, told;
  mine << stats.submitted << ' ' << stats.queued << ' ' << stats.dispatched << ' ' << stats.running << ' ' << stats.done
       << ' ' << stats.failed << ' ' << stats.cancelled;
  told << c.submitted << ' ' << c.queued << ' ' << c.dispatched << ' ' << c.running << ' ' << c.done << ' ' << c.failed
       << ' ' << c.cancelled;
  return mine.str() == told.str() ? "" : "the pool counts " + mine.str() + ", the events " + told.str();
}

MarkDirectory::MarkDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "poolscope-test-XXXXXX").string();
  m_path = ::mkdtemp(path.data()) ? path : "";
}
MarkDirectory::~MarkDirectory() {
  std::error_code ignored;
  if (!m_path.empty()) std::filesystem::remove_all(m_path, ignored);
}
std::size_t MarkDirectory::count() const {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(m_path))
    ++count;
  return count;
}
bool MarkDirectory::has(std::string_view name) const {
  return std::filesystem::exists(path(name));
}

} // namespace poolscope::test
