#include "ui/views/fact_grid.h"

#include "ui/views/fact_label.h"

#include <QGridLayout>
#include <QTextLayout>

#include <algorithm>

namespace poolscope::ui {

namespace {
constexpr int kLabelColumn = 84;

double ascentOf(const QLabel* label) {
  QTextLayout layout(label->text(), label->font());
  layout.beginLayout();
  QTextLine line = layout.createLine();
  if (line.isValid()) line.setLineWidth(QWIDGETSIZE_MAX);
  layout.endLayout();
  return line.isValid() ? line.ascent() : 0;
}

/// Words of two scripts stand on one line although their fonts are of two heights.
void alignBaselines(QLabel* left, QLabel* right) {
  const int lower = qRound(ascentOf(left) - ascentOf(right));
  left->setContentsMargins(0, std::max(0, -lower), 0, 0);
  right->setContentsMargins(0, std::max(0, lower), 0, 0);
}
} // namespace

void setLabelLook(QLabel* label, FontRole font, ColorRole color) {
  label->setFont(Theme::instance().font(font, label->text()));
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, themeColor(color));
  label->setPalette(palette);
}

FactGrid::FactGrid(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this)) {
  m_grid->setContentsMargins(0, 6, 0, 0);
  m_grid->setHorizontalSpacing(8);
  m_grid->setVerticalSpacing(5);
  m_grid->setColumnMinimumWidth(0, px(kLabelColumn));
  m_grid->setColumnStretch(1, 1);
}

void FactGrid::setFacts(const std::vector<Fact>& facts) {
  while (m_lines.size() < facts.size()) {
    const int row = static_cast<int>(m_lines.size());
    auto* label = new QLabel(this);
    auto* value = new FactLabel(this);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    value->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_grid->addWidget(label, row, 0);
    m_grid->addWidget(value, row, 1);
    m_lines.emplace_back(label, value);
  }
  for (std::size_t i = 0; i < m_lines.size(); ++i) {
    const auto& [label, value] = m_lines[i];
    const bool used = i < facts.size();
    if (used) {
      const bool renamed = label->text() != facts[i].label;
      label->setText(facts[i].label);
      const bool changed = value->setFact(facts[i]);
      if (renamed) setLabelLook(label, FontRole::Label, ColorRole::Muted);
      if (changed) setLabelLook(value, FontRole::Label, ColorRole::Text); // another script, another font
      if (renamed || changed) alignBaselines(label, value);
    }
    label->setVisible(used);
    value->setVisible(used);
  }
}

void FactGrid::applyTheme() {
  for (const auto& [label, value] : m_lines) {
    setLabelLook(label, FontRole::Label, ColorRole::Muted);
    setLabelLook(value, FontRole::Label, ColorRole::Text);
  }
}

} // namespace poolscope::ui
