#include "ui/accessible/combo_accessible.h"

#include "ui/accessible/names.h"

#include <QAbstractItemView>
#include <QAccessible>
#include <QAccessibleWidget>
#include <QComboBox>
#include <QPointer>

#include <vector>

namespace poolscope::ui {

namespace {

bool isChoosable(const QComboBox& combo, int index) {
  return combo.isEnabled() && combo.model()->index(index, combo.modelColumn(), combo.rootModelIndex()).flags() &
                                  Qt::ItemIsEnabled; // greyed out for a person, so for a program too
}

void choose(QComboBox& combo, int index) {
  if (index < 0 || index >= combo.count() || !isChoosable(combo, index)) return;
  combo.setCurrentIndex(index);
  Q_EMIT combo.activated(index); // as a person's choice does
}

QString nameOfItem(const QComboBox& combo, int index) {
  const QString name = combo.itemData(index, Qt::AccessibleTextRole).toString();
  return name.isEmpty() ? combo.itemText(index) : name;
}

/// One item, whether the list is open or not; pressing it chooses it.
class ItemAccessible final : public QAccessibleInterface, public QAccessibleActionInterface {
 public:
  ItemAccessible(QComboBox* combo, int index) : m_combo(combo), m_index(index) {}
  bool isValid() const override { return m_combo && m_index < m_combo->count(); }
  QObject* object() const override { return nullptr; }
  QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_combo); }
  QAccessibleInterface* child(int) const override { return nullptr; }
  QAccessibleInterface* childAt(int, int) const override { return nullptr; }
  int childCount() const override { return 0; }
  int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  QAccessible::Role role() const override { return QAccessible::ListItem; }
  QAccessible::State state() const override {
    QAccessible::State state;
    if (!isValid()) return state;
    state.selectable = true;
    state.selected = m_combo->currentIndex() == m_index;
    state.disabled = !isChoosable(*m_combo, m_index);
    state.offscreen = !m_combo->view()->isVisible();
    return state;
  }
  void setText(QAccessible::Text, const QString&) override {}
  QString text(QAccessible::Text kind) const override {
    return isValid() && kind == QAccessible::Name ? nameOfItem(*m_combo, m_index) : QString();
  }
  QRect rect() const override {
    if (!isValid()) return {};
    const QAbstractItemView* view = m_combo->view();
    if (!view->isVisible()) return {m_combo->mapToGlobal(QPoint()), m_combo->size()};
    const QRect r = view->visualRect(m_combo->model()->index(m_index, m_combo->modelColumn()));
    return {view->viewport()->mapToGlobal(r.topLeft()), r.size()};
  }
  void* interface_cast(QAccessible::InterfaceType type) override {
    return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
  }
  QStringList actionNames() const override { return {pressAction()}; }
  void doAction(const QString& name) override {
    if (!isValid() || name != pressAction()) return;
    choose(*m_combo, m_index);
    m_combo->hidePopup();
  }
  QStringList keyBindingsForAction(const QString&) const override { return {}; }

 private:
  QPointer<QComboBox> m_combo;
  int m_index;
};

/// A combo box whose text is not edited. Its children are its items.
class ComboAccessible final : public QAccessibleWidget, public QAccessibleValueInterface {
 public:
  explicit ComboAccessible(QComboBox* combo) : QAccessibleWidget(combo, QAccessible::ComboBox) {}
  ~ComboAccessible() override {
    for (const QAccessible::Id id : m_ids)
      QAccessible::deleteAccessibleInterface(id);
  }

  int childCount() const override { return combo() != nullptr ? combo()->count() : 0; }
  QAccessibleInterface* child(int index) const override {
    if (index < 0 || index >= childCount()) return nullptr;
    while (static_cast<int>(m_ids.size()) <= index)
      m_ids.push_back(
          QAccessible::registerAccessibleInterface(new ItemAccessible(combo(), static_cast<int>(m_ids.size()))));
    return QAccessible::accessibleInterface(m_ids[static_cast<std::size_t>(index)]);
  }
  int indexOfChild(const QAccessibleInterface* wanted) const override {
    for (int i = 0; i < childCount(); ++i)
      if (child(i) == wanted) return i;
    return -1;
  }
  QString text(QAccessible::Text kind) const override {
    if (combo() == nullptr) return {};
    const QString item = nameOfItem(*combo(), combo()->currentIndex());
    if (kind == QAccessible::Value) return item;
    const QString text = QAccessibleWidget::text(kind);
    return kind == QAccessible::Name && text.isEmpty() ? item : text; // of a dialog of Qt's
  }
  void* interface_cast(QAccessible::InterfaceType type) override {
    if (type == QAccessible::ValueInterface) return static_cast<QAccessibleValueInterface*>(this);
    return QAccessibleWidget::interface_cast(type);
  }
  QStringList actionNames() const override { return {showMenuAction(), pressAction()}; }
  void doAction(const QString& name) override {
    if (combo() != nullptr && (name == showMenuAction() || name == pressAction())) combo()->showPopup();
  }

  QVariant currentValue() const override { return combo() != nullptr ? combo()->currentIndex() : -1; }
  void setCurrentValue(const QVariant& value) override {
    if (combo() != nullptr) choose(*combo(), value.toInt());
  }
  QVariant maximumValue() const override { return childCount() - 1; }
  QVariant minimumValue() const override { return 0; }
  QVariant minimumStepSize() const override { return 1; }

 private:
  QComboBox* combo() const { return qobject_cast<QComboBox*>(object()); } // null while the box goes
  mutable std::vector<QAccessible::Id> m_ids;
};

QAccessibleInterface* make(const QString&, QObject* object) {
  if (auto* combo = qobject_cast<QComboBox*>(object); combo != nullptr && !combo->isEditable())
    return new ComboAccessible(combo);
  if (object && object->inherits("poolscope::ui::ChatWindow")) // a window of its own, as the main window is one
    return new QAccessibleWidget(static_cast<QWidget*>(object), QAccessible::Window);
  return nullptr;
}

} // namespace

void setItemTexts(QComboBox* box, const std::function<QStringList()>& texts) {
  const QStringList shown = texts(), spoken = accessibleText(texts);
  for (int i = 0; i < qMin(box->count(), static_cast<int>(shown.size())); ++i) {
    box->setItemText(i, shown[i]);
    box->setItemData(i, spoken[i], Qt::AccessibleTextRole);
  }
}

void installAccessibleFactory() {
  QAccessible::installFactory(make);
}

} // namespace poolscope::ui
