#include "app/line_editor.h"

#include "core/base/syscall.h"
#include "core/event/utf8.h"

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <histedit.h>
#include <langinfo.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace poolscope {

namespace {

constexpr int kHistoryLines = 1000;

/// What is typed is UTF-8, as everywhere in this program, whatever the locale says.
void useUtf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

} // namespace

struct LineEditor::Impl {
  std::string prompt;
  std::function<bool()> waitForKey;
  History* history = ::history_init();
  EditLine* editor = nullptr;

  static Impl& of(EditLine* editor) {
    void* self = nullptr;
    ::el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<Impl*>(self);
  }
  static char* promptOf(EditLine* editor) { return of(editor).prompt.data(); }
  /// One character: 1; 0 at the end.
  static int readKey(EditLine* editor, wchar_t* key) {
    std::string bytes;
    do {
      char byte = 0;
      if (!of(editor).waitForKey() || sysCall([&] { return ::read(STDIN_FILENO, &byte, 1); }).value != 1) return 0;
      bytes += byte;
    } while (utf8LengthAt(bytes) == 0 && bytes.size() < 4 && (static_cast<unsigned char>(bytes[0]) & 0xC0) == 0xC0);
    if (::mbtowc(key, bytes.data(), bytes.size()) <= 0) *key = L'?';
    return 1;
  }
};

LineEditor::LineEditor(std::string prompt, std::function<bool()> waitForKey) : m_impl(std::make_unique<Impl>()) {
  useUtf8();
  m_impl->prompt = std::move(prompt), m_impl->waitForKey = std::move(waitForKey);
  m_impl->editor = ::el_init("poolscope", stdin, stdout, stderr);
  HistEvent event;
  ::history(m_impl->history, &event, H_SETSIZE, kHistoryLines);
  ::history(m_impl->history, &event, H_SETUNIQUE, 1);
  ::el_set(m_impl->editor, EL_CLIENTDATA, m_impl.get());
  ::el_set(m_impl->editor, EL_PROMPT, &Impl::promptOf);
  ::el_set(m_impl->editor, EL_GETCFN, &Impl::readKey);
  ::el_set(m_impl->editor, EL_HIST, ::history, m_impl->history);
  ::el_set(m_impl->editor, EL_EDITOR, "emacs");
  ::el_set(m_impl->editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  ::el_source(m_impl->editor, nullptr);
}

LineEditor::~LineEditor() {
  ::el_end(m_impl->editor);
  ::history_end(m_impl->history);
}

bool LineEditor::isPossible() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && terminal && *terminal &&
         std::string_view(terminal) != "dumb";
}

std::optional<std::string> LineEditor::read() {
  ::el_resize(m_impl->editor);
  int count = 0;
  const char* typed = ::el_gets(m_impl->editor, &count);
  if (!typed || count <= 0) return {};
  std::string line(typed, static_cast<std::size_t>(count));
  if (line.back() != '\n') return {}; // it was broken off
  line.pop_back();
  HistEvent event;
  if (!line.empty()) ::history(m_impl->history, &event, H_ENTER, line.c_str());
  return line;
}

} // namespace poolscope
