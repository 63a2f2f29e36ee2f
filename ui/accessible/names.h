#pragma once

#include <QString>

class QAbstractScrollArea;
class QWidget;

namespace poolscope::ui {

/// What controls are called for screen readers. A control has one English name, given when it is made; a person hears
/// it in the window's language, as visible texts are. With POOLSCOPE_ACCESSIBLE_NAMES=C in the environment it is the
/// English one in any language, and so are items, cells and headers: what looks for them need not know the language.
/// Threads: GUI thread.
bool hasFixedNames();

/// The control's name from now on, in whatever language the window is; one of the list in names.cpp.
void nameWidget(QWidget* widget, const char* english);
void nameScrollBars(QAbstractScrollArea* area);
QString accessibleName(const char* english); ///< as a control of that name is called now
void renameWidgets();                        ///< after a change of language

/// While one lives our texts are English, whatever the window's language.
class InEnglish {
 public:
  InEnglish();
  ~InEnglish();
  InEnglish(const InEnglish&) = delete;
  InEnglish& operator=(const InEnglish&) = delete;
  static bool active();

 private:
  const bool m_before;
};

/// What `say` says to a screen reader: a text of the window's, English where names are fixed.
template <class Say> auto accessibleText(Say say) {
  if (!hasFixedNames()) return say();
  const InEnglish english;
  return say();
}

} // namespace poolscope::ui
