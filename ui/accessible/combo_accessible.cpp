#include "ui/accessible/combo_accessible.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QComboBox>

namespace poolscope::ui {

namespace {

class ComboAccessible final : public QAccessibleWidget, public QAccessibleValueInterface {
 public:
  explicit ComboAccessible(QComboBox* combo) : QAccessibleWidget(combo, QAccessible::ComboBox) {}

  int childCount() const override { return 0; }
  QAccessibleInterface* child(int) const override { return nullptr; }
  int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  QString text(QAccessible::Text kind) const override {
    if (kind == QAccessible::Name) return combo()->accessibleName();
    if (kind == QAccessible::Value) return combo()->currentText();
    return QAccessibleWidget::text(kind);
  }
  void* interface_cast(QAccessible::InterfaceType type) override {
    if (type == QAccessible::ValueInterface) return static_cast<QAccessibleValueInterface*>(this);
    return QAccessibleWidget::interface_cast(type);
  }
  QStringList actionNames() const override { return {showMenuAction(), pressAction()}; }
  void doAction(const QString& name) override {
    if (name == showMenuAction() || name == pressAction()) combo()->showPopup();
  }

  QVariant currentValue() const override { return combo()->currentIndex(); }
  void setCurrentValue(const QVariant& value) override {
    const int index = value.toInt();
    if (!combo()->isEnabled() || index < 0 || index >= combo()->count()) return;
    const QModelIndex row = combo()->model()->index(index, combo()->modelColumn(), combo()->rootModelIndex());
    if (!(row.flags() & Qt::ItemIsEnabled)) return; // greyed out for a person, so for a program too
    combo()->setCurrentIndex(index);
    Q_EMIT combo()->activated(index); // as a person's choice does
  }
  QVariant maximumValue() const override { return combo()->count() - 1; }
  QVariant minimumValue() const override { return 0; }
  QVariant minimumStepSize() const override { return 1; }

 private:
  QComboBox* combo() const { return static_cast<QComboBox*>(object()); }
};

QAccessibleInterface* make(const QString&, QObject* object) {
  if (auto* combo = qobject_cast<QComboBox*>(object)) return new ComboAccessible(combo);
  if (object && object->inherits("poolscope::ui::ChatWindow")) // a window of its own, as the main window is one
    return new QAccessibleWidget(static_cast<QWidget*>(object), QAccessible::Window);
  return nullptr;
}

} // namespace

void installAccessibleFactory() {
  QAccessible::installFactory(make);
}

} // namespace poolscope::ui
