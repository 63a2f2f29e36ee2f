#include "ui/theme/icons.h"

#include "ui/theme/state_paint.h"
#include "ui/theme/theme.h"

#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

#include <variant>

namespace poolscope::ui {

namespace {

/// Restores what a glyph changes; cheaper than QPainter::save(), which copies the whole state.
class GlyphScope {
 public:
  GlyphScope(QPainter& painter, const QRectF& box, bool smooth)
      : m_painter(painter), m_transform(painter.transform()), m_pen(painter.pen()), m_brush(painter.brush()),
        m_smooth(painter.testRenderHint(QPainter::Antialiasing)) {
    const qreal side = std::min(box.width(), box.height());
    painter.translate(box.center().x() - side / 2, box.center().y() - side / 2);
    painter.scale(side / 16, side / 16);
    painter.setRenderHint(QPainter::Antialiasing, smooth);
  }
  ~GlyphScope() {
    m_painter.setTransform(m_transform);
    m_painter.setPen(m_pen);
    m_painter.setBrush(m_brush);
    m_painter.setRenderHint(QPainter::Antialiasing, m_smooth);
  }

 private:
  QPainter& m_painter;
  QTransform m_transform;
  QPen m_pen;
  QBrush m_brush;
  bool m_smooth;
};

QPen stroke(const QColor& color, qreal width, Qt::PenJoinStyle join = Qt::MiterJoin) {
  return QPen(color, width, Qt::SolidLine, Qt::FlatCap, join);
}

void polygon(QPainter& painter, const QColor& color, std::initializer_list<QPointF> points) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawPolygon(points.begin(), int(points.size()));
}

void paintStroked(QPainter& painter, Glyph glyph, const QColor& color) {
  painter.setBrush(Qt::NoBrush);
  if (glyph == Glyph::Check) {
    painter.setPen(stroke(color, 2.4));
    painter.drawPolyline(QPolygonF({{2.6, 8.4}, {6.4, 12.2}, {13.6, 4}}));
  } else if (glyph == Glyph::Cross) {
    painter.setPen(stroke(color, 2.4));
    painter.drawLine(QPointF(3.4, 3.4), QPointF(12.6, 12.6));
    painter.drawLine(QPointF(12.6, 3.4), QPointF(3.4, 12.6));
  } else if (glyph == Glyph::Slashed) {
    painter.setPen(stroke(color, 2));
    painter.drawEllipse(QPointF(8, 8), 5.6, 5.6);
    painter.drawLine(QPointF(4.2, 11.8), QPointF(11.8, 4.2));
  } else if (glyph == Glyph::Power) {
    painter.setPen(stroke(color, 2));
    painter.drawArc(QRectF(2.5, 3, 11, 11), (90 - 42) * 16, -(360 - 84) * 16);
    painter.drawLine(QPointF(8, 1), QPointF(8, 8));
  } else if (glyph == Glyph::Chat) {
    painter.setPen(stroke(color, 1.8, Qt::RoundJoin));
    painter.drawRoundedRect(QRectF(1.5, 2.5, 13, 8.5), 2, 2);
    polygon(painter, color, {{4, 11}, {9, 11}, {5, 15}});
  } else if (glyph == Glyph::Folder) {
    painter.setPen(stroke(color, 1.6));
    painter.drawPolygon(QPolygonF({{1.5, 13.2}, {1.5, 2.8}, {6.4, 2.8}, {8.2, 4.8}, {14.5, 4.8}, {14.5, 13.2}}));
  }
}

void paintFilled(QPainter& painter, Glyph glyph, const QColor& color) {
  switch (glyph) {
  case Glyph::Triangle:
    polygon(painter, color, {{3.5, 2}, {14, 8}, {3.5, 14}});
    break;
  case Glyph::ArrowRight:
    polygon(painter, color, {{5.5, 3}, {11, 8}, {5.5, 13}});
    break;
  case Glyph::ArrowDown:
    polygon(painter, color, {{3, 5.5}, {13, 5.5}, {8, 11}});
    break;
  case Glyph::ArrowUp:
    polygon(painter, color, {{3, 10.5}, {13, 10.5}, {8, 5}});
    break;
  case Glyph::Bars:
    painter.fillRect(QRectF(3, 2, 4, 12), color);
    painter.fillRect(QRectF(9, 2, 4, 12), color);
    break;
  case Glyph::Stop:
    painter.fillRect(QRectF(3, 3, 10, 10), color);
    break;
  case Glyph::Step:
    polygon(painter, color, {{2, 2.5}, {10, 8}, {2, 13.5}});
    painter.fillRect(QRectF(11, 2, 3, 12), color);
    break;
  case Glyph::Live:
    polygon(painter, color, {{2, 2.5}, {11, 8}, {2, 13.5}});
    painter.fillRect(QRectF(12, 2, 2, 12), color);
    break;
  case Glyph::Dots:
    for (const qreal x : {2.5, 8.0, 13.5}) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(color);
      painter.drawEllipse(QPointF(x, 8), 1.9, 1.9);
    }
    break;
  default:
    break;
  }
}

/// Draws a glyph or a state's badge whenever it is asked, in the colours of the theme at that moment.
class PaintedIconEngine : public QIconEngine {
 public:
  explicit PaintedIconEngine(std::variant<Glyph, StateRole> what) : m_what(what) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    if (const auto* role = std::get_if<StateRole>(&m_what)) {
      paintStateBadge(*painter, rect, *role);
      return;
    }
    const ColorRole color = mode == QIcon::Disabled   ? ColorRole::Disabled
                            : mode == QIcon::Selected ? ColorRole::AccentText
                                                      : ColorRole::Text;
    // 16-px icons hold 12-px glyphs: the optical size of the text beside them.
    const qreal inset = std::round(rect.height() / 8.0);
    paintGlyph(*painter, std::get<Glyph>(m_what), QRectF(rect).adjusted(inset, inset, -inset, -inset),
               themeColor(color));
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return pixmap;
  }
  QIconEngine* clone() const override { return new PaintedIconEngine(m_what); }
  QString key() const override { return QStringLiteral("poolscope"); }

 private:
  std::variant<Glyph, StateRole> m_what;
};

} // namespace

void paintGlyph(QPainter& painter, Glyph glyph, const QRectF& box, const QColor& color) {
  const bool square = glyph == Glyph::Bars || glyph == Glyph::Stop;
  const GlyphScope scope(painter, box, !square);
  switch (glyph) {
  case Glyph::Check:
  case Glyph::Cross:
  case Glyph::Slashed:
  case Glyph::Power:
  case Glyph::Chat:
  case Glyph::Folder:
    paintStroked(painter, glyph, color);
    break;
  default:
    paintFilled(painter, glyph, color);
    break;
  }
}

QIcon glyphIcon(Glyph glyph) {
  return QIcon(new PaintedIconEngine(glyph));
}

QIcon stateIcon(StateRole role) {
  return QIcon(new PaintedIconEngine(role));
}

} // namespace poolscope::ui
