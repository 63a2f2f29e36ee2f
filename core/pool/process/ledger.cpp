#include "core/pool/process/ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace poolscope {

Ledger::~Ledger() {
  if (m_pages) ::munmap(m_pages, sizeof(Pages));
}

Ledger::Ledger(Ledger&& other) noexcept : m_fd(std::move(other.m_fd)), m_pages(std::exchange(other.m_pages, nullptr)) {}

Ledger& Ledger::operator=(Ledger&& other) noexcept {
  std::swap(m_fd, other.m_fd);
  std::swap(m_pages, other.m_pages);
  return *this;
}

Ledger Ledger::make() {
  UniqueFd fd(::memfd_create("poolscope-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), sizeof(Pages)) != 0) return {};
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return {};
  return map(std::move(fd));
}

Ledger Ledger::adopt(UniqueFd fd) {
  struct stat status;
  if (::fstat(fd.get(), &status) != 0 || status.st_size < static_cast<off_t>(sizeof(Pages))) return {};
  Ledger ledger = map(std::move(fd));
  ledger.closeDescriptor();
  return ledger;
}

Ledger Ledger::map(UniqueFd fd) {
  Ledger ledger;
  void* pages = ::mmap(nullptr, sizeof(Pages), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (pages == MAP_FAILED) return ledger;
  ledger.m_pages = static_cast<Pages*>(pages); // fresh pages are all zero: nobody has anything
  ledger.m_fd = std::move(fd);
  return ledger;
}

void Ledger::write(std::string_view bytes) {
  const std::uint64_t from = m_pages->written.load(std::memory_order_relaxed);
  const std::size_t begin = from % kOutboxBytes;
  const std::size_t first = std::min(bytes.size(), kOutboxBytes - begin);
  std::memcpy(m_pages->outbox.data() + begin, bytes.data(), first);
  std::memcpy(m_pages->outbox.data(), bytes.data() + first, bytes.size() - first);
  m_pages->written.store(from + bytes.size(), std::memory_order_release);
}

void Ledger::writtenElsewhere(std::size_t size) {
  m_pages->written.store(written() + size, std::memory_order_release);
}

std::string_view Ledger::at(std::uint64_t position) const {
  const std::size_t begin = position % kOutboxBytes;
  const std::uint64_t end = written(); // read once: a wild worker may change it
  const std::uint64_t size = end > position ? end - position : 0;
  return {m_pages->outbox.data() + begin,
          static_cast<std::size_t>(std::min<std::uint64_t>(size, kOutboxBytes - begin))};
}

} // namespace poolscope
