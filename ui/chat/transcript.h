#pragma once

#include <QPlainTextEdit>

#include <cstdint>

namespace poolscope::ui {

/// What was said: a line each, who said it at the left, how long the answer took at the right. What is still under way
/// stands in one last line that changes in place.
///
/// Plain text only: nothing that a client or a server sends is ever interpreted. A line of more than kShown characters
/// is cut and says so. Threads: GUI thread.
class Transcript : public QPlainTextEdit {
  Q_OBJECT
 public:
  static constexpr int kShown = 2'000;      ///< characters of one line
  static constexpr int kLinesKept = 20'000; ///< older ones are forgotten
  enum class Kind : std::uint8_t { You, Server, Note, Waiting, Read };

  explicit Transcript(QWidget* parent = nullptr);
  void addLine(Kind kind, const QString& who, const QString& text, const QString& figure = {});
  /// The last line, "sent, not read yet"; an empty text takes it away.
  void setUnderWay(Kind kind, const QString& text, const QString& figure = {});

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void write(QTextCursor& cursor, Kind kind, const QString& who, const QString& text, const QString& figure);
  void recolor();
  void setTabs();
  template <class Change> void keepingTheEnd(Change change);

  bool m_underWay = false; // the last block is the line under way
  Kind m_underWayKind = Kind::Waiting;
  QString m_underWayText;
};

} // namespace poolscope::ui
