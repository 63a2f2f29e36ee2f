#include "core/pool/process/task_registry.h"

#include "core/base/fork.h"
#include "core/base/mutex.h"

#include <cstring>
#include <link.h>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <unordered_map>

namespace poolscope::detail {

namespace {

/// One loaded program or library, seen through dl_iterate_phdr.
struct Image {
  std::string_view id; // build id bytes
  std::uint64_t base = 0;
  bool isProgram = false;
  const ElfW(Phdr) * headers = nullptr;
  std::size_t headerCount = 0;

  bool holdsCode(std::uint64_t address) const {
    for (std::size_t i = 0; i < headerCount; ++i) {
      const auto& header = headers[i];
      if (header.p_type != PT_LOAD || !(header.p_flags & PF_X)) continue;
      if (address >= base + header.p_vaddr && address - base - header.p_vaddr < header.p_memsz) return true;
    }
    return false;
  }
};

std::string_view buildId(const dl_phdr_info& info) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& header = info.dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const char* at = reinterpret_cast<const char*>(info.dlpi_addr + header.p_vaddr);
    const char* const end = at + header.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const char* const name = at + sizeof note;
      const char* const content = name + ((note.n_namesz + 3) & ~3u);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0)
        return {content, note.n_descsz};
      at = content + ((note.n_descsz + 3) & ~3u);
    }
  }
  // Linked without one: the segments' places and sizes tell two builds apart nearly as well.
  return {reinterpret_cast<const char*>(info.dlpi_phdr), info.dlpi_phnum * sizeof(ElfW(Phdr))};
}

/// Calls visit(image) for every loaded image until it returns true. The program itself comes first.
template <class F> void forEachImage(F&& visit) {
  struct Walk {
    F& visit;
    bool first = true;
  } walk{visit};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) -> int {
        Walk& self = *static_cast<Walk*>(data);
        const Image image{buildId(*info), info->dlpi_addr, self.first, info->dlpi_phdr, info->dlpi_phnum};
        self.first = false;
        return self.visit(image) ? 1 : 0;
      },
      &walk);
}

const Image& program() {
  static const Image image = [] {
    Image found;
    forEachImage([&](const Image& first) { return found = first, true; });
    return found;
  }();
  return image;
}

struct Registry {
  Mutex mutex{LockRank::Leaf};
  std::map<std::string, AnyFunction, std::less<>> byName GUARDED_BY(mutex);
  std::unordered_map<AnyFunction, std::string> names GUARDED_BY(mutex);
  std::set<std::string, std::less<>> images GUARDED_BY(mutex); // kept: a library may be unloaded
};
Registry& registry() {
  static Registry& all = *[] { // static objects of any order register in it
    onForkInChild([] { std::construct_at(&registry().mutex, LockRank::Leaf); }); // perhaps another thread held it
    return new Registry;
  }();
  return all;
}

} // namespace

std::string_view programImage() {
  return program().id;
}

FunctionPlace placeOf(AnyFunction function) {
  const auto address = reinterpret_cast<std::uint64_t>(function);
  FunctionPlace place{function, {}, 0};
  forEachImage([&](const Image& image) {
    if (!image.holdsCode(address)) return false;
    place.offset = address - image.base;
    if (image.isProgram) return true;
    MutexLock lock(registry().mutex);
    place.image = *registry().images.emplace(image.id).first;
    return true;
  });
  return place;
}

AnyFunction resolve(const wire::FunctionRef& reference) {
  if (!reference.name.empty()) {
    MutexLock lock(registry().mutex);
    const auto found = registry().byName.find(reference.name);
    return found == registry().byName.end() ? nullptr : found->second;
  }
  auto within = [&](const Image& image) -> AnyFunction {
    const std::uint64_t address = image.base + reference.offset;
    return image.holdsCode(address) ? reinterpret_cast<AnyFunction>(address) : nullptr;
  };
  if (reference.image.empty()) return within(program());
  AnyFunction function = nullptr;
  forEachImage([&](const Image& image) {
    if (image.id == reference.image) function = within(image);
    return function != nullptr;
  });
  return function;
}

bool reference(const FunctionPlace& place, bool sameProgram, wire::FunctionRef& out) {
  if (sameProgram) {
    out = {{}, place.image, place.offset};
    return place.offset != 0;
  }
  MutexLock lock(registry().mutex);
  const auto found = registry().names.find(place.function);
  if (found == registry().names.end()) return false;
  out = {found->second, {}, 0}; // names are never taken back
  return true;
}

void registerFunction(std::string name, AnyFunction function) {
  MutexLock lock(registry().mutex);
  if (name.empty() || registry().byName.contains(name))
    throw std::invalid_argument("the task name \"" + name + "\" is registered already");
  registry().names.try_emplace(function, name);
  registry().byName.emplace(std::move(name), function);
}

std::string registeredName(AnyFunction function) {
  MutexLock lock(registry().mutex);
  const auto found = registry().names.find(function);
  return found == registry().names.end() ? std::string() : found->second;
}

} // namespace poolscope::detail
