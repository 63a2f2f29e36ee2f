#include "ui/accessible/names.h"
#include "ui/timeline/timeline_view.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QPointer>

namespace poolscope::ui {

namespace {

/// One row, read from the view each time it is asked; pressing it selects its lane or folds its heading.
class LaneAccessible final : public QAccessibleInterface, public QAccessibleActionInterface {
 public:
  LaneAccessible(TimelineView* view, int index) : m_view(view), m_index(static_cast<std::size_t>(index)) {}
  bool isValid() const override { return m_view && m_index < m_view->lanes().size(); }
  QObject* object() const override { return nullptr; }
  QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_view); }
  QAccessibleInterface* child(int) const override { return nullptr; }
  QAccessibleInterface* childAt(int, int) const override { return nullptr; }
  int childCount() const override { return 0; }
  int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  QAccessible::Role role() const override { return isHeading() ? QAccessible::Heading : QAccessible::ListItem; }
  QAccessible::State state() const override {
    QAccessible::State state;
    if (!isValid()) return state;
    state.selectable = !isHeading();
    state.expandable = isHeading();
    state.expanded = isHeading() && !m_view->isFolded(lane().group);
    state.collapsed = isHeading() && m_view->isFolded(lane().group);
    state.offscreen = !m_view->viewport()->rect().intersects(m_view->laneRect(m_index));
    return state;
  }
  void setText(QAccessible::Text, const QString&) override {}
  QString text(QAccessible::Text kind) const override {
    if (!isValid() || kind != QAccessible::Name) return {};
    return accessibleText([this] { return m_view->laneDescription(m_index); });
  }
  QRect rect() const override {
    if (!isValid()) return {};
    const QRect r = m_view->laneRect(m_index);
    return {m_view->viewport()->mapToGlobal(r.topLeft()), r.size()};
  }
  void* interface_cast(QAccessible::InterfaceType type) override {
    return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
  }
  QStringList actionNames() const override { return {isHeading() ? toggleAction() : pressAction()}; }
  void doAction(const QString& name) override {
    if (isValid() && actionNames().contains(name)) m_view->activateLane(m_index);
  }
  QStringList keyBindingsForAction(const QString&) const override { return {}; }

 private:
  const Lane& lane() const { return m_view->lanes()[m_index]; }
  bool isHeading() const { return isValid() && lane().kind == Lane::Kind::Heading; }
  QPointer<TimelineView> m_view;
  std::size_t m_index;
};

/// The timeline: its children are the button Live while it is shown, and the rows in their order.
class TimelineAccessible final : public QAccessibleWidget {
 public:
  explicit TimelineAccessible(TimelineView* view) : QAccessibleWidget(view, QAccessible::List) {}
  ~TimelineAccessible() override {
    for (const QAccessible::Id id : m_ids)
      QAccessible::deleteAccessibleInterface(id);
  }
  int childCount() const override {
    return view() != nullptr ? static_cast<int>(view()->lanes().size()) + (live() ? 1 : 0) : 0;
  }
  QAccessibleInterface* child(int index) const override {
    if (view() == nullptr) return nullptr;
    const int lanes = static_cast<int>(view()->lanes().size());
    if (index == lanes) return live() ? QAccessible::queryAccessibleInterface(live()) : nullptr;
    if (index < 0 || index > lanes) return nullptr;
    while (static_cast<int>(m_ids.size()) <= index)
      m_ids.push_back(
          QAccessible::registerAccessibleInterface(new LaneAccessible(view(), static_cast<int>(m_ids.size()))));
    return QAccessible::accessibleInterface(m_ids[static_cast<std::size_t>(index)]);
  }
  QAccessibleInterface* childAt(int x, int y) const override {
    if (view() == nullptr) return nullptr;
    const QPoint point = view()->viewport()->mapFromGlobal(QPoint(x, y));
    for (int i = 0; i < static_cast<int>(view()->lanes().size()); ++i)
      if (view()->laneRect(static_cast<std::size_t>(i)).contains(point)) return child(i);
    return nullptr;
  }
  int indexOfChild(const QAccessibleInterface* wanted) const override {
    for (int i = 0; i < childCount(); ++i)
      if (child(i) == wanted) return i;
    return -1;
  }
  QString text(QAccessible::Text kind) const override {
    return kind == QAccessible::Description && view() != nullptr ? view()->description() : QAccessibleWidget::text(kind);
  }

 private:
  TimelineView* view() const { return qobject_cast<TimelineView*>(object()); } // null while the view goes
  QWidget* live() const {
    QWidget* button = view()->liveButton();
    return button->isHidden() ? nullptr : button;
  }
  mutable std::vector<QAccessible::Id> m_ids;
};

} // namespace

void installTimelineAccessibility() {
  QAccessible::installFactory([](const QString&, QObject* object) -> QAccessibleInterface* {
    auto* view = qobject_cast<TimelineView*>(object);
    return view ? new TimelineAccessible(view) : nullptr;
  });
}

} // namespace poolscope::ui
