#include "ui/views/painted_rows.h"

#include "ui/accessible/names.h"

#include <QAccessibleWidget>
#include <QPointer>

#include <vector>

namespace poolscope::ui {

namespace {

/// One row, read from the view each time it is asked; it may be asked when the view is gone.
class RowAccessible final : public QAccessibleInterface, public QAccessibleActionInterface {
 public:
  RowAccessible(QWidget* view, int row) : m_view(view), m_row(row) {}
  bool isValid() const override { return rows() != nullptr && m_row < rows()->rowCount(); }
  QObject* object() const override { return nullptr; }
  QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
  QAccessibleInterface* child(int) const override { return nullptr; }
  QAccessibleInterface* childAt(int, int) const override { return nullptr; }
  int childCount() const override { return 0; }
  int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  QAccessible::Role role() const override { return QAccessible::ListItem; }
  QAccessible::State state() const override { return isValid() ? rows()->rowState(m_row) : QAccessible::State(); }
  void setText(QAccessible::Text, const QString&) override {}
  QString text(QAccessible::Text kind) const override {
    if (!isValid() || kind != QAccessible::Name) return {};
    return accessibleText([this] { return rows()->rowName(m_row); });
  }
  QRect rect() const override {
    if (!isValid()) return {};
    const QRect r = rows()->rowRect(m_row);
    return {rows()->rowArea()->mapToGlobal(r.topLeft()), r.size()};
  }
  void* interface_cast(QAccessible::InterfaceType type) override {
    return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
  }
  QStringList actionNames() const override { return {pressAction()}; }
  void doAction(const QString& name) override {
    if (isValid() && name == pressAction()) rows()->pressRow(m_row);
  }
  QStringList keyBindingsForAction(const QString&) const override { return {}; }

 private:
  /// Null when the view is gone, and while it goes: then only the widget in it is left.
  PaintedRows* rows() const { return dynamic_cast<PaintedRows*>(m_view.data()); }
  QPointer<QWidget> m_view;
  int m_row;
};

class RowsAccessible final : public QAccessibleWidget {
 public:
  explicit RowsAccessible(QWidget* view) : QAccessibleWidget(view, QAccessible::List) {}
  ~RowsAccessible() override {
    for (const QAccessible::Id id : m_ids)
      QAccessible::deleteAccessibleInterface(id);
  }
  int childCount() const override { return rows() != nullptr ? rows()->rowCount() : 0; }
  QAccessibleInterface* child(int index) const override {
    if (index < 0 || index >= childCount()) return nullptr;
    while (static_cast<int>(m_ids.size()) <= index)
      m_ids.push_back(
          QAccessible::registerAccessibleInterface(new RowAccessible(widget(), static_cast<int>(m_ids.size()))));
    return QAccessible::accessibleInterface(m_ids[static_cast<std::size_t>(index)]);
  }
  int indexOfChild(const QAccessibleInterface* wanted) const override {
    for (int i = 0; i < childCount(); ++i)
      if (child(i) == wanted) return i;
    return -1;
  }
  QAccessibleInterface* childAt(int x, int y) const override {
    if (rows() == nullptr) return nullptr;
    const QPoint point = rows()->rowArea()->mapFromGlobal(QPoint(x, y));
    for (int i = 0; i < childCount(); ++i)
      if (rows()->rowRect(i).contains(point)) return child(i);
    return nullptr;
  }
  QAccessibleInterface* focusChild() const override {
    return rows() != nullptr && widget()->hasFocus() ? child(rows()->focusedRow()) : nullptr;
  }

 private:
  PaintedRows* rows() const { return dynamic_cast<PaintedRows*>(widget()); }
  mutable std::vector<QAccessible::Id> m_ids;
};

} // namespace

void announceFocusedRow(QWidget* view, int row) {
  if (!QAccessible::isActive() || row < 0) return;
  QAccessibleEvent event(view, QAccessible::Focus);
  event.setChild(row);
  QAccessible::updateAccessibility(&event);
}

void installPaintedRowsAccessibility() {
  QAccessible::installFactory([](const QString&, QObject* object) -> QAccessibleInterface* {
    auto* view = qobject_cast<QWidget*>(object);
    return view != nullptr && dynamic_cast<PaintedRows*>(view) != nullptr ? new RowsAccessible(view) : nullptr;
  });
}

} // namespace poolscope::ui
