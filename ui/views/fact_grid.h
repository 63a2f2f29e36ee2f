#pragma once

#include "ui/theme/theme.h"
#include "ui/views/inspector_page.h"

#include <QWidget>

#include <utility>
#include <vector>

class QGridLayout;
class QLabel;

namespace poolscope::ui {

class FactLabel;

/// Facts in two columns: what it is, muted, and its value, which can be selected and copied. Lines are made as they are
/// first needed and used again, so a value that changes costs no new widget.
/// Threads: GUI thread.
class FactGrid : public QWidget {
  Q_OBJECT
 public:
  explicit FactGrid(QWidget* parent = nullptr);
  void setFacts(const std::vector<Fact>& facts);
  void applyTheme(); ///< fonts and colours anew

 private:
  QGridLayout* m_grid;
  std::vector<std::pair<QLabel*, FactLabel*>> m_lines; // as many as were ever needed
};

/// A label's font and colour by role.
void setLabelLook(QLabel* label, FontRole font, ColorRole color);

} // namespace poolscope::ui
