#pragma once

#include "ui/views/inspector_page.h"

#include <QDockWidget>
#include <QTimer>

class QLabel;

namespace poolscope::ui {

class FactGrid;
class FactLabel;
class LatencyPanel;
class TimeBar;
class ZoneHead;

/// The dock at the right: the selected task, worker, client, caller or pool in full, and the latencies below it.
/// Ctrl+C copies all facts as lines of text.
///
/// It looks at the session at most ten times a second, because people read it; not at all while it is hidden.
/// Made by the window; borrows the session, which outlives it.
/// Threads: GUI thread.
class Inspector : public QDockWidget {
  Q_OBJECT
 public:
  explicit Inspector(Session* session, QWidget* parent = nullptr);
  const InspectorPage& page() const { return m_page; }
  QString asText() const; ///< every fact exactly, a line each
  LatencyPanel* latency() const { return m_latency; }

 public Q_SLOTS:
  void copy() const; ///< asText(), to the clipboard

 protected:
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void makeTitle();
  QWidget* makeContent();
  void later();
  void refresh();
  void showFacts();
  void retranslate();

  Session* m_session;
  InspectorPage m_page;
  QTimer m_pause;       // runs after a look; what changes meanwhile waits for its end
  bool m_stale = false; // something changed since
  ZoneHead* m_head = nullptr;
  QLabel *m_title = nullptr, *m_subtitle = nullptr, *m_badge = nullptr, *m_state = nullptr, *m_barText = nullptr;
  TimeBar* m_bar = nullptr;
  FactGrid* m_facts = nullptr;
  FactLabel* m_note = nullptr;
  LatencyPanel* m_latency = nullptr;
};

} // namespace poolscope::ui
