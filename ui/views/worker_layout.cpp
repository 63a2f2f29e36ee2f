#include "ui/views/worker_layout.h"

#include "ui/theme/theme.h"
#include "ui/views/zone_metrics.h"

#include <algorithm>

namespace poolscope::ui {

namespace {

constexpr std::size_t kMostCards = 12, kMostChips = 48;
constexpr int kHeadHeight = 20, kFoldedHeight = 34, kGroupGap = 8;
constexpr QSize kCard{206, 66}, kChip{96, 40}, kCell{14, 14}, kCompact{150, 32};
constexpr int kCardLeast = 184; // narrower a name of the usual length would be cut
constexpr int kFoldedHead = 344, kFoldedHeadLeast = 200;
constexpr int kMoreWidth = 44;

/// Lays boxes one after the other into lines, from `area`'s left to its right.
class Flow {
 public:
  Flow(const QRect& area, const QSize& size, int gap) : m_area(area), m_size(size), m_gap(gap) {
    m_columns = std::max(1, (area.width() + gap) / (size.width() + gap));
  }
  QRect place(int index) const {
    return {m_area.left() + index % m_columns * (m_size.width() + m_gap),
            m_area.top() + index / m_columns * (m_size.height() + m_gap), m_size.width(), m_size.height()};
  }
  int height(int count) const {
    const int lines = (count + m_columns - 1) / m_columns;
    return lines == 0 ? 0 : lines * (m_size.height() + m_gap) - m_gap;
  }
  int columns() const { return m_columns; }

 private:
  QRect m_area;
  QSize m_size;
  int m_gap, m_columns;
};

class Layout {
 public:
  Layout(const Session& session, int width, const Folds& folds, bool dense)
      : m_session(session), m_width(width), m_folds(folds), m_dense(dense) {}

  WorkerLayout run() {
    std::vector<const PoolLive*> closed;
    for (const PoolLive& pool : m_session.state().pools) {
      if (pool.open)
        addPool(pool);
      else if (!m_session.history().workersOf(pool.id).empty()) // one that nobody used tells nothing
        closed.push_back(&pool);
    }
    addClosed(closed);
    m_out.height = m_y;
    return std::move(m_out);
  }

 private:
  bool folded(PoolId key, bool usual) const {
    const auto chosen = m_folds.find(key);
    return chosen == m_folds.end() ? usual : chosen->second;
  }
  WorkerBox& add(WorkerBox::Kind kind, const QRect& rect, PoolId pool, const WorkerState* worker = nullptr) {
    WorkerBox& box = m_out.boxes.emplace_back(WorkerBox{.kind = kind, .rect = rect, .pool = pool});
    if (worker == nullptr) return box;
    box.slot = worker->slot, box.worker = Selection::ofWorker(pool, *worker);
    box.selected = m_session.isSelected(box.worker) || (worker->task && isTaskMeant(pool, worker->task));
    return box;
  }
  bool isTaskMeant(PoolId pool, TaskId id) const {
    if (m_session.selection().kind == Selection::Kind::Task) return m_session.isSelected(Selection::ofTask(pool, id));
    if (m_session.selection().kind != Selection::Kind::Client) return false;
    const TaskRow* task = m_session.history().find(id);
    return task && task->client && m_session.isSelected(Selection::ofClient(pool, task->client));
  }
  QRect line(int height) const { return {kZoneMargin, m_y, std::max(0, m_width - 2 * kZoneMargin), height}; }

  void addPool(const PoolLive& pool) {
    if (folded(pool.id, pool.id != m_session.currentPool())) return addFolded(pool);
    add(WorkerBox::Kind::PoolHead, line(px(kHeadHeight)), pool.id);
    m_y += px(kHeadHeight) + 2;
    const std::size_t count = pool.slots.size();
    if (count <= kMostCards && !m_dense)
      addFlow(pool, WorkerBox::Kind::Card, fitCard(static_cast<int>(count)), 8, line(0));
    else if (count <= kMostChips)
      addFlow(pool, WorkerBox::Kind::Chip, px(kChip), 6, line(0));
    else
      addGrid(pool);
    m_y += kGroupGap;
  }

  /// A card, a little narrower where that saves a line.
  QSize fitCard(int count) const {
    const int width = line(0).width();
    const Flow usual(line(0), px(kCard), 8), narrow(line(0), {px(kCardLeast), px(kCard).height()}, 8);
    if (narrow.height(count) >= usual.height(count)) return px(kCard);
    return {std::min(px(kCard).width(), (width + 8) / narrow.columns() - 8), px(kCard).height()};
  }

  void addFlow(const PoolLive& pool, WorkerBox::Kind kind, const QSize& size, int gap, const QRect& area) {
    const Flow flow(area, size, gap);
    int index = 0;
    for (const WorkerState& worker : pool.slots)
      add(kind, flow.place(index++), pool.id, &worker);
    m_y += flow.height(index);
  }

  /// The selected worker's card has its place at the left, whether one is selected or not: nothing moves on a click.
  void addGrid(const PoolLive& pool) {
    const int top = m_y;
    const SlotIndex selected = selectedSlot(m_session, pool);
    add(WorkerBox::Kind::Detail, QRect(line(0).topLeft(), px(kCard)), pool.id,
        selected == kNoSlot ? nullptr : m_session.state().worker(pool.id, selected));
    addFlow(pool, WorkerBox::Kind::Cell, kCell, 2, line(0).adjusted(px(kCard).width() + 12, 0, 0, 0));
    m_y = std::max(m_y, top + px(kCard).height());
  }

  void addFolded(const PoolLive& pool) {
    if (m_dense) {
      add(WorkerBox::Kind::PoolHead, line(px(kHeadHeight)), pool.id).folded = true;
      m_y += px(kHeadHeight);
      return;
    }
    const QRect row = line(px(kFoldedHeight));
    const int head = std::clamp(row.width() / 3, px(kFoldedHeadLeast), px(kFoldedHead));
    WorkerBox& made = add(WorkerBox::Kind::PoolHead, QRect(row.topLeft(), QSize(head, px(kFoldedHeight))), pool.id);
    made.folded = true;
    const int count = static_cast<int>(pool.slots.size());
    int left = row.left() + head + 8, shown = std::max(0, (row.right() - left + 8) / (px(kCompact).width() + 8));
    if (shown < count) shown = std::max(0, (row.right() - left - px(kMoreWidth) + 8) / (px(kCompact).width() + 8));
    shown = std::min(shown, count);
    for (int i = 0; i < shown; ++i, left += px(kCompact).width() + 8)
      add(WorkerBox::Kind::Compact, QRect(QPoint(left, row.top() + 1), px(kCompact)), pool.id,
          &pool.slots[static_cast<std::size_t>(i)]);
    if (shown < count)
      add(WorkerBox::Kind::More, QRect(left, row.top() + 1, px(kMoreWidth), px(kCompact).height()), pool.id).count =
          static_cast<std::uint32_t>(count - shown);
    m_y += px(kFoldedHeight) + kGroupGap;
  }

  void addClosed(const std::vector<const PoolLive*>& closed) {
    if (closed.empty()) return;
    bool hidden = false;
    if (closed.size() > 1) {
      hidden = folded({}, true);
      WorkerBox& head = add(WorkerBox::Kind::ClosedHead, line(px(kHeadHeight)), {});
      head.folded = hidden, head.count = static_cast<std::uint32_t>(closed.size());
      m_y += px(kHeadHeight);
    }
    if (!hidden)
      for (const PoolLive* pool : closed) {
        add(WorkerBox::Kind::ClosedPool, line(px(kHeadHeight)), pool->id).folded = true;
        m_y += px(kHeadHeight);
      }
    m_y += kGroupGap;
  }

  const Session& m_session;
  const int m_width;
  const Folds& m_folds;
  const bool m_dense;
  int m_y = 0;
  WorkerLayout m_out;
};

} // namespace

WorkerLayout layoutWorkers(const Session& session, int width, const Folds& folds, bool dense) {
  return Layout(session, width, folds, dense).run();
}

SlotIndex selectedSlot(const Session& session, const PoolLive& pool) {
  const Selection& selection = session.selection();
  if (selection.kind == Selection::Kind::Worker) {
    const WorkerState* worker = session.state().worker(pool.id, selection.slot);
    return worker && Selection::ofWorker(pool.id, *worker) == selection ? selection.slot : kNoSlot;
  }
  TaskId task = selection.kind == Selection::Kind::Task ? selection.task : TaskId{};
  if (selection.kind == Selection::Kind::Client) {
    const auto client = session.state().clients.find(selection.client);
    if (client != session.state().clients.end()) task = client->second.task;
  }
  if (!task) return kNoSlot;
  const auto worker = std::ranges::find(pool.slots, task, &WorkerState::task);
  return worker == pool.slots.end() ? kNoSlot : worker->slot;
}

} // namespace poolscope::ui
