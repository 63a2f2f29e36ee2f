#pragma once

#include <QPushButton>
#include <QWidget>

#include <functional>

namespace poolscope::ui {

enum class Glyph : std::uint8_t;
class Session;

/// A large button: a glyph, a bold title and one sentence. Its accessible name is its title in English; the sentence,
/// as shown, is the description. Threads: GUI thread.
class LaunchButton : public QPushButton {
  Q_OBJECT
 public:
  LaunchButton(Glyph glyph, const char* title, QWidget* parent);
  void setTexts(const QString& title, const QString& sentence);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {120, 40}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Glyph m_glyph;
  QString m_title, m_sentence;
};

/// What a person can do first, in the empty timeline's place: three large buttons, gone with the first task or client.
/// A button whose action is not given is not there.
/// Threads: GUI thread.
class FirstLaunch : public QWidget {
  Q_OBJECT
 public:
  struct Actions {
    std::function<void()> watch, chat, open;
  };
  FirstLaunch(Session* session, Actions actions, QWidget* parent = nullptr);
  bool isWanted() const; ///< nothing has happened yet

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  LaunchButton* add(Glyph glyph, const char* title, std::function<void()> action);
  void retranslate();
  void place();

  Session* m_session; // outlives the view
  LaunchButton *m_watch, *m_chat, *m_open;
  QString m_address; // of the server, as the chat button's sentence names it
};

} // namespace poolscope::ui
